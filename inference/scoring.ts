// inference/scoring: how probable a text is, as `afterword evaluate` reckons: from the zero state, with an end of sentence as
// the first input, every token counted and the last one always an end of sentence.

import type { LanguageModel } from "./language-model.ts";
import { runSteps } from "./run-steps.ts";
import { readText } from "./token-text.ts";

/** How probable a text is; logarithms are natural. */
export interface TextScore {
  tokens: number;
  log_probability: number;
  perplexity: number;
}

/**
 * Ids of a text's tokens to be scored.
 *
 * @example
 * idsToScore(model, "the people").at(-1); // model.vocabulary.endId
 */
export function idsToScore(network: LanguageModel, text: string): number[] {
  return endScored(network, readText(network, text).ids);
}

/**
 * The ids of a text's tokens with the end of sentence that is scored too.
 *
 * @example
 * endScored(model, [5]); // [5, model.vocabulary.endId]
 */
export function endScored({ vocabulary: { endId } }: LanguageModel, ids: number[]): number[] {
  return ids.length > 0 && ids.at(-1) !== endId ? [...ids, endId] : ids;
}

/**
 * Scores a token a step, for callers that let others go in between; each step tells the token's log-probability.
 *
 * @example
 * const steps = scoreSteps(model, idsToScore(model, "the people"));
 * while (!steps.next().done) await nextTurn();
 */
export function* scoreSteps(
  network: LanguageModel,
  ids: readonly number[],
): Generator<number, TextScore> {
  let state = network.initialState();
  let previous = network.vocabulary.endId;
  let logProbability = 0;
  for (const id of ids) {
    state = network.consume(state, [previous]);
    const own = network.logProbability(state, id);
    logProbability += own;
    previous = id;
    yield own;
  }
  const perplexity = Math.exp(-logProbability / Math.max(ids.length, 1));
  return { tokens: ids.length, log_probability: logProbability, perplexity };
}

/**
 * The score of a text, at once.
 *
 * @example
 * scoreText(model, "the people"); // { tokens: 3, log_probability, perplexity }
 */
export function scoreText(network: LanguageModel, text: string): TextScore {
  return runSteps(scoreSteps(network, idsToScore(network, text)));
}
