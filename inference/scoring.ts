// inference/scoring: how probable a text is, as `afterword evaluate` reckons: from the zero state, with an end of sentence as
// the first input, every token counted and the last one always an end of sentence.

import type { LanguageModel } from "./language-model.ts";
import { readText } from "./token-text.ts";

export function scoreText(network: LanguageModel, text: string) {
  const { endId } = network.vocabulary;
  const { ids } = readText(network, text);
  if (ids.length > 0 && ids.at(-1) !== endId) ids.push(endId);
  let state = network.initialState();
  let previous = endId;
  let logProbability = 0;
  for (const id of ids) {
    state = network.consume(state, [previous]);
    logProbability += network.logProbability(state, id);
    previous = id;
  }
  const perplexity = Math.exp(-logProbability / Math.max(ids.length, 1));
  return { tokens: ids.length, log_probability: logProbability, perplexity };
}
