// inference/batch-slots: an edge file's network in WebAssembly memory, through which up to MAX_BATCH sequences go together, each in a
// slot of its own: from the last layer's outputs to logits, probabilities and the most probable words. Remembers nothing but
// what lies in the slots.
//
// V vocabulary size; W, R as in model/edge-tensors.

import { PADDING_BIAS } from "#model/edge-tensors";
import { LstmSlots } from "./lstm-slots.ts";
import { MAX_CHOICES } from "./memory-plan.ts";
import type { Activations, WordBand } from "./slot-memory.ts";

/** A word that may come next. */
export interface Candidate {
  id: number;
  probability: number;
}

/** What turns logits into probabilities: e^(logit − largest) ÷ sum. */
export interface SoftmaxStats {
  largest: number;
  sum: number;
}

/**
 * The softmax over what lies in some slots.
 *
 * @example
 * const slots = new BatchSlots(module, placement);
 * slots.computeLogits(1);
 * slots.normaliseAll(); // { largest, sum }; slots.scores() are probabilities now
 */
export class BatchSlots extends LstmSlots {
  /** Says which words `chooseSuggestible` may choose, 1 for each [V]. */
  setMask(words: Uint8Array): void {
    this.bytes(this.plan.suggestible, this.sizes.W).fill(0).set(words);
  }

  /** Logits of all words after the states in the first slots. */
  computeLogits(count: number): void {
    const outStride = 4 * this.sizes.W;
    for (const band of this.bands) {
      const { begin, end, logits } = band;
      const out = this.plan.scores + 4 * begin;
      const sums = { out, outStride, start: logits.bias, startStride: 0 };
      this.multiplyRows(sums, logits, this.#inputOf(band, count), { count, rows: end - begin });
    }
  }

  /** The last layer's outputs as a band's logits take them. */
  #inputOf({ projection, width: R }: WordBand, count: number): Activations {
    const last = this.outputOf(this.layers.length - 1);
    if (!projection) return last;
    const { projected, projectedSteps, reduced, zeros } = this.plan;
    const sums = { out: projected, outStride: 4 * R, start: zeros, startStride: 0 };
    this.multiplyRows(sums, projection, last, { count, rows: R });
    const steps = this.floats(projectedSteps, count);
    for (let slot = 0; slot < count; slot++) {
      steps[slot] = this.kernels.quantiseScaled(reduced + slot * R, projected + slot * 4 * R, R);
    }
    return { q: reduced, steps: projectedSteps, width: R };
  }

  /** Logits of some words, in their order, after the state in the first slot. */
  computeLogitsOf(ids: ArrayLike<number>): void {
    if (this.bands.length === 1) this.#gather(ids, this.bands[0]!);
    else this.#gatherBands(ids);
    const n = roundUpToFour(ids.length);
    this.floats(this.plan.scores, n).fill(PADDING_BIAS, ids.length);
  }

  /** Band by band, then put in order. */
  #gatherBands(ids: ArrayLike<number>): void {
    const { scores } = this.plan;
    const ordered = new Float32Array(ids.length);
    for (const band of this.bands) {
      const places: number[] = [];
      for (let at = 0; at < ids.length; at++) {
        if (ids[at]! >= band.begin && ids[at]! < band.end) places.push(at);
      }
      if (places.length === 0) continue;
      const found = places.map((at) => ids[at]! - band.begin);
      this.#gather(found, band);
      const logits = this.floats(scores, places.length);
      places.forEach((at, index) => (ordered[at] = logits[index]!));
    }
    this.floats(scores, ids.length).set(ordered);
  }

  /** Logits of words of a band by their places in it. */
  #gather(places: ArrayLike<number>, band: WordBand): void {
    const { scores, ids } = this.plan;
    const n = roundUpToFour(places.length);
    this.ints(ids, n).fill(0).set(places);
    const { weight, scale, offset, bias } = band.logits;
    const { q, steps, width } = this.#inputOf(band, 1);
    const step = this.floats(steps, 1)[0]!;
    this.kernels.gatherRows(scores, ids, bias, weight, scale, offset, q, n, width, step);
  }

  /** Logits [V] that somebody else made, in the first slot. */
  setLogits(logits: Float32Array): void {
    this.floats(this.plan.scores, this.sizes.W).fill(PADDING_BIAS).set(logits);
  }

  /** The scores of a slot [V] as they are now: logits, or the probabilities that these became. */
  scores(slot = 0): Float32Array {
    return this.floats(this.scoresOf(slot), this.config.vocabularySize);
  }

  /** Turns a slot's logits of all words into probabilities. */
  normaliseAll(slot = 0): SoftmaxStats {
    return this.#normalise(this.sizes.W, slot);
  }

  /** Turns the logits of the first words into probabilities, as if one of them had to come. */
  normaliseSome(count: number): void {
    this.#normalise(roundUpToFour(count), 0);
  }

  /** The same where the normaliser of all words is known: the same bits as among those. */
  softmaxWithStats(count: number, { largest, sum }: SoftmaxStats): void {
    const { scores } = this.plan;
    const n = roundUpToFour(count);
    this.kernels.exponentials(scores, scores, n, largest);
    this.kernels.multiplyAll(scores, n, 1 / sum);
  }

  /** The logarithm of the sum of all powers of the first slot's logits, which are lost. */
  logSumExp(): number {
    const largest = this.kernels.largestOf(this.plan.scores, this.sizes.W);
    return largest + Math.log(this.exponentiateAll(largest));
  }

  /** Turns the first slot's logits, less `largest`, into powers of e, and answers their sum. */
  exponentiateAll(largest: number): number {
    const { scores } = this.plan;
    return this.kernels.exponentials(scores, scores, this.sizes.W, largest);
  }

  /** The k words with the largest probabilities in a slot among the suggestible, of equals the first. */
  chooseSuggestible(k: number, slot = 0): Candidate[] {
    return this.#choose(this.plan.suggestible, this.sizes.W, k, slot);
  }

  /** The places of the k largest among the first probabilities. */
  chooseFirst(count: number, k: number): Candidate[] {
    const n = roundUpToFour(count);
    this.bytes(this.plan.gathered, n).fill(0).fill(1, 0, count);
    return this.#choose(this.plan.gathered, n, k, 0);
  }

  #normalise(n: number, slot: number): SoftmaxStats {
    const scores = this.scoresOf(slot);
    const largest = this.kernels.largestOf(scores, n);
    const sum = this.kernels.exponentials(scores, scores, n, largest);
    this.kernels.multiplyAll(scores, n, 1 / sum);
    return { largest, sum };
  }

  #choose(allowed: number, n: number, k: number, slot: number): Candidate[] {
    if (!(k >= 1 && k <= MAX_CHOICES))
      throw new Error(`can choose 1 to ${MAX_CHOICES} words, got ${k}`);
    const { chosen } = this.plan;
    const scores = this.scoresOf(slot);
    const found = this.kernels.softmaxTopK(chosen, scores, allowed, n, k);
    const probabilities = this.floats(scores, n);
    return Array.from(this.ints(chosen, found), (id) => ({ id, probability: probabilities[id]! }));
  }
}

function roundUpToFour(count: number): number {
  return Math.ceil(count / 4) * 4;
}
