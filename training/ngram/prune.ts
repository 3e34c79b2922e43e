// training/ngram/prune: leaves the n-grams out that matter least, and rounds the shares of the others to codes.
//
// Without an entry, its word has γ' · p_(k−1)(w) where γ' = γ + share; what that costs in log-likelihood is weighted by how
// often the entry is to be expected (Seymore & Rosenfeld 1996): (c − D) · log(p_k ÷ (γ' · p_(k−1))). Entries that are
// contexts of others stay.
//
// N words; E_k, C_k as in model/ngram.

import { ngramBytes, SHARE_LEVELS } from "#model/ngram";
import type { NgramOrder, NgramTables } from "#model/ngram";
import type { VocabularyEntry } from "#model/vocabulary";
import { endOfContext } from "./count.ts";
import type { EstimatedNgrams } from "./kneser-ney.ts";

export interface PackOptions {
  maxBytes: number; // of all the tables
  extraWords: readonly VocabularyEntry[]; // see NgramTables
  holders?: Uint8Array[]; // of each order's entries, see CountedOrder: those of one alone are left out
}

const MAX_TRIES = 40; // bisecting the interval in which the threshold lies
const FULL_ENOUGH = 0.98;

/**
 * The tables of a model file, of as many n-grams as there is room for, those that matter most.
 * @throws where not even the words fit
 */
export function packNgrams(
  ngrams: EstimatedNgrams,
  { maxBytes, extraWords, holders }: PackOptions,
): NgramTables {
  const losses = lossesOf(ngrams);
  if (holders) leaveOut(losses, ngrams, holders);
  const fixed = ngramBytes(quantise(ngrams, keepAbove(ngrams, losses, Infinity), extraWords));
  if (fixed > maxBytes) {
    throw new Error(
      `n-grams need ${fixed} bytes for their words alone, ${maxBytes} are allowed; allow more, or fewer words`,
    );
  }
  const sizeOf = (kept: Uint8Array[]) => fixed + entryBytes(ngrams, kept);
  let kept = keepAbove(ngrams, losses, 0);
  // thresholds are spread over orders of magnitude: what is halved is the logarithm
  let [low, high] = [Math.log(1e-9), Math.log(1e9)];
  for (let tries = 0; tries < MAX_TRIES && sizeOf(kept) > maxBytes; tries++) {
    const middle = (low + high) / 2;
    const fewer = keepAbove(ngrams, losses, Math.exp(middle));
    const size = sizeOf(fewer);
    if (size > maxBytes) low = middle;
    else high = middle;
    if (size <= maxBytes && (size > FULL_ENOUGH * maxBytes || tries + 8 > MAX_TRIES)) kept = fewer;
  }
  return quantise(ngrams, kept, extraWords);
}

/** Takes their worth from entries of one document, and from those behind them: of these only a parent may have several. */
function leaveOut(
  losses: Float32Array[],
  { orders }: EstimatedNgrams,
  holders: Uint8Array[],
): void {
  for (const [index, order] of losses.entries()) {
    const { contexts } = orders[index]!;
    for (let at = 0; at < order.length; at++) {
      const isLeftOut = index > 0 && losses[index - 1]![contexts[at]!]! < 0;
      if (holders[index]![at]! < 2 || isLeftOut) order[at] = -1;
    }
  }
}

/** What each entry of each order is worth. */
function lossesOf({ base, orders }: EstimatedNgrams): Float32Array[] {
  let below: Float64Array | null = null; // p_(k−1) of every entry of the order below
  return orders.map(({ contexts, words, shares, gains, suffixes }) => {
    const probabilities = new Float64Array(shares.length);
    const losses = new Float32Array(shares.length);
    for (let begin = 0; begin < shares.length;) {
      const end = endOfContext(contexts, begin);
      let rest = 1;
      for (let at = begin; at < end; at++) rest -= shares[at]!;
      for (let at = begin; at < end; at++) {
        const suffix = suffixes[at]!;
        const lower = below && suffix >= 0 ? below[suffix]! : base[words[at]!]!;
        const p = (probabilities[at] = shares[at]! + rest * lower);
        losses[at] = Math.max(gains[at]! * Math.log(p / ((rest + shares[at]!) * lower)), 0);
      }
      begin = end;
    }
    below = probabilities;
    return losses;
  });
}

