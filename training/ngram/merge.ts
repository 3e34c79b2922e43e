// training/ngram/merge: the n-grams of a text and those of the model that training goes on from, as one model. Behind a context
// that was n times in the text and m times in the parent's, both have a say, an occurrence in the text W times that of one before:
//
//   share(w) = (W · n · share_text(w) + m · share_parent(w)) ÷ (W · n + m)
//
// What the shares leave goes to the next shorter context of the merged model. The parent's tables do not tell m: it follows
// from how often its words were met and from their probabilities.
//
// N words, the parent's among them; E entries of an order, as in count.

import type { NgramOrder, NgramTables } from "#model/ngram";
import type { Vocabulary } from "#model/vocabulary";
import { findKey, sortUnique } from "./count.ts";
import type { CountedOrder } from "./count.ts";
import type { EstimatedNgrams, EstimatedOrder } from "./kneser-ney.ts";

/** N-grams of the model that training goes on from. */
export interface InheritedNgrams {
  tables: NgramTables;
  words: Vocabulary; // all that it knows, in its ids
}

/** N-grams of a text. */
export interface OwnNgrams {
  counted: CountedOrder[];
  estimated: EstimatedNgrams; // the same smoothed
}

export interface MergedNgrams extends EstimatedNgrams {
  holders: Uint8Array[]; // of each order's entries, see CountedOrder; 2 where only the parent has one
}

/** What the next longer order needs of an order's entries. */
interface Below {
  keys: Float64Array; // [E]
  suffixes: Int32Array | null; // [E]; of a word nothing is left without its first word
  timesHere: Float64Array; // [E] n
  timesBefore: Float64Array; // [E] m
  inherited: Float64Array; // [E] p_k of the parent
  ownPlaces: Int32Array; // of the text's entries among these
  parentPlaces: Int32Array; // and of the parent's
}

/**
 * Merges n-grams: those of the text's order, and what the parent has of shorter ones and of these.
 * @param words all words
 * @param ownWeight W
 */
export function mergeNgrams(
  { counted, estimated }: OwnNgrams,
  { tables, words: parentWords }: InheritedNgrams,
  words: Vocabulary,
  ownWeight: number,
): MergedNgrams {
  const N = words.size;
  const ids = Int32Array.from(parentWords.entries, ({ word }) => words.idOf(word));
  const own = new Float64Array(N);
  counted[0]!.contexts.forEach((word, at) => (own[word]! += counted[0]!.counts[at]!));
  const before = new Float64Array(N);
  const inherited = new Float64Array(N);
  ids.forEach((id, parentId) => {
    before[id]! += parentWords.entries[parentId]!.count;
    inherited[id]! += tables.base[parentId]!;
  });
  const [n, m] = [ownWeight * sumOf(own), sumOf(before)];
  const places = Int32Array.from({ length: N }, (_, id) => id);
  let below: Below = {
    keys: Float64Array.from(places),
    suffixes: null,
    timesHere: own,
    timesBefore: before,
    inherited,
    ownPlaces: places,
    parentPlaces: ids,
  };
  const merged: MergedNgrams = {
    base: estimated.base.map((share, id) => (n * share + m * inherited[id]!) / (n + m)),
    orders: [],
    holders: [],
  };
  estimated.orders.forEach((order, index) => {
    const parent = unpack(tables, index, ids);
    const own = { ...counted[index]!, ...order };
    const next = mergeOrder(own, parent, below, { N, W: ownWeight, parentBase: inherited });
    merged.orders.push(next.order);
    merged.holders.push(next.holders);
    below = next.below;
  });
  return merged;
}

type OwnOrder = EstimatedOrder & CountedOrder;
type ParentOrder = Pick<EstimatedOrder, "contexts" | "words" | "shares">;

