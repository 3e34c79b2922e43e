// inference/text-cache: a neural cache that reads a text word by word, for evaluation. The cache itself is the edge's.
//
// H hidden size, V vocabulary size.

import type { CachedOutput, CachedWord, NeuralCache } from "./neural-cache.ts";

/**
 * The neural cache of one text by the ids of its words, for evaluations.
 *
 * @example
 * const cache = new TextCache(model.cache);
 * cache.mix(logProbabilities, output); // [V]
 * cache.push(id);
 */
export class TextCache {
  readonly #cache: NeuralCache;
  readonly #words: CachedWord<number>[] = [];
  #output: CachedOutput | undefined; // the one that the next word follows
  #mixed = new Float32Array(0); // [V]

  constructor(cache: NeuralCache) {
    this.#cache = cache;
  }

  /**
   * Log-probabilities [V] with the cache, from those without it and the last layer's output [H]; overwritten by the
   * next call.
   */
  mix(row: Float32Array, output: Float32Array): Float32Array {
    this.#output = this.#cache.quantise(output);
    const { cacheMass, modelWeight } = this.#cache.share(this.#words, this.#output);
    if (this.#mixed.length !== row.length) this.#mixed = new Float32Array(row.length);
    const logWeight = Math.log(modelWeight);
    for (let id = 0; id < row.length; id++) this.#mixed[id] = row[id]! + logWeight;
    for (const [id, mass] of cacheMass) {
      this.#mixed[id] = Math.log(modelWeight * Math.exp(row[id]!) + mass);
    }
    return this.#mixed;
  }

  /** The word that came. */
  push(id: number): void {
    this.#words.push({ word: id, output: this.#output! });
    if (this.#words.length > this.#cache.settings.window) this.#words.shift();
  }
}
