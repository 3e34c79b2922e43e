// training/evaluation/scoring: feeds a text to a model word by word and shows what the model thought of each next word. What is
// measured by that is the visitor's.
//
// H hidden size, V vocabulary size.

import { endOfSentence } from "../data/encoded-text.ts";
import type { TrainingEngine } from "../engines/engine.ts";

/** Anything that scores words in order, carrying its state: a training engine, or a model at the edge. */
export type Scorer = Pick<TrainingEngine, "score" | "scoreLength" | "resetScoringState">;

/** One that can also tell what it made of the words before. */
export interface TracingScorer extends Scorer {
  /** The last layer's output [H] behind row `index` of the last `score`; overwritten by the next call. */
  output(index: number): Float32Array;
  /**
   * Log-probabilities of the most probable suggestions after a word that stood in the place of row `index` of the last
   * `score`: left out where that would take too long.
   */
  followers?(index: number, id: number): readonly number[];
}

export interface ScoringOptions {
  endId: number; // the first input, and what ends a sentence
  vocabularySize: number; // V
  resetAtEnds?: boolean; // each sentence starts from the zero state
  signal?: AbortSignal;
  onProgress?: (tokensDone: number) => void;
}

/**
 * Scores every token of a text, the ends of sentences among them, from the zero state, with `<eos>` as the first
 * input.
 * @param visit is given each token's place, the log-probabilities [V] of the words there, valid until it returns, and
 *   which row of the scorer's last call they are
 */
export async function scoreTokens(
  scorer: Scorer,
  ids: Int32Array,
  { endId, vocabularySize: V, resetAtEnds = false, signal, onProgress }: ScoringOptions,
  visit: (at: number, row: Float32Array, index: number) => void,
): Promise<void> {
  if (ids.length === 0) throw new Error("there is no text to score; give a corpus with some");
  const inputs = new Int32Array(ids.length); // the text moved right by one
  inputs[0] = endId;
  inputs.set(ids.subarray(0, -1), 1);
  for (let start = 0; start < ids.length;) {
    signal?.throwIfAborted();
    let end = Math.min(start + scorer.scoreLength, ids.length);
    if (resetAtEnds) end = Math.min(end, endOfSentence(ids, endId, start));
    if (start === 0 || (resetAtEnds && inputs[start] === endId)) scorer.resetScoringState();
    const scores = await scorer.score(inputs.subarray(start, end)); // [end − start, V]
    for (let at = start; at < end; at++) {
      const index = at - start;
      visit(at, scores.subarray(index * V, (index + 1) * V), index);
    }
    start = end;
    onProgress?.(end);
  }
}
