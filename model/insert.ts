// model/insert: turns a predicted word into the characters to type after a text, with their space and case.

import { END_OF_SENTENCE } from "./tokenizer.ts";
import type { TokenizerName } from "./tokenizer.ts";

// behind these a word follows without a space: brackets, hyphens and slashes that join, currency
const JOINS_NEXT = /(?:[([{“‘«/$£€#@]|[^\s-]-)$/u;

/**
 * What to type after `before` to get the word.
 *
 * insertWord("the united", "States", …); // " States"
 */
export function insertWord(
  before: string,
  display: string,
  { tokenizer, previous }: { tokenizer: TokenizerName; previous: string },
): string {
  const space = before === "" || /\s$/u.test(before) || joinsNext(before, tokenizer) ? "" : " ";
  const startsSentence = tokenizer === "text" && previous === END_OF_SENTENCE;
  return space + (startsSentence ? capitalise(display) : display);
}

/**
 * What to type after a word's first letters to complete it.
 *
 * completeWord("uni", "Union"); // "on"
 * completeWord("UNI", "Union"); // "ON"
 */
export function completeWord(prefix: string, display: string): string {
  const rest = display.slice(prefix.length);
  const shouts =
    prefix.length > 1 && prefix === prefix.toUpperCase() && prefix !== prefix.toLowerCase();
  return shouts ? rest.toUpperCase() : rest;
}

function joinsNext(before: string, tokenizer: TokenizerName): boolean {
  if (tokenizer === "whitespace") return false; // there, tokens are what spaces separate
  if (before.endsWith('"')) return isOdd(before.split('"').length - 1); // an opening quote
  return JOINS_NEXT.test(before);
}

function isOdd(count: number): boolean {
  return count % 2 === 1;
}

function capitalise(word: string): string {
  const [first = ""] = word;
  return first.toUpperCase() + word.slice(first.length);
}
