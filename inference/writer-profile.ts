// inference/writer-profile: what is known of a writer beyond a session. Pure; storing it is the edge's, what it makes of the next
// word profile-ngrams'.
//
//   phrases     what was typed, by the day: the words of a sentence, or of a part of one, as written, a space between them;
//               one that begins its sentence has <eos> before it
//   rejected    suggestions that were not wanted, by the day
//
// Phrases are kept rather than counts of n-grams: when a word is forgotten, what is left is what would be there had it never
// been typed, and of n-grams nobody could tell which words would have met. Nothing hangs on the order in which phrases
// came: a profile is a sum, so taking away what was added leaves what was there before.

import { foldLetters } from "#model/tokenizers/letters";

/** How often each of some phrases or words was typed; all above 0. */
export type Counts = Map<string, number>;

/** What came on one day. */
export interface ProfileDay {
  phrases: Counts;
  rejected: Counts;
}

/** By the day, counted from 1970 in UTC. */
export type WriterProfile = Map<number, ProfileDay>;

/** What a session adds to a profile, and what it takes back as its text was edited. */
export interface ProfileChange {
  plus: DatedPhrase[];
  minus: DatedPhrase[];
  rejected: string[]; // on `day`
  day: number;
}

/** A phrase under the day, since 1970, that it was typed on. */
export interface DatedPhrase {
  day: number;
  phrase: string;
}

/** Of a day, in milliseconds. */
export const DAY_MS = 86_400_000;

/**
 * The day of a moment, in milliseconds since 1970.
 *
 * @example
 * dayOf(Date.UTC(2026, 0, 1)); // 20454
 */
export function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / DAY_MS);
}

/**
 * Changes a profile; what it lacks cannot be taken back, and is not.
 *
 * @example
 * applyChange(profile, { day: 20454, plus: [{ day: 20454, phrase: "the people" }], minus: [], rejected: ["Union"] });
 */
export function applyChange(profile: WriterProfile, change: ProfileChange): void {
  for (const { day, phrase } of change.plus) addCount(dayIn(profile, day).phrases, phrase, 1);
  for (const word of change.rejected) addCount(dayIn(profile, change.day).rejected, word, 1);
  for (const { day, phrase } of change.minus) {
    const counts = profile.get(day)?.phrases;
    if (counts) addCount(counts, phrase, -1);
  }
  dropEmpty(profile);
}

/**
 * Forgets a word, in whatever case it was written, as if it had never been typed or rejected.
 *
 * @example
 * forgetWord(profile, "Kowalski"); // "KOWALSKI" too
 */
export function forgetWord(profile: WriterProfile, word: string): void {
  const folded = foldLetters(word);
  const isOther = (other: string) => foldLetters(other) !== folded;
  for (const [day, { phrases, rejected }] of profile) {
    const kept: ProfileDay = { phrases: new Map(), rejected: new Map() };
    for (const [phrase, count] of phrases) {
      const words = phrase.split(" ").filter(isOther);
      if (hasWords(words)) addCount(kept.phrases, words.join(" "), count);
    }
    for (const [other, count] of rejected) if (isOther(other)) kept.rejected.set(other, count);
    profile.set(day, kept);
  }
  dropEmpty(profile);
}

/**
 * Forgets all days from `from` to `to`, both among them.
 *
 * @example
 * forgetDays(profile, 20453, 20454); // two days
 */
export function forgetDays(profile: WriterProfile, from: number, to: number): void {
  for (const day of profile.keys()) if (day >= from && day <= to) profile.delete(day);
}

/**
 * How often each word was typed, as it was written, on all days together.
 *
 * @example
 * countWords(profile).get("people");
 * countWords(profile, "rejected").get("Union");
 */
export function countWords(profile: WriterProfile, of: keyof ProfileDay = "phrases"): Counts {
  const counts: Counts = new Map();
  for (const day of profile.values()) {
    for (const [phrase, count] of day[of]) {
      for (const word of phrase.split(" ")) addCount(counts, word, count);
    }
  }
  return counts;
}

/**
 * Whether a phrase is more than the beginning of a sentence.
 *
 * @example
 * hasWords([SENTENCE_START]); // false
 */
export function hasWords(words: string[]): boolean {
  return words.length > 1 || (words.length === 1 && words[0] !== SENTENCE_START);
}

/**
 * The order of UTF-16 code units, which is the same on every machine.
 *
 * @example
 * compareText("Z", "a"); // -1
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Stands before the first word of a sentence. */
export const SENTENCE_START = "<eos>";

/**
 * Adds to a count; what is not above 0 is not there.
 *
 * @example
 * addCount(counts, "people", 1);
 */
export function addCount(counts: Counts, key: string, count: number): void {
  const sum = (counts.get(key) ?? 0) + count;
  if (sum > 0) counts.set(key, sum);
  else counts.delete(key);
}

/**
 * The day of a profile, an empty one where it has none yet.
 *
 * @example
 * dayIn(new Map(), 20454); // { phrases: new Map(), rejected: new Map() }
 */
export function dayIn(profile: WriterProfile, day: number): ProfileDay {
  let found = profile.get(day);
  if (!found) profile.set(day, (found = { phrases: new Map(), rejected: new Map() }));
  return found;
}

function dropEmpty(profile: WriterProfile): void {
  for (const [day, { phrases, rejected }] of profile) {
    if (phrases.size === 0 && rejected.size === 0) profile.delete(day);
  }
}
