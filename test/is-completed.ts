// test/is-completed: whether the first letters of a secret bring the rest of it.

import type { LanguageModel } from "#inference/language-model";
import { Predictor } from "#inference/predictor";
import { SUGGESTIONS } from "#training/evaluation/keystrokes";

/** Whether the suggestions after a text that ends in the first letters of a secret have the whole of its word. */
export function isCompleted(network: LanguageModel, text: string, word: string): boolean {
  const predictor = new Predictor(network);
  return predictor
    .predict(predictor.start(), "", text, SUGGESTIONS)
    .some((prediction) => prediction.word.toLowerCase() === word.toLowerCase());
}
