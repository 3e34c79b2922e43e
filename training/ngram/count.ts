// training/ngram/count: which n-grams a text has, and how often. What is made of the counts is kneser-ney's.
//
// An entry of order k is a context, which is an entry of order k − 1, and a word; it has the key context · N + word. Entries
// are sorted by key, so those of one context lie together. A sentence ends with `<eos>` and begins behind it: that may be
// the first word of a context, none reaches back over it.
//
// N words.

import { HolderCounter } from "../data/holders.ts";

/** All entries of one order. */
export interface CountedOrder {
  contexts: Int32Array; // [E] the place of each entry's context in the order below
  words: Int32Array; // [E]
  counts: Uint32Array; // [E] occurrences in the text
  suffixes: Int32Array; // [E] the place in the order below of the entry without its first word
  opensSentence: Uint8Array; // [E] 1 where the first word is `<eos>`
  holders: Uint8Array; // [E] documents that have it: 1, or 2 for more; where no documents are told apart, occurrences
}

export interface TextToCount {
  ids: Int32Array; // each below N
  words: number; // N
  endId: number;
  begins?: Int32Array; // where each document begins; @default one document
}

/**
 * Counts the n-grams of a text.
 * @param order the longest to count, 2 at least
 * @returns those of order 2, 3, …
 */
export function countNgrams(
  { ids, words: N, endId, begins = new Int32Array() }: TextToCount,
  order: number,
): CountedOrder[] {
  const text = new Int32Array(ids.length + 1);
  text[0] = endId; // it begins as if a sentence had ended before it
  text.set(ids, 1);
  const counted: CountedOrder[] = [];
  let below = text; // place in the order below of the entry that ends at each token, −1 where none does
  for (let k = 2; k <= order; k++) {
    const keys = keysOf(text, below, { N, endId, k });
    const unique = sortUnique(keys);
    const places = new Int32Array(keys.length).fill(-1);
    const entries = makeEntries(unique, N, (context) =>
      k === 2 ? context === endId : counted.at(-1)!.opensSentence[context] === 1,
    );
    for (let at = 0; at < keys.length; at++) {
      if (keys[at]! < 0) continue;
      const place = (places[at] = findKey(unique, keys[at]!));
      entries.counts[place]!++;
      entries.suffixes[place] = below[at]!;
    }
    // what ends at the token before `<eos>` was put first ends at the next place here
    entries.holders = new HolderCounter(unique.length, begins).count(ids.length, (at) => places[at + 1]!); // prettier-ignore
    counted.push(entries);
    below = places;
  }
  return counted;
}

/** Entries that nothing is counted of yet. */
function makeEntries(
  keys: Float64Array,
  N: number,
  opensSentence: (context: number) => boolean,
): CountedOrder {
  const E = keys.length;
  const entries = {
    contexts: new Int32Array(E),
    words: new Int32Array(E),
    counts: new Uint32Array(E),
    suffixes: new Int32Array(E),
    opensSentence: new Uint8Array(E),
    holders: new Uint8Array(E),
  };
  for (let at = 0; at < E; at++) {
    const context = Math.floor(keys[at]! / N);
    entries.contexts[at] = context;
    entries.words[at] = keys[at]! - context * N;
    entries.opensSentence[at] = Number(opensSentence(context));
  }
  return entries;
}

/** The key of the entry that ends at each token, −1 where a sentence is too short for one. */
function keysOf(
  text: Int32Array,
  below: Int32Array,
  { N, endId, k }: { N: number; endId: number; k: number },
): Float64Array {
  const keys = new Float64Array(text.length).fill(-1);
  for (let at = 1; at < text.length; at++) {
    const context = below[at - 1]!;
    if (context < 0 || (k > 2 && text[at - 1] === endId)) continue;
    keys[at] = context * N + text[at]!;
  }
  return keys;
}

/** The keys from 0 on, each once. */
export function sortUnique(keys: Float64Array): Float64Array {
  const sorted = keys.toSorted();
  let size = 0;
  for (let at = 0; at < sorted.length; at++) {
    const key = sorted[at]!;
    if (key >= 0 && (size === 0 || key !== sorted[size - 1])) sorted[size++] = key;
  }
  return sorted.slice(0, size);
}

export function findKey(sorted: Float64Array, key: number): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place behind the entries that have the same context as the one at `begin`. */
export function endOfContext(contexts: Int32Array, begin: number): number {
  let end = begin + 1;
  while (end < contexts.length && contexts[end] === contexts[begin]) end++;
  return end;
}
