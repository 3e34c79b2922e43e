// inference/suggestion-mask: which words of a vocabulary may be suggested to somebody who types, and which may be drawn to write
// a text on. How probable they are is the model's.

import { findTokenizer } from "#model/tokenizers/find";
import { foldLetters } from "#model/tokenizers/letters";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

const HAS_LETTER = /\p{L}/u;
const CURRENCY = /^\p{Sc}+$/u;
/** Nobody wants to be offered what is longer: a pasted key, or a clause of a script without spaces. */
const MAX_SUGGESTION_LENGTH = 200;

/**
 * 1 for each word that may be suggested [V]: one with a letter in it that stands for nothing else, and is not suppressed.
 *
 * @example
 * model.setMask(buildSuggestionMask(model.vocabulary, "text"));
 */
export function buildSuggestionMask(
  vocabulary: Vocabulary,
  tokenizer: TokenizerName,
  suppressed: SuppressedWords = new Set(),
): Uint8Array {
  const { placeholders } = findTokenizer(tokenizer);
  const isAllowed = (word: string) => !placeholders.includes(word) && !isSuppressed(word, suppressed); // prettier-ignore
  return Uint8Array.from(vocabulary.entries, ({ word }) =>
    Number(isSuggestible(word) && isAllowed(word)),
  );
}

/** Words that are never to be suggested, as `isSuppressed` compares them. */
export type SuppressedWords = ReadonlySet<string>;

/**
 * Words to suppress, from a list of them.
 *
 * @example
 * isSuppressed("Damn", suppressWords(["damn"])); // true
 */
export function suppressWords(words: readonly string[]): SuppressedWords {
  return new Set(words.map(foldLetters));
}

/**
 * Whether a word is one of those, in whatever case.
 *
 * @example
 * isSuppressed("Damn", suppressWords(["damn"])); // true
 */
export function isSuppressed(word: string, suppressed: SuppressedWords): boolean {
  return suppressed.size > 0 && suppressed.has(foldLetters(word));
}

/**
 * Marks and numbers have no letter.
 *
 * @example
 * isSuggestible("1776"); // false
 */
export function isSuggestible(word: string): boolean {
  return HAS_LETTER.test(word) && word.length <= MAX_SUGGESTION_LENGTH;
}

/**
 * 1 for each word that may be drawn [V]: all but those that stand for others, and the signs of currency, behind which such
 * a one would have to come. The end of a sentence may be drawn.
 *
 * @example
 * buildSamplingMask(model.words, "text")[model.words.endId]; // 1
 */
export function buildSamplingMask(vocabulary: Vocabulary, tokenizer: TokenizerName): Uint8Array {
  const { placeholders } = findTokenizer(tokenizer);
  return Uint8Array.from(vocabulary.entries, ({ word }, id) =>
    Number(id === vocabulary.endId || (!placeholders.includes(word) && !CURRENCY.test(word))),
  );
}
