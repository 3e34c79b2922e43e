// training/data/word-choice: which words of a text a model is to know, by how often and where they occur. A word that one
// document alone holds may be a name or a secret: in a model that others use it could be had by its first letters.

import { MAX_NGRAM_WORDS } from "#model/ngram";
import type { ChosenWords, WordChoice } from "#model/vocabulary";
import { wordsOfOneDocument } from "./documents.ts";
import type { SplitText } from "./split-text.ts";

/** So many words fit an isolate's memory beside a network. */
export const MAX_WORDS = 50_000;
/** With a parent, words seen once are left to the n-grams: the parent has so many that they are hardly missed. */
export const MIN_COUNT = 2;

/**
 * The choice for a text, or for the model of a text that others will use.
 * @param minCount with a parent, or for others, words occur so often; from 2 on, for others in two documents
 */
export function wordChoice(
  {
    parent,
    shared = false,
    minCount = MIN_COUNT,
  }: { parent?: ChosenWords; shared?: boolean; minCount?: number },
  text: SplitText,
): WordChoice {
  return {
    parent,
    minCount: parent || shared ? minCount : 1,
    minExtraCount: shared ? minCount : 1,
    maxWords: parent ? MAX_NGRAM_WORDS : MAX_WORDS, // new words take no parent's place
    ...(shared && minCount > 1 && { isAllowed: sharedWords(text) }),
  };
}

/** Tells the words that several documents hold; of a text in one piece, those that occur as often as is asked. */
function sharedWords(text: SplitText): (word: string) => boolean {
  const ones = wordsOfOneDocument(text);
  return (word) => !ones.has(word);
}
