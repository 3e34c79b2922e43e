// registry/evaluate-candidate: measures a model that may become current, and the one that is, over the same held-out
// words. What the numbers must be is the gate's.
//
// Two vocabularies cut the same words differently, and the smaller one would look better: `<unk>` is easy to guess. So
// the probability of `<unk>` is shared out evenly among the different unknown words of the text (Ueberla 1994's adjusted
// perplexity): a word is worth knowing.

import type { LanguageModel } from "#inference/language-model";
import { readEdgeHeader } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { memoryOf } from "#inference/memory-plan";
import { tokenizerOf } from "#model/tokenizers/find";
import { UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { readTestWords } from "#training/data/test-words";
import { openEdgeScorer } from "#training/evaluation/edge-scorer";
import { createWasmEngine } from "#training/engines/wasm";
import type { ReleaseMeasurements } from "./gate.ts";
import { scoreTokens } from "#training/evaluation/scoring";
import type { Scorer } from "#training/evaluation/scoring";
import { findSources } from "#training/data/text-source";

const MAX_TOKENS = 20_000; // of the held-out text: two models differ by the same words, so this settles a percent
const TIMED_TOKENS = 200;
const RANKED = 5; // words that the edge looks for after a token

export interface MeasureOptions {
  corpus: string; // what `findSources` takes; its test split is read, or all of an unsplit text's test blocks
  threads: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** MetricsAccumulator a candidate's files and the current version's edge file, if there is one. */
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
  const words = await readTestWords(sources, tokenizer, { units, max: MAX_TOKENS });
  if (words.length === 0) {
    throw new Error(`corpus "${corpus}" has no text held out that neither version was trained on`);
  }

  const runs = current ? 3 : 2;
  let run = 0;
  const score = (scorer: Scorer, vocabulary: Vocabulary) => {
    const before = run++ * words.length;
    return scoreWords(scorer, words, vocabulary, {
      signal,
      onProgress: (done) => onProgress?.(before + done, runs * words.length),
    });
  };

  const int8 = await openEdgeScorer(candidate.edge);
  const { vocabulary } = int8.network;
  const engine = await createWasmEngine({
    model: metadata.config,
    training: { ...metadata.training, batchSize: 1, numSteps: 1 },
    threads,
  });
  try {
    engine.loadWeights(weights);
    const float32 = await score(engine, vocabulary);
    const scored = await score(int8, vocabulary);
    const incumbent = current && (await openEdgeScorer(current));
    if (incumbent && incumbent.network.metadata.tokenizer !== metadata.tokenizer) {
      throw new Error(
        `the current version reads text with the tokenizer ${incumbent.network.metadata.tokenizer}, this one with ` +
          `${metadata.tokenizer}: their perplexities cannot be compared`,
      );
    }
    const incumbentScores = incumbent && (await score(incumbent, incumbent.network.vocabulary));
    return {
      tokens: words.length,
      float32Perplexity: float32.perplexity,
      int8Perplexity: scored.perplexity,
      perplexity: scored.adjusted,
      currentPerplexity: incumbentScores && incumbentScores.adjusted,
      memoryBytes: memoryOf(readEdgeHeader(candidate.edge)).total,
      millisecondsPerToken: timeTokens(int8.network, words.slice(0, TIMED_TOKENS)),
    };
  } finally {
    await engine.close();
  }
}

interface ScoreOptions {
  signal?: AbortSignal;
  onProgress: (tokensDone: number) => void;
}

/** Perplexity of the words, plain and with unknown words told apart. */
async function scoreWords(
  scorer: Scorer,
  words: string[],
  vocabulary: Vocabulary,
  options: ScoreOptions,
): Promise<{ perplexity: number; adjusted: number }> {
  const ids = Int32Array.from(words, (word) => vocabulary.idOf(word));
  let logProbability = 0;
  const { endId, size: vocabularySize } = vocabulary;
  await scoreTokens(scorer, ids, { endId, vocabularySize, ...options }, (at, row) => {
    logProbability += row[ids[at]!]!;
  });
  // <unk> in the text itself is a word like any other
  const unknown = words.filter((word) => word !== UNKNOWN_WORD && !vocabulary.has(word));
  const different = Math.max(new Set(unknown).size, 1);
  const spread = unknown.length * Math.log(different);
  return {
    perplexity: Math.exp(-logProbability / words.length),
    adjusted: Math.exp((spread - logProbability) / words.length),
  };
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