/** 1 for the entries of each order that lose more than that, or are a context of one that stays. */
function keepAbove(
  { orders }: EstimatedNgrams,
  losses: Float32Array[],
  threshold: number,
): Uint8Array[] {
  const kept = losses.map((order) => {
    const stays = new Uint8Array(order.length);
    for (let at = 0; at < order.length; at++) stays[at] = Number(order[at]! > threshold);
    return stays;
  });
  for (let index = orders.length - 1; index > 0; index--) {
    const { contexts } = orders[index]!;
    const [stays, below] = [kept[index]!, kept[index - 1]!];
    for (let at = 0; at < stays.length; at++) if (stays[at]) below[contexts[at]!] = 1;
  }
  return kept;
}

const ENTRY_BYTES = 3; // a word and a code
const CONTEXT_BYTES = 8; // a place and where its followers begin

function entryBytes({ orders }: EstimatedNgrams, kept: Uint8Array[]): number {
  let bytes = 0;
  orders.forEach(({ contexts }, index) => {
    const stays = kept[index]!;
    let last = -1;
    for (let at = 0; at < stays.length; at++) {
      if (!stays[at]) continue;
      bytes += ENTRY_BYTES + (contexts[at] === last ? 0 : CONTEXT_BYTES);
      last = contexts[at]!;
    }
  });
  return bytes;
}

function quantise(
  { base, orders }: EstimatedNgrams,
  kept: Uint8Array[],
  extraWords: readonly VocabularyEntry[],
): NgramTables {
  let newPlaces: Int32Array | null = null; // of the entries of the order below; a word keeps its id
  const packed = orders.map((order, index) => {
    const stays = kept[index]!;
    const places = new Int32Array(stays.length).fill(-1);
    const contexts: number[] = [];
    const begins: number[] = [];
    const words: number[] = [];
    const shares: number[] = [];
    for (let at = 0; at < stays.length; at++) {
      if (!stays[at]) continue;
      places[at] = words.length;
      const below = order.contexts[at]!;
      const context = newPlaces ? newPlaces[below]! : below;
      if (context !== contexts.at(-1)) {
        contexts.push(context);
        begins.push(words.length);
      }
      words.push(order.words[at]!);
      shares.push(order.shares[at]!);
    }
    begins.push(words.length);
    newPlaces = places;
    const table: NgramOrder = {
      contexts: Int32Array.from(contexts),
      begins: Int32Array.from(begins),
      words: Uint16Array.from(words),
      ...quantiseShares(Float64Array.from(shares)),
    };
    leaveSomething(table);
    return table;
  });
  return { base: Float32Array.from(base), orders: packed, extraWords };
}

/** Codes on a logarithmic scale; a level is the mean of the shares that have its code. */
function quantiseShares(values: Float64Array): Pick<NgramOrder, "levels" | "shares"> {
  const levels = new Float32Array(SHARE_LEVELS);
  const least = Math.log(
    values.reduce((min, value) => (value > 0 ? Math.min(min, value) : min), 1),
  );
  const shares = Uint8Array.from(values, (value) =>
    value > 0 ? 1 + Math.round((1 - Math.log(value) / (least || 1)) * (SHARE_LEVELS - 2)) : 0,
  ); // 0 for a context whose own share is nothing
  const sums = new Float64Array(SHARE_LEVELS);
  const counts = new Float64Array(SHARE_LEVELS);
  shares.forEach((code, at) => {
    sums[code]! += values[at]!;
    counts[code]!++;
  });
  levels.forEach((_, code) => {
    // a code that nothing has stands for what it would: levels rise with the codes
    const ideal = code === 0 ? 0 : Math.exp(least * (1 - (code - 1) / (SHARE_LEVELS - 2)));
    levels[code] = counts[code]! > 0 ? sums[code]! / counts[code]! : ideal;
  });
  return { levels, shares };
}

const MAX_SHARES = 0.9999; // of a context: γ is above 0

/** Lowers the largest shares of contexts that rounding left nothing for other words. */
function leaveSomething({ begins, levels, shares }: NgramOrder): void {
  for (let context = 0; context + 1 < begins.length; context++) {
    for (;;) {
      let sum = 0;
      let largest = begins[context]!;
      for (let at = begins[context]!; at < begins[context + 1]!; at++) {
        sum += levels[shares[at]!]!;
        if (shares[at]! > shares[largest]!) largest = at;
      }
      if (sum <= MAX_SHARES) break;
      shares[largest]!--;
    }
  }
}
