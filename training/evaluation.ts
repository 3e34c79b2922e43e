// training/evaluation: how well a model predicts a text. Asks for log-probabilities and nothing else of the model.
//
// V vocabulary size.

import type { TokenizerName } from "#model/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "./corpus.ts";
import { KeystrokeCounter } from "./keystrokes.ts";
import { scoreTokens } from "./scoring.ts";
import type { Scorer } from "./scoring.ts";

export interface Evaluation {
  tokens: number;
  perplexity: number;
  accuracy: number; // how often the most probable word is the next
  top3: number; // how often the next word is among the three most probable
  keystrokeSavings: number;
}

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
  const tokens = text.ids.length;
  if (tokens === 0) throw new Error("there is no text to evaluate on; give a corpus with some");
  const keystrokes = new KeystrokeCounter(vocabulary, tokenizer);
  let logProbability = 0;
  let first = 0;
  let firstThree = 0;
  const { endId, size: vocabularySize } = vocabulary;
  await scoreTokens(scorer, text.ids, { endId, vocabularySize, signal, onProgress }, (at, row) => {
    const id = text.ids[at]!;
    logProbability += row[id]!;
    const rank = countAbove(row, row[id]!);
    if (rank === 0) first++;
    if (rank < 3) firstThree++;
    keystrokes.add(id, text.lengths[at]!, row);
  });
  return {
    tokens,
    perplexity: Math.exp(-logProbability / tokens),
    accuracy: first / tokens,
    top3: firstThree / tokens,
    keystrokeSavings: keystrokes.savings,
  };
}

function countAbove(scores: Float32Array, limit: number): number {
  let count = 0;
  for (let index = 0; index < scores.length; index++) if (scores[index]! > limit) count++;
  return count;
}
