// inference/ngram: the probability of a word after the ones before it, from the n-gram tables of a model file (model/ngram).
// What that counts for beside the network is ngram-mixture's.
//
// All numbers come of single operations of IEEE 754 in a fixed order: the same bits on every machine.
//
// N words, n order.

import type { NgramOrder, NgramTables } from "#model/ngram";

/** The followers of one context. */
export interface Followers {
  table: NgramOrder;
  begin: number; // where they begin in the table
  end: number;
  scale: number; // what a share is multiplied by: the γ of all longer contexts
}

/** What the tables make of the word that comes after a context. */
export interface NgramContext {
  order: number; // of the longest n-grams whose context was found; 1 where none was
  rest: number; // γ of that context, 1 where none was found
  baseScale: number; // what p_1 is multiplied by: every γ
  followers: Followers[]; // the shortest context's first
}

/** Says that there is no word, in the place of an id. */
export const NO_WORD = -1;

/**
 * The n-grams of an edge file: P(word | the words before) for all words [N].
 *
 * @example
 * const model = new NgramModel(tables, vocabulary.endId);
 * ngramProbability(model, model.lookUp([unitedId]), statesId);
 */
export class NgramModel {
  readonly base: Float32Array; // [N]
  readonly order: number; // n
  readonly #orders: NgramOrder[];
  readonly #endId: number;

  /**
   * @param tables of a model file; they stay where they lie
   * @param endId the word that no context reaches back over
   */
  constructor({ base, orders }: NgramTables, endId: number) {
    this.base = base;
    this.order = orders.length + 1;
    this.#orders = orders;
    this.#endId = endId;
  }

  /**
   * Finds the contexts that the last words are.
   * @param last the ids of the last words, oldest first; NO_WORD where there is none
   * @example model.lookUp([unitedId, statesId]).followers // what was seen after "states", then after "united states"
   */
  lookUp(last: ArrayLike<number>): NgramContext {
    const found: NgramContext = { order: 1, rest: 1, baseScale: 1, followers: [] };
    for (let length = 1; length <= this.#reach(last); length++) {
      const table = this.#orders[length - 1]!;
      const context = this.#findContext(last, length);
      if (context < 0) continue;
      const [begin, end] = [table.begins[context]!, table.begins[context + 1]!];
      const rest = leftBy(table, begin, end);
      for (const shorter of found.followers) shorter.scale *= rest;
      found.followers.push({ table, begin, end, scale: 1 });
      found.baseScale *= rest;
      found.order = length + 1;
      found.rest = rest;
    }
    return found;
  }

  /** How many of the last words may be a context: not back over the end of a sentence. */
  #reach(last: ArrayLike<number>): number {
    const longest = Math.min(this.order - 1, last.length);
    for (let length = 1; length <= longest; length++) {
      const id = last[last.length - length]!;
      if (id === NO_WORD) return length - 1;
      if (id === this.#endId) return length;
    }
    return longest;
  }

  /** The place of the last `length` words among the contexts of their order; below 0 where they are none. */
  #findContext(last: ArrayLike<number>, length: number): number {
    let place = last[last.length - length]!;
    for (let word = 1; word < length; word++) {
      const { contexts, begins, words } = this.#orders[word - 1]!;
      const context = search(contexts, place, 0, contexts.length);
      if (context < 0) return -1;
      const next = last[last.length - length + word]!;
      place = search(words, next, begins[context]!, begins[context + 1]!);
      if (place < 0) return -1;
    }
    const { contexts } = this.#orders[length - 1]!;
    return search(contexts, place, 0, contexts.length);
  }
}

/**
 * The share of a word among some followers, 0 where it is none of them.
 *
 * @example
 * const [followers] = model.lookUp([unitedId]).followers;
 * if (followers) shareOf(followers, statesId);
 */
export function shareOf({ table, begin, end }: Followers, id: number): number {
  const at = search(table.words, id, begin, end);
  return at < 0 ? 0 : table.levels[table.shares[at]!]!;
}

/**
 * Shows every follower, and what its share adds to its probability.
 *
 * @example
 * for (const some of model.lookUp([unitedId]).followers) visitFollowers(some, (id, share) => (sums[id]! += share));
 */
export function visitFollowers(
  { table, begin, end, scale }: Followers,
  visit: (id: number, share: number) => void,
): void {
  for (let at = begin; at < end; at++) {
    visit(table.words[at]!, scale * table.levels[table.shares[at]!]!);
  }
}

/**
 * The probability of a word.
 *
 * @example
 * ngramProbability(model, model.lookUp([unitedId]), statesId); // in 0 … 1
 */
export function ngramProbability(model: NgramModel, context: NgramContext, id: number): number {
  let p = context.baseScale * model.base[id]!;
  for (const followers of context.followers) p += followers.scale * shareOf(followers, id);
  return p;
}

function leftBy({ levels, shares }: NgramOrder, begin: number, end: number): number {
  let sum = 0;
  for (let at = begin; at < end; at++) sum += levels[shares[at]!]!;
  return 1 - sum;
}

/** The place of a number in a part of a rising list; −1 where it is not there. */
function search(
  sorted: Int32Array | Uint16Array,
  wanted: number,
  begin: number,
  end: number,
): number {
  let [low, high] = [begin, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < end && sorted[low] === wanted ? low : -1;
}
