// inference/insertion: turns a predicted word into the characters to type after a text, with their space and case.

import { END_OF_SENTENCE } from "#model/tokenizers/text";
import type { TokenizerName } from "#model/tokenizers/text";

// behind these a word follows without a space: what opens, currency and the like, a slash
const OPENERS = /[([{“‘«/$£€#@]$/u;
// dashes and hyphens that stand at a word join the next to it; free-standing ones do not
const JOINING_DASH = /[^\s\-–—][-–—]+$/u;
const OPENING_APOSTROPHE = /(?:^|[\s([{"“])'$/u;

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

// these stand at the word before them
const CLOSING_MARK = /^(?:[.,;:!?)\]}”»’'…%/]|\.{2,}|[-–—]+)$/u;

/**
 * How any token of the vocabulary is written after `before`: marks and ends of sentences too.
 *
 * writeToken("the people", ".", …); // "."
 */
export function writeToken(
  before: string,
  { word, display }: { word: string; display: string },
  context: { tokenizer: TokenizerName; previous: string },
): string {
  const { tokenizer } = context;
  if (word === END_OF_SENTENCE) return tokenizer === "whitespace" ? "\n" : "";
  const stands = CLOSING_MARK.test(word) || (word === '"' && !opensQuote(before + word));
  if (tokenizer === "text" && stands) return display;
  return insertWord(before, display, context);
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
  if (before.endsWith('"')) return opensQuote(before);
  return OPENERS.test(before) || JOINING_DASH.test(before) || OPENING_APOSTROPHE.test(before);
}

/** A straight quote opens when it is the first, third, … of its line: quotes rarely go on over lines. */
function opensQuote(before: string): boolean {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return line.split('"').length % 2 === 0;
}

/** Words with capitals of their own, such as iPhone, keep them. */
function capitalise(word: string): string {
  if (word !== word.toLowerCase()) return word;
  const [first = ""] = word;
  return first.toUpperCase() + word.slice(first.length);
}
