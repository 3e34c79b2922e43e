// registry/evaluate-candidate: measures a model that may become current, and the one that is, over the same held-out
// words. What the numbers must be is the gate's.
//
// Two vocabularies cut the same words differently, and the smaller one would look better: `<unk>` is easy to guess. So
// the probability of `<unk>` is shared out evenly among the different unknown words of the text (Ueberla 1994's adjusted
// perplexity): a word is worth knowing. What takes its place is what the edge serves, n-grams and all; the network alone is
// scored twice, to see what int8 costs it.

import { setImmediate } from "node:timers/promises";
import { LanguageModel } from "#inference/language-model";
import { scoreSteps } from "#inference/scoring";
import { readEdgeHeader } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { memoryOf } from "#inference/memory-plan";
import { tokenizerOf } from "#model/tokenizers/find";
import { UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { readTestWords } from "#training/data/test-words";
import { openEdgeScorer, readEdgeModule } from "#training/evaluation/edge-scorer";
import { createWasmEngine } from "#training/engines/wasm";
import { compareFiles, perplexityOf } from "./compare-files.ts";
import type { ReleaseMeasurements } from "./gate.ts";
import { scoreTokens } from "#training/evaluation/scoring";
import type { Scorer } from "#training/evaluation/scoring";
import { findSources } from "#training/data/text-source";
import { mayHoldSecrets, measureSecrets } from "./measure-secrets.ts";

const MAX_TOKENS = 20_000; // of the held-out text: two models differ by the same words, so this settles a percent
const TIMED_TOKENS = 200;
const TOKENS_A_LOOK = 256; // between two looks at signals and progress
const RANKED = 5; // words that the edge looks for after a token

/** How a candidate is evaluated. */
export interface MeasureOptions {
  corpus: string; // what `findSources` takes; its test split is read, or all of an unsplit text's test blocks
  threads: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Measures a candidate's files and the current version's edge file, if there is one.
 * @throws Error where there is no held-out text to compare on
 * @example
 * const measured = await evaluateCandidate({ master, edge }, null, { corpus: "notes/", threads: 4 });
 * checkGate(measured).filter(({ passed }) => !passed);
 */
export async function evaluateCandidate(
  candidate: { master: Uint8Array; edge: Uint8Array },
  current: Uint8Array | null,
  { corpus, threads, signal, onProgress }: MeasureOptions,
): Promise<ReleaseMeasurements> {
  const { metadata, weights } = readMasterFile(candidate.master);
  const sources = await findSources(corpus, metadata.trainingText);
  const tokenizer = tokenizerOf(metadata);
  const units = [metadata, current && readEdgeHeader(current).metadata].map(
    (described) => described?.trainingText?.heldOut,
  );
  const scrub = metadata.sharing !== undefined && metadata.training.scrub;
  const { words, parts, text } = await readTestWords(sources, tokenizer, {
    units,
    max: MAX_TOKENS,
    scrub,
  });
  if (words.length === 0) {
    throw new Error(`corpus "${corpus}" has no text held out that neither version was trained on`);
  }

  const runs = current ? 4 : 3;
  let run = 0;
  const watch = () => {
    const before = run++ * words.length;
    const report = (done: number) => onProgress?.(before + done, runs * words.length);
    return { signal, onProgress: report };
  };

  const served = await openServed(candidate.edge);
  const incumbent = current && (await openServed(current));
  if (incumbent && incumbent.metadata.tokenizer !== metadata.tokenizer) {
    throw new Error(
      `the current version reads text with the tokenizer ${incumbent.metadata.tokenizer}, this one with ` +
        `${metadata.tokenizer}: their perplexities cannot be compared`,
    );
  }
  const { vocabulary } = served;
  const engine = await createWasmEngine({
    model: metadata.config,
    training: { ...metadata.training, batchSize: 1, numSteps: 1 },
    threads,
  });
  try {
    engine.loadWeights(weights);
    const int8 = await openEdgeScorer(candidate.edge);
    const float32Perplexity = await scoreNetwork(engine, words, vocabulary, watch());
    const int8Perplexity = await scoreNetwork(int8, words, vocabulary, watch());
    const own = await scoreServed(served, words, watch());
    const before = incumbent && (await scoreServed(incumbent, words, watch()));
    return {
      tokens: words.length,
      float32Perplexity,
      int8Perplexity,
      perplexity: perplexityOf(own),
      currentPerplexity: before && perplexityOf(before),
      files: before && compareFiles(parts, own, before),
      memoryBytes: memoryOf(readEdgeHeader(candidate.edge)).total,
      millisecondsPerToken: timeTokens(served, words.slice(0, TIMED_TOKENS)),
      ...(mayHoldSecrets(metadata) && { secrets: await measureSecrets(candidate.edge, text) }),
    };
  } finally {
    await engine.close();
  }
}

interface ScoreOptions {
  signal?: AbortSignal;
  onProgress: (tokensDone: number) => void;
}

async function openServed(file: Uint8Array): Promise<LanguageModel> {
  return LanguageModel.open(await readEdgeModule(), file);
}

/** Perplexity of the words under a network alone. */
async function scoreNetwork(
  scorer: Scorer,
  words: string[],
  vocabulary: Vocabulary,
  options: ScoreOptions,
): Promise<number> {
  const { endId, size: vocabularySize } = vocabulary;
  const ids = Int32Array.from(words, (word) => vocabulary.idOf(word));
  let logProbability = 0;
  await scoreTokens(scorer, ids, { endId, vocabularySize, ...options }, (at, row) => {
    logProbability += row[ids[at]!]!;
  });
  return Math.exp(-logProbability / words.length);
}

/** Log-probabilities of the words as the edge serves them, with the unknown words of the whole text told apart. */
async function scoreServed(
  model: LanguageModel,
  words: string[],
  { signal, onProgress }: ScoreOptions,
): Promise<Float64Array> {
  const known = model.words;
  // <unk> in the text itself is a word like any other
  const isUnknown = (word: string) => word !== UNKNOWN_WORD && !known.has(word);
  const different = new Set(words.filter(isUnknown)).size;
  const share = Math.log(Math.max(different, 1));
  const logProbabilities = new Float64Array(words.length);
  const ids = words.map((word) => known.idOf(word));
  const steps = scoreSteps(model, ids);
  for (let at = 0; at < words.length; at++) {
    const own = steps.next().value as number;
    logProbabilities[at] = isUnknown(words[at]!) ? own - share : own;
    if (at % TOKENS_A_LOOK > 0) continue;
    signal?.throwIfAborted();
    onProgress(at);
    await setImmediate();
  }
  return logProbabilities;
}

/** Milliseconds to read a word and rank the next: the median, as others may run on this machine. */
function timeTokens(network: LanguageModel, words: string[]): number {
  let state = network.initialState();
  const times = words.map((word) => {
    const started = performance.now();
    state = network.consume(state, [network.vocabulary.idOf(word)]);
    network.topK(state, RANKED);
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
