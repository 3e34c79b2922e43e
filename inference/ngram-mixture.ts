// inference/ngram-mixture: the network's probabilities and those of the n-grams, mixed by how sure each of them is.
//
//   p(w) = (1 − μ) · network(w) + μ · ngram(w)
//
// μ is one of the file's weights: its row follows from the longest context that the n-grams found and from γ, what that
// leaves to words it was never seen with; its column from the probability of the network's first word, which is 1 ÷ the sum
// of the softmax. Words that only the counts know are `<unk>` to the network: they and `<unk>` share what it gives that, in
// proportion to p_1. The neural cache is mixed in by cache-mixture.
//
// All numbers come of single operations of IEEE 754 in a fixed order, rounded to float32 after each term, whether a word is
// asked for alone or among all: the same bits either way, and on every machine.
//
// V words of the network, N ≥ V words in all.

import { shareOf } from "./ngram.ts";
import type { NgramContext, NgramModel } from "./ngram.ts";

/** A row of weights for no context, and these many for each longer one, by γ. */
const REST_LIMITS = [0.25, 0.5, 0.75]; // γ up to the first is the surest
/** Columns of the weights, by the probability of the network's first word. */
const CONFIDENCE_LIMITS = [0.1, 0.25, 0.5];
const WEIGHT_COLUMNS = CONFIDENCE_LIMITS.length + 1;

/**
 * How many weights a mixture of n-grams of that order has.
 *
 * @example
 * countWeights(3); // 36
 */
export function countWeights(order: number): number {
  return (1 + (order - 1) * (REST_LIMITS.length + 1)) * WEIGHT_COLUMNS;
}

/**
 * Which of the weights holds after a context, where the network's first word has that probability.
 *
 * @example
 * weightIndex(ngrams.lookUp([unitedId]), 0.93); // in 0 … countWeights(ngrams.order) − 1
 */
export function weightIndex({ order, rest }: NgramContext, confidence: number): number {
  const bin = (limits: number[], value: number) => {
    const at = limits.findIndex((limit) => value <= limit);
    return at < 0 ? limits.length : at;
  };
  const row = order === 1 ? 0 : 1 + (order - 2) * (REST_LIMITS.length + 1) + bin(REST_LIMITS, rest);
  return row * WEIGHT_COLUMNS + bin(CONFIDENCE_LIMITS, confidence);
}

/** What a word's probability is the sum of. */
export interface MixtureTerms {
  network: number;
  ngrams: number[]; // of order 1, 2, …
}

/** What the mixture of a network and its n-grams needs to know of both. */
export interface MixtureOptions {
  weights: readonly number[]; // see countWeights
  networkWords: number; // V
  unknownId: number;
}

/**
 * The network's probabilities [V] and the n-grams' [N] as one distribution over all words [N].
 *
 * @example
 * const mixture = new NgramMixture(ngrams, { weights, networkWords: V, unknownId });
 * mixture.mixAll(mixture.after([unitedId], 0.93), probabilities); // [V], in place
 */
export class NgramMixture {
  readonly #ngrams: NgramModel;
  readonly #weights: readonly number[];
  readonly #V: number;
  readonly #unknownId: number;
  readonly #unknownShare: number; // 1 ÷ Σ p_1 of `<unk>` and of the words that only the counts know
  readonly #extra: Float32Array; // [N − V], overwritten by each call

  /** @throws where the file has not as many weights as the order asks for */
  constructor(ngrams: NgramModel, { weights, networkWords, unknownId }: MixtureOptions) {
    if (weights.length !== countWeights(ngrams.order)) {
      throw new Error(
        `a mixture of order ${ngrams.order} has ${countWeights(ngrams.order)} weights, got ${weights.length}; write the file again`,
      );
    }
    this.#ngrams = ngrams;
    this.#weights = weights;
    this.#V = networkWords;
    this.#unknownId = unknownId;
    let sum = ngrams.base[unknownId]!;
    for (let id = networkWords; id < ngrams.base.length; id++) sum += ngrams.base[id]!;
    this.#unknownShare = 1 / sum;
    this.#extra = new Float32Array(ngrams.base.length - networkWords);
  }

