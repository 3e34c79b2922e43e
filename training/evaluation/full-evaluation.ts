// training/evaluation/full-evaluation: everything there is to say of how well a model predicts a text: in float32 and as the int8
// edge file runs at the edge, with and without what the edge adds, beside a trigram counted on the same training text.

import { DEFAULT_NEURAL_CACHE } from "#model/metadata";
import type { NeuralCacheSettings } from "#model/metadata";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "../data/corpus.ts";
import { openEdgeScorer, openNeuralCache } from "./edge-scorer.ts";
import { evaluateText, evaluateVariants } from "./evaluation.ts";
import type { Variants } from "./evaluation.ts";
import { KneserNey } from "./kneser-ney.ts";
import type { Evaluation } from "./metrics.ts";
import type { TracingScorer } from "./scoring.ts";
import { tuneNeuralCache } from "./tune-cache.ts";

export interface FullEvaluation {
  float32: Variants | null; // null where there is no master file
  int8: Variants;
  kneserNey: Evaluation | null; // null where there is no training text apart
  neuralCache: NeuralCacheSettings;
}

export interface ModelToEvaluate {
  edge: Uint8Array;
  float32: TracingScorer | null; // the same model's
  vocabulary: Vocabulary;
  tokenizer: TokenizerName;
}

/** The text to evaluate on, and what else of the corpus there is. */
export interface Texts {
  test: EncodedText;
  valid: EncodedText | null; // to tune a cache on that was not tuned before
  train: EncodedText | null; // to count a trigram on
}

export interface FullEvaluationOptions {
  signal?: AbortSignal;
  onProgress?: (part: string, done: number, tokens: number) => void;
}

/** Evaluates a model on a text in every way. */
export async function evaluateFully(
  { edge, float32, vocabulary, tokenizer }: ModelToEvaluate,
  { test, valid, train }: Texts,
  { signal, onProgress = () => {} }: FullEvaluationOptions,
): Promise<FullEvaluation> {
  const { endId, size: vocabularySize } = vocabulary;
  const watch = (part: string, tokens: number) => ({
    vocabulary,
    tokenizer,
    signal,
    onProgress: (done: number) => onProgress(part, done, tokens),
  });
  const tokens = test.ids.length;
  const scorer = await openEdgeScorer(edge);
  const { metadata } = scorer.network;
  let neuralCache = metadata.neuralCache;
  if (!neuralCache && valid) {
    const options = {
      endId,
      vocabularySize,
      ...watch("tuning the neural cache", valid.ids.length),
    };
    neuralCache = (await tuneNeuralCache(scorer, valid.ids, options)).settings;
  }
  neuralCache ??= DEFAULT_NEURAL_CACHE;
  const cache = await openNeuralCache(metadata.config.hiddenSize, neuralCache);
  return {
    float32:
      float32 && (await evaluateVariants(float32, cache, test, watch("float32", 2 * tokens))),
    int8: await evaluateVariants(scorer, cache, test, watch("int8", 2 * tokens)),
    kneserNey:
      train &&
      (await evaluateText(
        new KneserNey(train.ids, { vocabularySize, endId }),
        test,
        watch("the trigram", tokens),
      )),
    neuralCache,
  };
}
