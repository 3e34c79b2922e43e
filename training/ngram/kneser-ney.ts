// training/ngram/kneser-ney: interpolated modified Kneser–Ney smoothing (Chen & Goodman 1998) of counted n-grams.
//
//   p_k(w | u … v) = (c(u … v w) − D)/c(u … v ·) + γ(u … v) · p_(k−1)(w | … v)
//   p_1(w)         = (c(w) − D)/c(·) + γ · u(w)
//
// c is how often the longest n-grams occur, and of all shorter ones after how many different words; of those that open a
// sentence, which only `<eos>` precedes, how often they occur. D is D1, D2 or D3 for a c of 1, 2 or more, and γ gives back
// what the D of a context took away. u is uniform; where the text never has `<unk>`, half of it is that word's, so that
// words to come have about the probability that words seen once have together.
//
// N words. Tables are as in model/ngram, in float64 and not pruned.

import { endOfContext } from "./count.ts";
import type { CountedOrder } from "./count.ts";

/** The entries of one order, with what is known of each. */
export interface EstimatedOrder {
  contexts: Int32Array; // [E] the place of each entry's context in the order below
  words: Int32Array; // [E]
  shares: Float64Array; // [E] (c − D)/c(context)
  gains: Float64Array; // [E] c − D: how often an entry is to be expected in another text of that length
  suffixes: Int32Array; // [E]; -1 where that entry is none
}

export interface EstimatedNgrams {
  base: Float64Array; // [N] p_1
  orders: EstimatedOrder[]; // of order 2, 3, …
}

/**
 * Smooths counts.
 * @param counted as `countNgrams` gives them, of order 2 to `order` at least
 * @param order the longest n-grams to use
 */
export function estimateKneserNey(
  counted: CountedOrder[],
  { words: N, unknownId, order }: { words: number; unknownId: number; order: number },
): EstimatedNgrams {
  const used = counted.slice(0, order - 1);
  const orders = used.map((entries, index): EstimatedOrder => {
    const longer = used[index + 1];
    const counts = longer ? continuationCounts(entries, longer) : entries.counts;
    const { contexts, words, suffixes } = entries;
    return { contexts, words, suffixes, ...discount(contexts, counts) };
  });
  return { base: estimateBase(used[0]!, N, unknownId), orders };
}

/** After how many different words each entry was seen; of those that open a sentence, how often. */
function continuationCounts(
  { counts, opensSentence }: CountedOrder,
  longer: CountedOrder,
): Uint32Array {
  const different = new Uint32Array(counts.length);
  for (const suffix of longer.suffixes) different[suffix]!++;
  return different.map((count, at) => (opensSentence[at] ? counts[at]! : count));
}

function estimateBase(bigrams: CountedOrder, N: number, unknownId: number): Float64Array {
  const counts = new Uint32Array(N);
  for (const word of bigrams.words) counts[word]!++;
  const seen = counts.filter((count) => count > 0);
  const discounts = discountsOf(seen);
  const total = seen.reduce((sum, count) => sum + count, 0);
  const base = Float64Array.from(counts, (count) =>
    count === 0 ? 0 : (count - discountOf(discounts, count)) / total,
  );
  const left = 1 - base.reduce((sum, share) => sum + share, 0);
  const toUnknown = counts[unknownId] === 0 ? left / 2 : 0;
  for (let word = 0; word < N; word++) base[word]! += (left - toUnknown) / N;
  base[unknownId]! += toUnknown;
  return base;
}

function discount(contexts: Int32Array, counts: Uint32Array) {
  const discounts = discountsOf(counts);
  const gains = new Float64Array(counts.length);
  const shares = new Float64Array(counts.length);
  for (let begin = 0; begin < counts.length;) {
    const end = endOfContext(contexts, begin);
    let total = 0;
    for (let at = begin; at < end; at++) total += counts[at]!;
    for (let at = begin; at < end; at++) {
      gains[at] = counts[at]! - discountOf(discounts, counts[at]!);
      shares[at] = gains[at]! / total;
    }
    begin = end;
  }
  return { gains, shares };
}

/** A context always leaves something to the words it was never seen with. */
const MIN_DISCOUNT = 0.05;

/** D1, D2 and D3 from how many counts are 1, 2, 3 and 4; each up to its count, and ½ where a text is too small for them. */
function discountsOf(counts: Uint32Array): number[] {
  const n = [0, 0, 0, 0, 0];
  for (const count of counts) if (count < n.length) n[count]!++;
  const [, n1, n2, n3, n4] = n as [number, number, number, number, number];
  const Y = n1 / (n1 + 2 * n2);
  const estimates = [1 - 2 * Y * (n2 / n1), 2 - 3 * Y * (n3 / n2), 3 - 4 * Y * (n4 / n3)];
  return estimates.map((estimate, index) =>
    Number.isFinite(estimate) ? Math.min(Math.max(estimate, MIN_DISCOUNT), index + 1) : 0.5,
  );
}

function discountOf(discounts: number[], count: number): number {
  return discounts[Math.min(count, discounts.length) - 1]!;
}