  /** How many words there are in all, N. */
  get words(): number {
    return this.#ngrams.base.length;
  }

  /** How many of the last words decide. */
  get contextLength(): number {
    return this.#ngrams.order - 1;
  }

  /**
   * The mixture after some words.
   * @param last the ids of the last words, oldest first
   * @param confidence the probability of the network's first word
   */
  after(last: ArrayLike<number>, confidence: number): MixtureContext {
    const context = this.#ngrams.lookUp(last);
    const weight = this.#weights[weightIndex(context, confidence)]!;
    return { context, network: 1 - weight, weight };
  }

  /** The network's probability of a word that is `<unk>` to it, by that of `<unk>`. */
  shareOfUnknown(id: number, unknown: number): number {
    return Math.fround(unknown * (this.#ngrams.base[id]! * this.#unknownShare));
  }

  /** Turns the network's probabilities of its words [V] into those of the mixture, where they lie. */
  mixAll({ context, network, weight }: MixtureContext, probabilities: Float32Array): void {
    const { base } = this.#ngrams;
    const [V, unknownId] = [this.#V, this.#unknownId];
    probabilities[unknownId] = this.shareOfUnknown(unknownId, probabilities[unknownId]!);
    const scale = weight * context.baseScale;
    for (let id = 0; id < V; id++) {
      probabilities[id] = network * probabilities[id]! + scale * base[id]!;
    }
    for (const { table, begin, end, scale } of context.followers) {
      const factor = weight * scale;
      const { words, shares, levels } = table;
      for (let at = begin; at < end; at++) {
        const id = words[at]!;
        if (id >= V) break; // those are the last of a context
        probabilities[id] = probabilities[id]! + factor * levels[shares[at]!]!;
      }
    }
  }

  /** The probability of one word in the mixture, by what the network gives it (see shareOfUnknown): the same bits. */
  mix({ context, network, weight }: MixtureContext, id: number, probability: number): number {
    let p = Math.fround(
      network * probability + weight * context.baseScale * this.#ngrams.base[id]!,
    );
    for (const followers of context.followers) {
      const share = shareOf(followers, id);
      if (share > 0) p = Math.fround(p + weight * followers.scale * share);
    }
    return p;
  }

  /** What the same sum is made of. */
  termsOf(
    { context, network, weight }: MixtureContext,
    id: number,
    probability: number,
  ): MixtureTerms {
    const first = weight * context.baseScale * this.#ngrams.base[id]!;
    const others = context.followers.map((followers) => weight * followers.scale * shareOf(followers, id)); // prettier-ignore
    return { network: network * probability, ngrams: [first, ...others] };
  }

  /**
   * The probabilities of the words that only the counts know, V … N − 1; overwritten by the next call.
   * @param unknown what the network gives `<unk>`
   */
  mixExtra({ context, network, weight }: MixtureContext, unknown: number): Float32Array {
    const { base } = this.#ngrams;
    const [V, extra] = [this.#V, this.#extra];
    const scale = weight * context.baseScale;
    for (let at = 0; at < extra.length; at++) {
      const id = V + at;
      extra[at] = network * this.shareOfUnknown(id, unknown) + scale * base[id]!;
    }
    for (const { table, begin, end, scale } of context.followers) {
      const factor = weight * scale;
      const { words, shares, levels } = table;
      for (let at = end - 1; at >= begin && words[at]! >= V; at--) {
        const place = words[at]! - V;
        extra[place] = extra[place]! + factor * levels[shares[at]!]!;
      }
    }
    return extra;
  }
}

/** The mixture after some words. */
export interface MixtureContext {
  context: NgramContext;
  network: number; // 1 − μ
  weight: number; // μ
}
