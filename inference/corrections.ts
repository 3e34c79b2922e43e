// inference/corrections: what a writer may have meant by letters with a typing error in them: one key beside, one too many, one
// too few, or two in the wrong order. Pure.
//
// A word's share is P(word) · ERROR_RATE · P(that edit), beside P(word) · (1 − ERROR_RATE) of the words that begin as the
// letters do and P(`<unk>`) · LETTER_PROBABILITY^letters of those that nobody knows.

import { foldLetters } from "#model/tokenizers/letters";
import type { Vocabulary } from "#model/vocabulary";
import type { Memory } from "./cache-mixture.ts";
import type { LanguageModel } from "./language-model.ts";

/** A word whose beginning was missed by one edit. */
export interface NearWord {
  id: number;
  likelihood: number; // of that edit among all
}

/** Where more words than these begin with the letters typed, something fits. */
export const MAX_EXACT = 50;
/** Fewer letters say too little of what was meant. */
const MIN_LETTERS = 3;
/** How often the letters of a word typed so far hold an error. */
const ERROR_RATE = 0.05;
/** Of a letter in a word that is not known. */
const LETTER_PROBABILITY = 0.1;

/** Keys of a QWERTY keyboard, each row a little further to the right. */
export const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const ROW_SHIFT = [0, 0.25, 0.75];
const KEYS = new Map(
  ROWS.flatMap((row, y) => [...row].map((key, x) => [key, { x: x + ROW_SHIFT[y]!, y }] as const)),
);
/** The squared distance of keys of which one is not on it, in keys. */
const FAR = 16;
/** Shares of the kinds of edits among all; the keys around one share theirs. */
const [BESIDE, MISSED, EXTRA, SWAPPED] = [0.4, 0.25, 0.2, 0.15];
const NEIGHBOURS = 6;

/**
 * Whether some letters may be a word with an error in it: they are letters, enough, and begin none of the writer's words.
 *
 * @example
 * mayCorrect("teh", NO_MEMORY); // true
 * mayCorrect("te", NO_MEMORY); // false: too few letters
 */
export function mayCorrect(typed: string, { words, profile }: Memory): boolean {
  const letters = foldLetters(typed);
  if (letters.length < MIN_LETTERS || !/^\p{L}+$/u.test(letters)) return false;
  const beginsSo = ({ word }: { word: string }) => foldLetters(word).startsWith(letters);
  return !words.some(beginsSo) && !profile?.userWords.some(beginsSo);
}

/**
 * The words whose beginning some letters miss by one edit.
 *
 * @example
 * findNear(model.words, "teh"); // […, { id: model.words.idOf("the"), likelihood: 0.05 }, …]
 */
export function findNear(vocabulary: Vocabulary, typed: string): NearWord[] {
  const letters = foldLetters(typed);
  const near: NearWord[] = [];
  for (const { folded, id } of vocabulary.folded) {
    const likelihood = likelihoodOfEdit(letters, folded);
    if (likelihood > 0) near.push({ id, likelihood });
  }
  return near;
}

/**
 * How probable it is that each of those words was meant after a state, and that any of them was.
 *
 * @example
 * const { words, share } = weighCorrections(model, state, "teh", findNear(model.words, "teh"));
 */
export function weighCorrections(
  model: LanguageModel,
  state: Float32Array,
  typed: string,
  near: NearWord[],
): { words: { id: number; probability: number }[]; share: number } {
  const { words: vocabulary } = model;
  const exact = vocabulary.idsStartingWith(typed);
  const [unknown, ...known] = model.probabilitiesOf(state, [vocabulary.unknownId, ...exact]);
  const unseen = unknown! * probabilityOfLetters(typed.length);
  const others = (1 - ERROR_RATE) * known.reduce((sum, probability) => sum + probability, unseen);
  const ids = near.map(({ id }) => id);
  const shares = model.probabilitiesOf(state, ids);
  const meant = near.map(({ likelihood }, at) => ERROR_RATE * likelihood * shares[at]!);
  const all = meant.reduce((sum, share) => sum + share, 0);
  const total = all + others;
  const words = ids.map((id, at) => ({ id, probability: meant[at]! / total }));
  return { words, share: all / total };
}

/**
 * How likely it is that of all edits just the one was made that turns the beginning of a word into what was typed; 0 where
 * it takes more than one, or none.
 *
 * @param typed the letters typed, folded as `word` is
 * @example
 * likelihoodOfEdit("teh", "their") > likelihoodOfEdit("tjh", "their"); // true
 */
export function likelihoodOfEdit(typed: string, word: string): number {
  let at = 0;
  while (at < typed.length && typed[at] === word[at]) at++;
  if (at === typed.length) return 0;
  const [found, meant] = [typed[at]!, word[at]];
  const behind = typed.slice(at + 1);
  const likelihoods = [0];
  if (meant !== undefined) {
    if (word.startsWith(behind, at + 1)) likelihoods.push(BESIDE * closeness(found, meant));
    if (word.startsWith(found + behind, at + 1)) likelihoods.push(MISSED);
    const isSwapped = found === word[at + 1] && meant === behind[0];
    if (isSwapped && word.startsWith(behind.slice(1), at + 2)) likelihoods.push(SWAPPED);
  }
  if (word.startsWith(behind, at)) {
    likelihoods.push(EXTRA * Math.max(closeness(found, word[at - 1]), closeness(found, meant)));
  }
  return Math.max(...likelihoods) / typed.length;
}

/** How likely a key is hit in another's place, of all keys around that. */
function closeness(key: string, other: string | undefined): number {
  const [a, b] = [KEYS.get(key), KEYS.get(other ?? "")];
  const squared = a && b ? square(a.x - b.x) + square(a.y - b.y) : FAR;
  return 1 / (NEIGHBOURS * square(Math.max(squared, 1)));
}

// exp, pow and hypot may differ from host to host in the last bit
function square(value: number): number {
  return value * value;
}

function probabilityOfLetters(count: number): number {
  let probability = 1;
  for (let letter = 0; letter < count; letter++) probability *= LETTER_PROBABILITY;
  return probability;
}
