// inference/insertion: turns a predicted word into the characters to type after a text, with their space and their case.
// Which marks open or close, and where sentences begin, are the tokenizer's own rules (model/tokenizers).

import { letterCase, startsLower } from "./letter-case.ts";
import { foldLetters } from "#model/tokenizers/letters";
import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import type { Tokenizer } from "#model/tokenizers/tokenizer";

/** What to type: `insert`, after `replace` UTF-16 units were taken back from the end of the text. */
export interface Insertion {
  insert: string;
  replace: number;
}

/** How the next word of a text is written. */
export interface WritingContext {
  tokenizer: Tokenizer;
  space: string; // between the text and the word
  capital: boolean; // whether the word begins a sentence
  shouts: boolean; // whether the words before are in capitals
  apostrophe: string | undefined; // the one that the text has, where it has any
}

/** Of a text no more than this end of it decides how a word is written behind it. */
export const INSERTION_REACH = 1_000;
const ENDS_IN_SPACE = /(?:^|\s)[\u00AD\u200B\u200E\u200F\u2060]{0,9}$/u;

/**
 * Judges a text by its end, once for all words that may follow.
 * @param previous the word before, as the vocabulary has it
 * @param shouts whether the words before are in capitals
 * @example
 * const context = contextAfter("the united", { tokenizer, previous: "united" });
 * insertWord("States", context); // " States"
 */
