// training/evaluation/evaluation: how well a model predicts a text, as it stands and with what the edge adds to it: a state that
// is carried from sentence to sentence, and a neural cache. What is measured is measures'.

import type { NeuralCache } from "#inference/neural-cache";
import { TextCache } from "#inference/text-cache";
import type { RankedBeside } from "#inference/typing-rank";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "../data/corpus.ts";
import { MetricsAccumulator } from "./metrics-accumulator.ts";
import type { Evaluation } from "./metrics.ts";
import { scoreTokens } from "./scoring.ts";
import type { Scorer, TracingScorer } from "./scoring.ts";
import { SliceCounter } from "./slices.ts";
import type { Slice } from "./slices.ts";

export interface EvaluationContext {
  vocabulary: Vocabulary;
  tokenizer: TokenizerName;
  signal?: AbortSignal;
  onProgress?: (tokensDone: number) => void;
}

/**
 * Scores every token of a text, the ends of sentences among them, from the zero state, with `<eos>` as the first
 * input. `<unk>` counts like any other word.
 */
export async function evaluateText(
  scorer: Scorer,
  text: EncodedText,
  { vocabulary, tokenizer, signal, onProgress }: EvaluationContext,
): Promise<Evaluation> {
  const measures = new MetricsAccumulator(vocabulary, tokenizer);
  const { endId, size: vocabularySize } = vocabulary;
  await scoreTokens(scorer, text.ids, { endId, vocabularySize, signal, onProgress }, (at, row) =>
    measures.add(text.ids[at]!, text.lengths[at]!, row, {
      word: unknownWord(text, at, vocabulary),
    }),
  );
  return measures.result();
}

/** The perplexity that `evaluateText` gives, without its other figures, which take most of the time. */
export async function measurePerplexity(
  scorer: Scorer,
  { ids }: Pick<EncodedText, "ids">,
  { vocabulary, signal, onProgress }: Omit<EvaluationContext, "tokenizer">,
): Promise<number> {
  const { endId, size: vocabularySize } = vocabulary;
  let logProbability = 0;
  await scoreTokens(scorer, ids, { endId, vocabularySize, signal, onProgress }, (at, row) => {
    logProbability += row[ids[at]!]!;
  });
  return Math.exp(-logProbability / ids.length);
}

/** A token with what is measured of it: log-probabilities [V] without a neural cache and with one. */
interface CachedToken {
  at: number;
  id: number;
  length: number; // characters as written
  row: Float32Array;
  mixed: Float32Array;
  beside: RankedBeside & { word?: string }; // the words that may follow by n-grams, its own letters
  userWords: RankedBeside["userWords"]; // that the cache offers
}

interface CachedOptions {
  resetAtEnds?: boolean; // each sentence from the zero state, @default false
}

/** Scores a text once with a neural cache that fills as the text goes on. */
async function scoreWithCache(
  scorer: TracingScorer,
  cache: NeuralCache,
  text: EncodedText,
  { vocabulary, signal, onProgress, resetAtEnds }: EvaluationContext & CachedOptions,
  onToken: (token: CachedToken) => void,
): Promise<void> {
  const recent = new TextCache(cache, vocabulary.unknownId);
  const { endId, size: vocabularySize } = vocabulary;
  const options = { endId, vocabularySize, resetAtEnds, signal, onProgress };
  await scoreTokens(scorer, text.ids, options, (at, row, index) => {
    const id = text.ids[at]!;
    const length = text.lengths[at]!;
    const followers = scorer.followers && ((word: number) => scorer.followers!(index, word));
    const word = unknownWord(text, at, vocabulary);
    const mixed = recent.mix(row, scorer.output(index));
    const { userWords } = recent;
    onToken({ at, id, length, row, mixed, beside: { word, followers }, userWords });
    recent.push(id, word);
  });
}

/** Measures a text with a neural cache that fills as the text goes on. */
export async function evaluateCached(
  scorer: TracingScorer,
  cache: NeuralCache,
  text: EncodedText,
  context: EvaluationContext,
): Promise<Evaluation> {
  const cached = new MetricsAccumulator(context.vocabulary, context.tokenizer);
  await scoreWithCache(scorer, cache, text, context, ({ id, length, mixed, beside, userWords }) =>
    cached.add(id, length, mixed, { ...beside, userWords }),
  );
  return cached.result();
}

/** Measures a text without a neural cache and with one that fills as the text goes on, so by file too; scores it once. */
export async function evaluateWithCache(
  scorer: TracingScorer,
  cache: NeuralCache,
  text: EncodedText,
  context: EvaluationContext & CachedOptions,
): Promise<{ plain: Evaluation; cached: Evaluation; slices: Slice[] }> {
  const { vocabulary, tokenizer } = context;
  const plain = new MetricsAccumulator(vocabulary, tokenizer);
  const cached = new MetricsAccumulator(vocabulary, tokenizer);
  const slices = new SliceCounter(text.parts ?? []);
  const { unknownId } = vocabulary;
  await scoreWithCache(scorer, cache, text, context, (token) => {
    const { at, id, length, row, mixed, beside, userWords } = token;
    plain.add(id, length, row, beside);
    const above = cached.add(id, length, mixed, { ...beside, userWords });
    slices.add(at, { logProbability: mixed[id]!, isUnknown: id === unknownId, above });
  });
  return { plain: plain.result(), cached: cached.result(), slices: slices.result() };
}

/** The letters of a token that the vocabulary lacks, where they are at hand. */
function unknownWord(
  { words }: EncodedText,
  at: number,
  vocabulary: Vocabulary,
): string | undefined {
  const word = words?.[at];
  return word === undefined || vocabulary.has(word) ? undefined : word;
}

/** One text evaluated in four ways. */
export interface Variants {
  carried: Evaluation; // as `evaluateText` does
  carriedCached: Evaluation; // and with the text's own recent words raised
  slices: Slice[]; // the same by file
  sentences: Evaluation; // each sentence from the zero state
  sentencesCached: Evaluation; // so, and with the recent words of the sentences before
}

/** Scores a text twice, carrying the state and not, each time with the cache and without. */
export async function evaluateVariants(
  scorer: TracingScorer,
  cache: NeuralCache,
  text: EncodedText,
  context: EvaluationContext,
): Promise<Variants> {
  const after = {
    ...context,
    onProgress: (done: number) => context.onProgress?.(text.ids.length + done),
    resetAtEnds: true,
  };
  const carried = await evaluateWithCache(scorer, cache, text, context);
  const sentences = await evaluateWithCache(scorer, cache, text, after);
  return {
    carried: carried.plain,
    carriedCached: carried.cached,
    slices: carried.slices,
    sentences: sentences.plain,
    sentencesCached: sentences.cached,
  };
}
