// inference/profile-ngrams: what a writer's profile makes of the next word with one model: which words followed the last ones,
// and which the model lacks. Nothing here hangs on the order in which the profile's phrases came.
//
// T words of all phrases and as many separators, D different ones.

import { isSuggestible } from "./suggestion-mask.ts";
import { addCount, compareText, countWords, SENTENCE_START } from "./writer-profile.ts";
import type { Counts, WriterProfile } from "./writer-profile.ts";

/** What a model makes of words, see text-reader. */
export interface WordReader {
  keyOf(word: string): string | null;
  isKnown(word: string): boolean;
  isPlaceholder(word: string): boolean;
}

/** How often words came. */
export interface WordCounts {
  total: number;
  counts: Counts; // by word, as a vocabulary would have it
}

/** A word that the model's vocabulary lacks. */
export interface ProfileWord {
  word: string;
  display: string; // as it is mostly written inside of sentences
  count: number;
}

/** So many words that the model lacks are offered at most. */
const MAX_USER_WORDS = 2_000;
/** So many words are suppressed at most, those that were rejected most often. */
const MAX_REJECTED = 50;
/** What a rejection counts for, where a word that was typed counts 1. */
const REJECTION_WEIGHT = 4;
/** Measured: the objects of a word. */
const BYTES_PER_WORD = 120;
const BYTES_PER_PLACE = 12; // an id, a weight, a place
const SEPARATOR = -1;

/**
 * The n-grams of a writer's profile, as predictions use them.
 *
 * @example
 * const ngrams = new ProfileNgrams(profile, reader);
 * ngrams.followersOf(["the", "united"]).counts.get("states");
 */
export class ProfileNgrams {
  /** All words, separators not. */
  readonly total: number;
  /** The most frequent first, MAX_USER_WORDS at most. */
  readonly userWords: ProfileWord[];
  readonly userTotal: number;
  /** What the probability of rejected words is multiplied by. */
  readonly rejected: Map<string, number>;
  readonly bytes: number;
  readonly #words: string[] = []; // [D]
  readonly #ids = new Map<string, number>();
  readonly #text: Int32Array; // [T], ids or separators
  readonly #weights: Float32Array; // [T], how often each was typed
  readonly #begins: Int32Array; // [D + 1], where the places of a word begin
  readonly #places: Int32Array; // in #text

  /** @param reader of the model that the words are predicted with */
  constructor(profile: WriterProfile, reader: WordReader) {
    const typed = countWords(profile);
    const keys = new Map(typed.keys().map((word) => [word, keyOf(word, reader)]));
    const text: number[] = [SEPARATOR];
    const weights: number[] = [0];
    const openings: Counts = new Map();
    for (const [phrase, count] of orderedPhrases(profile)) {
      const words = phrase.split(" ");
      if (words[0] === SENTENCE_START && words[1]) addCount(openings, words[1], count);
      for (const word of words) {
        text.push(this.#idOf(keys.get(word)!));
        weights.push(count);
      }
      text.push(SEPARATOR);
      weights.push(0);
    }
    this.#text = Int32Array.from(text);
    this.#weights = Float32Array.from(weights);
    this.#begins = new Int32Array(this.#words.length + 1);
    for (const id of text) if (id !== SEPARATOR) this.#begins[id + 1]!++;
    for (let id = 0; id < this.#words.length; id++) this.#begins[id + 1]! += this.#begins[id]!;
    this.#places = new Int32Array(this.#begins.at(-1)!);
    const next = this.#begins.slice();
    text.forEach((id, at) => id !== SEPARATOR && (this.#places[next[id]!++] = at));
    this.total = weights.reduce((sum, weight) => sum + weight, 0);
    this.userWords = findUserWords(typed, keys, openings, reader);
    this.userTotal = this.userWords.reduce((sum, { count }) => sum + count, 0);
    this.rejected = findRejected(profile, typed, reader);
    this.bytes = BYTES_PER_WORD * typed.size + BYTES_PER_PLACE * text.length;
  }

  /** The words that followed these, which stand behind each other. */
  followersOf(context: string[]): WordCounts {
    const found: WordCounts = { total: 0, counts: new Map() };
    const ids = context.map((word) => this.#ids.get(word) ?? SEPARATOR);
    const last = ids.at(-1);
    if (last === undefined || ids.includes(SEPARATOR)) return found;
    for (let index = this.#begins[last]!; index < this.#begins[last + 1]!; index++) {
      const place = this.#places[index]!;
      const next = this.#text[place + 1]!;
      if (next === SEPARATOR) continue;
      if (!ids.every((id, at) => this.#text[place + 1 - ids.length + at] === id)) continue;
      const weight = this.#weights[place]!;
      addCount(found.counts, this.#words[next]!, weight);
      found.total += weight;
    }
    return found;
  }

  #idOf(word: string): number {
    let id = this.#ids.get(word);
    if (id === undefined) this.#ids.set(word, (id = this.#words.push(word) - 1));
    return id;
  }
}

function orderedPhrases(profile: WriterProfile): [string, number][] {
  const all: Counts = new Map();
  for (const { phrases } of profile.values()) {
    for (const [phrase, count] of phrases) addCount(all, phrase, count);
  }
  return [...all].sort(([a], [b]) => compareText(a, b));
}

/** A word as the vocabulary would have it; what is no word to this model's tokenizer stays as it is. */
function keyOf(word: string, reader: WordReader): string {
  // most are plain, and to read each would take as long as all the rest
  if (/^[a-z]+$/.test(word) || word === SENTENCE_START || reader.isPlaceholder(word)) return word;
  return reader.keyOf(word) ?? word;
}

/** Words that may be suggested and that the vocabulary lacks, each as it is mostly written inside of sentences. */
function findUserWords(
  typed: Counts,
  keys: Map<string, string>,
  openings: Counts,
  reader: WordReader,
): ProfileWord[] {
  const found = new Map<string, ProfileWord & { max: number }>();
  for (const [display, count] of [...typed].sort(([a], [b]) => compareText(a, b))) {
    const word = keys.get(display)!;
    if (reader.isKnown(word) || reader.isPlaceholder(word) || !isSuggestible(word)) continue;
    const inside = count - (openings.get(display) ?? 0);
    const user = found.get(word) ?? { word, display, count: 0, max: inside };
    found.set(word, user);
    user.count += count;
    if (inside > user.max) [user.display, user.max] = [display, inside];
  }
  const words = [...found.values()].map(({ word, display, count }) => ({ word, display, count }));
  return words
    .sort((a, b) => b.count - a.count || compareText(a.word, b.word))
    .slice(0, MAX_USER_WORDS);
}

/** A word that is typed as often as it is rejected keeps a third of its probability, and at least a fifth. */
function findRejected(profile: WriterProfile, typed: Counts, reader: WordReader) {
  const rejections = [...countWords(profile, "rejected")].sort(([a, m], [b, n]) => n - m || compareText(a, b)); // prettier-ignore
  const factors = new Map<string, number>();
  for (const [word, count] of rejections.slice(0, MAX_REJECTED)) {
    const key = reader.keyOf(word);
    if (key === null) continue;
    const accepted = 1 + (typed.get(word) ?? 0);
    factors.set(key, accepted / (accepted + REJECTION_WEIGHT * count));
  }
  return factors;
}