export function contextAfter(
  before: string,
  { tokenizer, previous, shouts = false }: { tokenizer: Tokenizer; previous: string; shouts?: boolean }, // prettier-ignore
): WritingContext {
  const end = before.slice(-INSERTION_REACH);
  return {
    tokenizer,
    space: ENDS_IN_SPACE.test(end) || tokenizer.joinsNext(before) ? "" : " ",
    capital: tokenizer.startsSentence(before, previous),
    shouts,
    apostrophe: [...end.matchAll(/(?<=\p{L})['’](?=\p{L})/gu)].at(-1)?.[0],
  };
}

/**
 * What to type for a word that follows.
 *
 * @example
 * insertWord("states", contextAfter("the united", { tokenizer, previous: "united" })); // " states"
 */
export function insertWord(display: string, context: WritingContext): string {
  const word = withApostrophe(display, context.apostrophe);
  if (context.shouts) return context.space + context.tokenizer.toUpperCase(word);
  return context.space + (context.capital ? capitalise(word, context.tokenizer) : word);
}

/**
 * How any token of the vocabulary is written after `before`: marks and ends of sentences too.
 *
 * @example
 * writeToken("the people", { word: ".", display: "." }, { tokenizer, previous: "people" }); // "."
 */
export function writeToken(
  before: string,
  { word, display }: { word: string; display: string },
  { tokenizer, previous }: { tokenizer: Tokenizer; previous: string },
): string {
  if (word === END_OF_SENTENCE) return tokenizer.endOfSentence;
  if (tokenizer.joinsPrevious(before, word)) return display;
  return insertWord(display, contextAfter(before, { tokenizer, previous }));
}

/**
 * What to type to complete a word whose first letters were typed. The letters typed stay as they are but where they can
 * not begin the word: `cafe` becomes café, `i'` becomes I'm, and names with capitals inside become what they are.
 *
 * A client that can only append does least harm where little is taken back, so `insert` holds no more than has to change.
 *
 * @example
 * completeWord("uni", "Union", context); // { insert: "on", replace: 0 }
 * completeWord("UNI", "Union", context); // { insert: "ON", replace: 0 }
 * completeWord("na", "NASA", context); // { insert: "NASA", replace: 2 }
 */
export function completeWord(typed: string, display: string, context: WritingContext): Insertion {
  const { tokenizer } = context;
  const apostrophe = [...typed.matchAll(/['’]/gu)].at(-1)?.[0] ?? context.apostrophe;
  const word = withApostrophe(display, apostrophe);
  const length = lengthOfTyped(typed, word);
  if (length === null || isOtherI(typed, word.slice(0, length), tokenizer))
    return difference(typed, inTypedCase(typed, word, context));
  const isAsShown = typed.normalize("NFC") === word.slice(0, length).normalize("NFC");
  const rest = word.slice(length);
  if (isTypedShouting(typed, context) && (context.shouts || !isAsShown))
    return { insert: tokenizer.toUpperCase(rest), replace: 0 };
  if (!isAsShown && (hasCapitalInside(word) || (isPronoun(word) && startsLower(typed))))
    return difference(typed, word);
  return { insert: rest, replace: 0 };
}

/**
 * What to type to complete a word by appending alone: the letters typed stay, whatever their case.
 *
 * @example
 * appendRest("na", "NASA", context); // "SA"
 */
export function appendRest(typed: string, display: string, context: WritingContext): string {
  const { insert, replace } = completeWord(typed, display, context);
  if (replace === 0) return insert;
  return display.slice(lengthOfTyped(typed, display) ?? typed.length);
}

/** How much of a word its first letters are, null where they are not just those. */
function lengthOfTyped(typed: string, word: string): number | null {
  const folded = foldLetters(typed);
  const isEnd = (length: number) =>
    !/^(?:\p{M}|[\uDC00-\uDFFF])/u.test(word.slice(length)) && foldLetters(word.slice(0, length)) === folded; // prettier-ignore
  if (isEnd(typed.length)) return typed.length;
  for (let length = 1; length <= word.length; length++) if (isEnd(length)) return length;
  return null;
}

/** Whether one is spelt with i and the other with ı, in a language that tells them apart: elsewhere both mean i. */
function isOtherI(typed: string, begun: string, tokenizer: Tokenizer): boolean {
  if (tokenizer.toUpperCase("i") === "I") return false;
  const lettersI = (text: string) =>
    tokenizer.toUpperCase(text.normalize("NFC").replaceAll("i\u0307", "i")).replaceAll(/[^Iİ]/gu, ""); // prettier-ignore
  return lettersI(typed) !== lettersI(begun);
}

function isTypedShouting(typed: string, { shouts }: WritingContext): boolean {
  const { upper, lower } = letterCase(typed);
  return lower === 0 && upper > (shouts ? 0 : 1);
}

function inTypedCase(typed: string, word: string, context: WritingContext): string {
  if (isTypedShouting(typed, context)) return context.tokenizer.toUpperCase(word);
  return startsLower(typed) ? word : capitalise(word, context.tokenizer);
}

/** From what was typed to the word, taking back as little as can be. */
function difference(typed: string, word: string): Insertion {
  let same = 0;
  while (same < typed.length && typed[same] === word[same]) same++;
  // neither half a character nor a mark without its letter is left
  while (same > 0 && /^(?:\p{M}|[\uDC00-\uDFFF])/u.test(typed.slice(same) || word.slice(same))) same--; // prettier-ignore
  return { insert: word.slice(same), replace: typed.length - same };
}

/** NASA, GitHub, iPhone: spelt so wherever they stand. */
function hasCapitalInside(word: string): boolean {
  return /.\p{Lu}/su.test(word);
}

/** The English I, alone and in I'm. */
function isPronoun(word: string): boolean {
  return /^I(?:['’]|$)/u.test(word);
}

function withApostrophe(word: string, apostrophe: string | undefined): string {
  return apostrophe === undefined ? word : word.replaceAll(/(?<=\p{L})['’]/gu, apostrophe);
}

const WITHOUT_CAPITALS = /^\p{Script=Georgian}/u; // its capitals are for whole words only

/** Words with capitals of their own, such as iPhone, keep them. */
function capitalise(word: string, tokenizer: Tokenizer): string {
  if (word !== word.toLowerCase() || WITHOUT_CAPITALS.test(word)) return word;
  const [first = ""] = word;
  return tokenizer.toUpperCase(first) + word.slice(first.length);
}
