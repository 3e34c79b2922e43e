// training/evaluation: how well a model predicts a text, as it stands and with what the edge adds to it: a state that
// is carried from sentence to sentence, and a neural cache. What is measured is measures'.

import type { NeuralCache } from "#kernels/neural-cache";
import type { TokenizerName } from "#model/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "./corpus.ts";
import { Measures } from "./measures.ts";
import type { Evaluation } from "./measures.ts";
import { scoreTokens } from "./scoring.ts";
import type { Scorer, TracingScorer } from "./scoring.ts";
import { TextCache } from "./text-cache.ts";

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
  const measures = new Measures(vocabulary, tokenizer);
  const { endId, size: vocabularySize } = vocabulary;
  await scoreTokens(scorer, text.ids, { endId, vocabularySize, signal, onProgress }, (at, row) =>
    measures.add(text.ids[at]!, text.lengths[at]!, row),
  );
  return measures.result();
}

/** One text evaluated in four ways. */
export interface Variants {
  carried: Evaluation; // as `evaluateText` does
  carriedCached: Evaluation; // and with the text's own recent words raised
  sentences: Evaluation; // each sentence from the zero state
  sentencesCached: Evaluation; // so, and with the recent words of the sentences before
}

/** Scores a text twice, carrying the state and not, each time with the cache and without. */
export async function evaluateVariants(
  scorer: TracingScorer,
  cache: NeuralCache,
  text: EncodedText,
  { vocabulary, tokenizer, signal, onProgress = () => {} }: EvaluationContext,
): Promise<Variants> {
  const { endId, size: vocabularySize } = vocabulary;
  const run = async (resetAtEnds: boolean, tokensBefore: number) => {
    const plain = new Measures(vocabulary, tokenizer);
    const cached = new Measures(vocabulary, tokenizer);
    const recent = new TextCache(cache);
    const options = {
      endId,
      vocabularySize,
      resetAtEnds,
      signal,
      onProgress: (done: number) => onProgress(tokensBefore + done),
    };
    await scoreTokens(scorer, text.ids, options, (at, row, index) => {
      const id = text.ids[at]!;
      const length = text.lengths[at]!;
      plain.add(id, length, row);
      cached.add(id, length, recent.mix(row, scorer.output(index)));
      recent.push(id);
    });
    return [plain.result(), cached.result()] as const;
  };
  const [carried, carriedCached] = await run(false, 0);
  const [sentences, sentencesCached] = await run(true, text.ids.length);
  return { carried, carriedCached, sentences, sentencesCached };
}
