// training/evaluation: how well a model predicts a text. Asks for log-probabilities and nothing else of the model.
//
// V vocabulary size.

import type { TokenizerName } from "#model/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "./corpus.ts";
import type { TrainingEngine } from "./engines/engine.ts";
import { KeystrokeCounter } from "./keystrokes.ts";

/** Anything that scores words in order, carrying its state: a training engine, or a model at the edge. */
export type Scorer = Pick<TrainingEngine, "score" | "scoreLength" | "resetScoringState">;

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
  const V = vocabulary.size;
  const inputs = new Int32Array(tokens); // the text moved right by one
  inputs[0] = vocabulary.endId;
  inputs.set(text.ids.subarray(0, -1), 1);
  const keystrokes = new KeystrokeCounter(vocabulary, tokenizer);
  let logProbability = 0;
  let first = 0;
  let firstThree = 0;
  scorer.resetScoringState();
  for (let start = 0; start < tokens; start += scorer.scoreLength) {
    signal?.throwIfAborted();
    const end = Math.min(start + scorer.scoreLength, tokens);
    const scores = await scorer.score(inputs.subarray(start, end)); // [end − start, V]
    for (let at = start; at < end; at++) {
      const row = scores.subarray((at - start) * V, (at - start + 1) * V);
      const id = text.ids[at]!;
      logProbability += row[id]!;
      const rank = countAbove(row, row[id]!);
      if (rank === 0) first++;
      if (rank < 3) firstThree++;
      keystrokes.add(id, text.lengths[at]!, row);
    }
    onProgress?.(end);
  }
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
