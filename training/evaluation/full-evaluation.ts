// training/evaluation/full-evaluation: everything there is to say of how well a model predicts a text: in float32 and as the int8
// edge file runs at the edge, with and without what the edge adds, beside n-grams counted on the same training text.

import { DEFAULT_NEURAL_CACHE } from "#model/metadata";
import type { NeuralCacheSettings } from "#model/metadata";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "../data/corpus.ts";
import { countsAlone, countText } from "../ngram/build-ngrams.ts";
import type { CountedText } from "../data/evaluation-text.ts";
import { TYPED_SENTENCES } from "../data/read-sentences.ts";
import { openEdgeScorer, openMixtureScorer, openNeuralCache } from "./edge-scorer.ts";
import { evaluateCached, evaluateText, evaluateVariants } from "./evaluation.ts";
import type { EvaluationContext, Variants } from "./evaluation.ts";
import type { Evaluation } from "./metrics.ts";
import { NgramScorer } from "./ngram-scorer.ts";
import type { TracingScorer } from "./scoring.ts";
import { tuneNeuralCache } from "./tune-cache.ts";
import { typeSentences } from "./type-sentences.ts";
import type { TypedSentences } from "./type-sentences.ts";

export interface FullEvaluation {
  float32: Variants | null; // null where there is no master file
  int8: Variants; // of the network alone
  mixture: Variants | null; // of the network and the file's n-grams, over all words that they know; null where it has none
  kneserNey: Evaluation | null; // n-grams alone, with all words of the training text; null where there is none apart
  base: Evaluation | null; // another model as it is served, which needs no training; null where none was given
  typing: TypedSentences; // the text's first sentences, typed letter by letter as the edge serves the file
  neuralCache: NeuralCacheSettings;
}

export interface ModelToEvaluate {
  edge: Uint8Array;
  float32: TracingScorer | null; // the same model's
  vocabulary: Vocabulary;
  tokenizer: TokenizerName;
  base: Uint8Array | null; // the edge file of a model to stand beside it, of the same tokenizer
}

/** The text to evaluate on, and what else of the corpus there is. */
export interface Texts {
  test: EncodedText;
  testIn(words: Vocabulary): EncodedText; // the same in the ids of other words
  valid: EncodedText | null; // to tune a cache on that was not tuned before
  sentences(limit: number): Promise<string[]>; // the first of the text as they are written
  counted: CountedText | null; // to count n-grams on
}

export interface FullEvaluationOptions {
  signal?: AbortSignal;
  onProgress?: (part: string, done: number, tokens: number) => void;
}

/** Evaluates a model on a text in every way. */
export async function evaluateFully(
  { edge, float32, vocabulary, tokenizer, base }: ModelToEvaluate,
  { test, testIn, valid, sentences, counted }: Texts,
  { signal, onProgress = () => {} }: FullEvaluationOptions,
): Promise<FullEvaluation> {
  const { endId, size: vocabularySize } = vocabulary;
  const watch = (part: string, tokens: number, words = vocabulary) => ({
    vocabulary: words,
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
  const evaluateMixture = async () => {
    const mixture = await openMixtureScorer(edge);
    const { words } = mixture.network;
    return evaluateVariants(mixture, cache, testIn(words), watch("mixture", 2 * tokens, words));
  };
  const evaluateBase = async (file: Uint8Array) => {
    const scorer = await openMixtureScorer(file);
    const { words, metadata } = scorer.network;
    const settings = metadata.neuralCache ?? DEFAULT_NEURAL_CACHE;
    const cache = await openNeuralCache(metadata.config.hiddenSize, settings);
    return evaluateCached(scorer, cache, testIn(words), watch("base", tokens, words));
  };
  const typed = await sentences(TYPED_SENTENCES);
  const characters = typed.join(" ").length;
  return {
    float32:
      float32 && (await evaluateVariants(float32, cache, test, watch("float32", 2 * tokens))),
    int8: await evaluateVariants(scorer, cache, test, watch("int8", 2 * tokens)),
    mixture: metadata.ngram ? await evaluateMixture() : null,
    base: base && (await evaluateBase(base)),
    kneserNey: counted && (await evaluateCounts(counted, watch("n-grams", tokens, counted.words))),
    typing: await typeSentences(edge, typed, {
      signal,
      onProgress: (done) => onProgress("typing", done, characters),
    }),
    neuralCache,
  };
}

function evaluateCounts(
  { words, train, test }: CountedText,
  context: EvaluationContext,
): Promise<Evaluation> {
  const text = { words, train: train.ids, valid: new Int32Array() };
  return evaluateText(new NgramScorer(countsAlone(text, countText(text))), test, context);
}
