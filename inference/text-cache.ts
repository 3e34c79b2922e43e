// inference/text-cache: a neural cache that reads a text word by word, for evaluation. The cache itself is the edge's. Words that
// the vocabulary lacks are told apart by their letters; their probability is that of `<unk>`, and each may be suggested.
//
// H hidden size, V vocabulary size.

import type { CachedOutput, CachedWord, NeuralCache } from "./neural-cache.ts";

/**
 * The neural cache of one text by the ids of its words, for evaluations.
 *
 * @example
 * const cache = new TextCache(model.cache, model.words.unknownId);
 * cache.mix(logProbabilities, output); // [V]
 * cache.push(unknownId, "kowalski");
 */
export class TextCache {
  readonly #cache: NeuralCache;
  readonly #unknownId: number;
  readonly #words: CachedWord<number | string>[] = [];
  #output: CachedOutput | undefined; // the one that the next word follows
  #mixed = new Float32Array(0); // [V]

  /** Of the user words that the last mixture raised: log-probabilities of each alone. */
  readonly userWords = new Map<string, number>();

  constructor(cache: NeuralCache, unknownId: number) {
    this.#cache = cache;
    this.#unknownId = unknownId;
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
    const weigh = (id: number, mass: number) => {
      this.#mixed[id] = Math.log(modelWeight * Math.exp(row[id]!) + mass);
    };
    this.userWords.clear();
    let unknownMass = 0;
    for (const [word, mass] of cacheMass) {
      if (typeof word === "string") this.userWords.set(word, Math.log(mass));
      if (typeof word === "string" || word === this.#unknownId) unknownMass += mass;
      else weigh(word, mass);
    }
    if (unknownMass > 0) weigh(this.#unknownId, unknownMass);
    return this.#mixed;
  }

  /** The word that came; @param userWord its letters, where the vocabulary lacks it */
  push(id: number, userWord?: string): void {
    this.#words.push({ word: userWord ?? id, output: this.#output! });
    if (this.#words.length > this.#cache.settings.window) this.#words.shift();
  }
}