function mergeOrder(
  own: OwnOrder,
  parent: ParentOrder,
  below: Below,
  { N, W, parentBase }: { N: number; W: number; parentBase: Float64Array },
): { order: EstimatedOrder; holders: Uint8Array; below: Below } {
  const keysOf = ({ contexts, words }: ParentOrder, places: Int32Array) =>
    Float64Array.from(words, (word, at) => places[contexts[at]!]! * N + word);
  const ownKeys = keysOf(own, below.ownPlaces);
  const parentKeys = keysOf(parent, below.parentPlaces);
  const both = new Float64Array(ownKeys.length + parentKeys.length);
  both.set(ownKeys);
  both.set(parentKeys, ownKeys.length);
  const keys = sortUnique(both);
  const E = keys.length;
  const ownPlaces = Int32Array.from(ownKeys, (key) => findKey(keys, key));
  const parentPlaces = Int32Array.from(parentKeys, (key) => findKey(keys, key));
  const contexts = Int32Array.from(keys, (key) => Math.floor(key / N));
  const words = Int32Array.from(keys, (key, at) => key - contexts[at]! * N);
  const suffixes = Int32Array.from(words, (word, at) => {
    if (!below.suffixes) return word;
    const suffix = below.suffixes[contexts[at]!]!;
    const key = suffix * N + word;
    const place = suffix < 0 ? 0 : findKey(below.keys, key);
    return suffix >= 0 && below.keys[place] === key ? place : -1; // the parent may have left it out
  });

  const ownShares = scatter(own.shares, ownPlaces, E);
  const ownGains = scatter(own.gains, ownPlaces, E);
  const parentShares = scatter(parent.shares, parentPlaces, E);
  const rest = new Float64Array(below.keys.length).fill(1);
  contexts.forEach((context, at) => (rest[context]! -= parentShares[at]!));
  const inherited = parentShares.map((share, at) => {
    const suffix = suffixes[at]!;
    const lower = suffix < 0 ? parentBase[words[at]!]! : below.inherited[suffix]!;
    return share + rest[contexts[at]!]! * lower;
  });
  const timesBefore = inherited.map((p, at) => below.timesBefore[contexts[at]!]! * p);
  const shares = new Float64Array(E);
  const gains = new Float64Array(E);
  for (let at = 0; at < E; at++) {
    const context = contexts[at]!;
    const [n, m] = [W * below.timesHere[context]!, below.timesBefore[context]!];
    shares[at] = (n * ownShares[at]! + m * parentShares[at]!) / (n + m);
    gains[at] = W * ownGains[at]! + m * parentShares[at]!;
  }
  const holders = new Uint8Array(E).fill(2);
  ownPlaces.forEach((place, at) => (holders[place] = own.holders[at]!));
  const timesHere = scatter(own.counts, ownPlaces, E);
  return {
    order: { contexts, words, shares, gains, suffixes },
    holders,
    below: { keys, suffixes, timesHere, timesBefore, inherited, ownPlaces, parentPlaces },
  };
}

/** Numbers at the places that they have among E entries, 0 elsewhere. */
function scatter(values: ArrayLike<number>, places: Int32Array, E: number): Float64Array {
  const all = new Float64Array(E);
  places.forEach((place, at) => (all[place] = values[at]!));
  return all;
}

/** The entries of one order of some tables, none where they are of a lower order, their words in other ids. */
function unpack({ orders }: NgramTables, index: number, ids: Int32Array): ParentOrder {
  const order = orders[index] ?? NO_ENTRIES;
  const contexts = new Int32Array(order.words.length);
  order.contexts.forEach((place, context) => {
    contexts.fill(place, order.begins[context]!, order.begins[context + 1]!);
  });
  return {
    contexts,
    words: Int32Array.from(order.words, (id) => ids[id]!),
    shares: Float64Array.from(order.shares, (code) => order.levels[code]!),
  };
}

const NO_ENTRIES: NgramOrder = {
  contexts: new Int32Array(),
  begins: new Int32Array(1),
  levels: new Float32Array(),
  words: new Uint16Array(),
  shares: new Uint8Array(),
};

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
