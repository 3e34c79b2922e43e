// inference/profile-phrases: the phrases of a text, as a writer's profile keeps them. Numbers, and what is longer than a word is,
// are not kept.

import { END_OF_SENTENCE, readFinished, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { Range } from "./session-state.ts";
import { hasWords, SENTENCE_START } from "./writer-profile.ts";

/** A phrase, and where in its text it begins. */
export interface Phrase {
  phrase: string;
  start: number;
}

/** Passwords and keys are mostly longer than words. */
const MAX_WORD_CHARACTERS = 40;

/** What of a text is to be taken for phrases. */
export interface PhraseOptions {
  opens: boolean; // whether the text begins a sentence
  isFinished: boolean; // whether its last word is whole
  excluded: Range[]; // what is not to be learned
}

/**
 * The phrases of a text; one ends with its sentence, and before what is not learned.
 *
 * @example
 * readPhrases(tokenizer, "The people ", { opens: true, isFinished: true, excluded: [] });
 * // [{ phrase: "<eos> The people", start: 0 }]
 */
export function readPhrases(
  tokenizer: Tokenizer,
  text: string,
  { opens, isFinished, excluded }: PhraseOptions,
): Phrase[] {
  const previous = opens ? END_OF_SENTENCE : UNKNOWN_WORD;
  const tokens = isFinished
    ? readFinished(tokenizer, text, previous)
    : tokenizer.read(text, previous).tokens;
  const phrases: Phrase[] = [];
  let words: string[] = opens ? [SENTENCE_START] : [];
  let begin: number | null = null;
  let passed = 0;
  const end = (next: string[]) => {
    if (begin !== null && hasWords(words)) phrases.push({ phrase: words.join(" ").toWellFormed(), start: begin }); // prettier-ignore
    [words, begin] = [next, null];
  };
  for (const { word, surface, start, end: stop } of tokens) {
    if (word === END_OF_SENTENCE) {
      end([SENTENCE_START]);
      continue;
    }
    while (excluded[passed] && excluded[passed]!.end <= start) passed++; // both rise
    const isExcluded = (excluded[passed]?.start ?? Infinity) < stop;
    if (isExcluded || surface.length > MAX_WORD_CHARACTERS || /\s/u.test(surface)) {
      end([]);
      continue;
    }
    begin ??= start;
    words.push(tokenizer.placeholders.includes(word) ? word : surface);
  }
  end([]);
  return phrases;
}
