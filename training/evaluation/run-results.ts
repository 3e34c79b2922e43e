// training/evaluation/run-results: what a finished run is judged by: its model as the edge will run it, beside float32, the model
// that it was trained on from, and a trigram counted on the same text.

import { writeEdgeFile } from "#model/edge-file";
import type { MasterModel } from "#model/master-file";
import type { ModelMetrics, NeuralCacheSettings } from "#model/metadata";
import { boundText } from "../data/bound-text.ts";
import type { Corpus, EncodedText } from "../data/corpus.ts";
import { openEdgeScorer, openNeuralCache } from "./edge-scorer.ts";
import { evaluateText, evaluateWithCache } from "./evaluation.ts";
import { KneserNey, MAX_VOCABULARY } from "./kneser-ney.ts";
import { testFiguresOf } from "./metrics.ts";
import type { Evaluation } from "./metrics.ts";
import type { Scorer } from "./scoring.ts";
import { tuneNeuralCache } from "./tune-cache.ts";
import type { Parent } from "../loop/warm-start.ts";

/** All over the same words: the test text, or its beginning. */
export interface RunResults {
  float32: Evaluation;
  int8: Evaluation;
  cached: Evaluation; // int8 with the neural cache
  neuralCache: NeuralCacheSettings;
  kneserNey: Evaluation | null; // null where the vocabulary is too large to count with
  parent: { version: string; evaluation: Evaluation } | null; // in int8
}

export interface RunToMeasure {
  corpus: Corpus;
  master: MasterModel; // with the run's weights; gets the neural cache that is tuned for it
  float32: Scorer; // the same
  test: Evaluation; // of float32 on the whole test text
  parent: Parent | null; // the published model that it went on from
  signal?: AbortSignal;
  onProgress?: (tokensDone: number, tokens: number) => void;
}

const MAX_TOKENS = 50_000; // of the test text, scored several times
const MAX_COUNTED = 20_000_000; // tokens of the training text, for the trigram

/** Tunes the neural cache on the validation text, then measures on the test text. */
export async function measureRun(run: RunToMeasure): Promise<RunResults> {
  const { corpus, master, parent, signal, onProgress = () => {} } = run;
  const { vocabulary, splits } = corpus;
  const { metadata } = master;
  const { endId, size: vocabularySize } = vocabulary;
  const text = boundText(splits.test, MAX_TOKENS);
  const counts = vocabularySize <= MAX_VOCABULARY;
  const parts = 1 + Number(counts) + Number(parent !== null);
  let part = 0;
  const watch = () => {
    const before = part++ * text.ids.length;
    const total = parts * text.ids.length;
    const context = { vocabulary, tokenizer: metadata.tokenizer, signal };
    return { ...context, onProgress: (done: number) => onProgress(before + done, total) };
  };

  const scorer = await openEdgeScorer(writeEdgeFile(master));
  const tuning = { endId, vocabularySize, signal };
  const { settings } = await tuneNeuralCache(scorer, splits.valid.ids, tuning);
  metadata.neuralCache = settings;
  const { hiddenSize } = metadata.config;
  const cache = await openNeuralCache(hiddenSize, settings);
  const { plain: int8, cached } = await evaluateWithCache(scorer, cache, text, watch());
  const trainIds = splits.train.ids.subarray(0, MAX_COUNTED);
  return {
    float32:
      text.ids.length === run.test.tokens
        ? run.test
        : await evaluateText(run.float32, text, {
            vocabulary,
            tokenizer: metadata.tokenizer,
            signal,
          }),
    int8,
    cached,
    neuralCache: settings,
    kneserNey: counts
      ? await evaluateText(new KneserNey(trainIds, { vocabularySize, endId }), text, watch())
      : null,
    parent: parent && {
      version: parent.version,
      evaluation: await evaluateParent(parent, corpus, text, watch()),
    },
  };
}

/** The figures that a model's file carries of itself. */
export function metricsOf(
  test: Evaluation,
  validPerplexity: number,
  results: RunResults,
): ModelMetrics {
  const { int8, cached, kneserNey, parent } = results;
  return {
    valid_perplexity: validPerplexity,
    ...testFiguresOf(test),
    int8_perplexity: int8.perplexity,
    cached_perplexity: cached.perplexity,
    ...(kneserNey && { kneser_ney_perplexity: kneserNey.perplexity }),
    ...(parent && { parent_perplexity: parent.evaluation.perplexity }),
  };
}

/** The parent reads the same words under its own vocabulary. */
async function evaluateParent(
  { master }: Parent,
  corpus: Corpus,
  text: EncodedText,
  context: { signal?: AbortSignal; onProgress: (tokensDone: number) => void },
): Promise<Evaluation> {
  const { vocabulary, metadata } = master;
  const known = Int32Array.from(corpus.vocabulary.entries, ({ word }) => vocabulary.idOf(word));
  const read = { ids: text.ids.map((id) => known[id]!), lengths: text.lengths };
  const scorer = await openEdgeScorer(writeEdgeFile(master));
  return evaluateText(scorer, read, { ...context, vocabulary, tokenizer: metadata.tokenizer });
}
