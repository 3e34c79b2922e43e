// inference/network-model: runs the network of an edge file, a token of one sequence at a time or of several, which then share a
// pass over the weights and get the same bits. What n-grams add is language-model's.
//
// V vocabulary size; K as in model/edge-file. A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program;
// one may be longer, for whoever adds to it. The one given to a call stays as it is.

import { MAX_BATCH } from "./memory-plan.ts";
import type { Placement } from "./model-memory.ts";
import { BatchSlots } from "./batch-slots.ts";
import type { SoftmaxStats } from "./batch-slots.ts";

/**
 * The network of an edge file, without what is mixed with it. States are [L, 2, H]; logits [V].
 *
 * @example
 * const network = new NetworkModel(module, placement);
 * network.probabilities(state); // [V]
 */
export class NetworkModel {
  protected readonly slots: BatchSlots;
  readonly #stateLength: number; // L · 2 · H
  readonly #hiddenSize: number;
  // By the state: while a word is typed, the state before it stays, and all its rows are multiplied only once.
  readonly #stats = new WeakMap<Float32Array, SoftmaxStats>();

  /** The placement's file is whole by now. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    this.slots = new BatchSlots(module, placement);
    this.#stateLength = this.slots.initialState().length;
    this.#hiddenSize = placement.header.metadata.config.hiddenSize;
  }

  /** How many of a state's numbers are the network's. */
  protected get stateLength(): number {
    return this.#stateLength;
  }

  protected restore(state: Float32Array, slot = 0): void {
    this.slots.restore(state.subarray(0, this.#stateLength), slot);
  }

  /** The last layer's output [K] in 7 bits: what the softmax, and a neural cache, make of the words before. */
  output(state: Float32Array): Uint8Array {
    this.restore(state);
    return this.slots.output();
  }

  /** The same in float32 [H]. */
  lastOutput(state: Float32Array): Float32Array {
    return state.subarray(this.#stateLength - this.#hiddenSize, this.#stateLength);
  }

  /** The network's probability of every word that it knows [V]. */
  probabilities(state: Float32Array): Float32Array {
    this.softmaxAll(state);
    return this.slots.scores().slice();
  }

  /** The natural logarithms of these [V], finite even where they round to 0. */
  logProbabilities(state: Float32Array): Float32Array {
    const scores = this.logits(state);
    const logSum = this.slots.logSumExp();
    for (let id = 0; id < scores.length; id++) scores[id]! -= logSum;
    return scores;
  }

  /** That of one word: the same number. */
  logProbability(state: Float32Array, id: number): number {
    this.#computeLogits(state);
    const logit = this.slots.scores()[id]!;
    return Math.fround(logit - this.slots.logSumExp());
  }

  /** What the network's probabilities are made of [V]. */
  logits(state: Float32Array): Float32Array {
    this.#computeLogits(state);
    return this.slots.scores().slice();
  }

  /** Probabilities from logits that somebody changed, of all words or of more than the network knows. */
  softmax(logits: Float32Array): Float32Array {
    const V = this.slots.scores().length;
    let largest = -Infinity;
    for (const logit of logits) largest = Math.max(largest, logit);
    const weights = new Float32Array(logits.length);
    let sum = 0;
    for (let begin = 0; begin < logits.length; begin += V) {
      const part = logits.subarray(begin, begin + V);
      this.slots.setLogits(part);
      sum += this.slots.exponentiateAll(largest);
      weights.set(this.slots.scores().subarray(0, part.length), begin);
    }
    const factor = Math.fround(1 / sum);
    return weights.map((weight) => weight * factor);
  }

  /** The network's probabilities of some words that it knows, in their order: the same bits as among those of all. */
  protected networkProbabilities(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    if (ids.length === 0) return new Float32Array();
    const stats = this.statsOf(state);
    this.restore(state);
    this.slots.computeLogitsOf(ids);
    this.slots.softmaxWithStats(ids.length, stats);
    return this.slots.scores().slice(0, ids.length);
  }

  protected statsOf(state: Float32Array): SoftmaxStats {
    return this.#stats.get(state) ?? this.softmaxAll(state);
  }

  /** Probabilities of all words after a state, in the first slot. */
  protected softmaxAll(state: Float32Array): SoftmaxStats {
    this.#computeLogits(state);
    return this.#normalise(state, 0);
  }

  /** The same after several states, each in a slot of its own. */
  protected softmaxBatch(states: Float32Array[]): SoftmaxStats[] {
    states.forEach((state, slot) => this.restore(state, slot));
    this.slots.computeLogits(states.length);
    return states.map((state, slot) => this.#normalise(state, slot));
  }

  #computeLogits(state: Float32Array): void {
    this.restore(state);
    this.slots.computeLogits(1);
  }

  #normalise(state: Float32Array, slot: number): SoftmaxStats {
    const stats = this.slots.normaliseAll(slot);
    this.#stats.set(state, stats);
    return stats;
  }
}

/**
 * As many items at a time as there are slots.
 *
 * @example
 * inBatches([1, 2, 3], (some) => some.map((item) => item * 2)); // [2, 4, 6]
 */
export function inBatches<Item, Result>(items: Item[], pass: (some: Item[]) => Result[]): Result[] {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += MAX_BATCH) {
    results.push(...pass(items.slice(first, first + MAX_BATCH)));
  }
  return results;
}
