// inference/suggestion-mask: which words of a vocabulary may be offered to somebody who types. How likely they are is the network's.

import { findTokenizer } from "#model/tokenizers/text";
import type { TokenizerName } from "#model/tokenizers/text";
import type { Vocabulary } from "#model/vocabulary";

const HAS_LETTER = /\p{L}/u;

/** 1 for each word that may be offered [V]: one with a letter in it that stands for nothing else. */
export function buildSuggestionMask(vocabulary: Vocabulary, tokenizer: TokenizerName): Uint8Array {
  const { placeholders } = findTokenizer(tokenizer);
  return Uint8Array.from(vocabulary.entries, ({ word }) =>
    Number(hasLetter(word) && !placeholders.includes(word)),
  );
}

/** Marks and numbers have none. */
export function hasLetter(word: string): boolean {
  return HAS_LETTER.test(word);
}
