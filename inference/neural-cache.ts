// inference/neural-cache: lets a text's own recent words raise their probability (Grave, Joulin and Usunier 2016,
// "Improving neural language models with a continuous cache"). Keeps no text: the caller says which words came lately.
//
//   p(w) = λ · Σ_j softmax_j(θ · h_j·h) · 1[w_j = w] + (1 − λ) · softmax(w)
//
// h is the last layer's output now and h_j the one that the j-th of the last `window` words followed, both in 7 bits
// (model/edge-file), so that h_j·h is an exact whole number ÷ 63² and the same bits come out on every machine. A word is
// whatever the caller tells words apart by: an id, or a string that no vocabulary has.
//
// One memory, apart from the network's, as inference/memory-plan lays it out. K bytes an output, W = window rounded up to 4.

import { PADDING_BIAS } from "#model/edge-tensors";
import { planCache } from "./memory-plan.ts";
import type { NeuralCacheSettings } from "#model/metadata";
import { instantiateEdgeKernels } from "#kernels/edge-kernels";
import type { EdgeKernels } from "#kernels/edge-kernels";

/** With fewer words than these to go by, λ is less in proportion: the first word of all is no reason to repeat it. */
const TRUSTED_WORDS = 100;
const ZERO_STEP = 64; // the 7-bit output that stands for 0
const STEPS = 63; // a 7-bit output's steps from 0 to 1

/** An output in 7 bits. */
export interface CachedOutput {
  bytes: Uint8Array; // [K]
  sum: number; // of the bytes
}

/** A word of the text and the output that it followed. */
export interface CachedWord<Word> {
  word: Word;
  output: CachedOutput;
}

/** What the cache makes of every word: p(w) = modelWeight · softmax(w) + (cacheMass.get(w) ?? 0). */
export interface CacheShares<Word> {
  cacheMass: Map<Word, number>;
  modelWeight: number;
}

/**
 * Adds up an output's bytes once for all.
 *
 * @example
 * cachedOutput(Uint8Array.of(64, 65)); // { bytes, sum: 129 }
 */
export function cachedOutput(bytes: Uint8Array): CachedOutput {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum += bytes[at]!; // ten times as fast as a reduce
  return { bytes, sum };
}

/**
 * The λ that so many words to go by are worth.
 *
 * @example
 * trustedLambda(0.2, 50); // 0.1
 */
export function trustedLambda(lambda: number, words: number): number {
  return lambda * Math.min(words / TRUSTED_WORDS, 1);
}

/**
 * A model's cache, apart from what it has read: every call brings its words.
 *
 * @example
 * const { cacheMass, modelWeight } = model.cache.share(words, cachedOutput(model.output(state)));
 */
export class NeuralCache {
  readonly settings: NeuralCacheSettings;
  readonly memoryBytes: number;
  readonly #kernels: EdgeKernels;
  readonly #K: number;
  readonly #outputs: Uint8Array; // [W, K]
  readonly #loaded: CachedOutput[] = []; // [W], what #outputs holds
  readonly #now: Uint8Array; // [K]
  readonly #floats: Float32Array; // [K], outputs to quantise
  readonly #offsets: Int32Array; // [W]
  readonly #scores: Float32Array; // [W]

  /** A cache for outputs of a network with so many hidden units; the module is the edge's. */
  constructor(module: WebAssembly.Module, hiddenSize: number, settings: NeuralCacheSettings) {
    this.settings = settings;
    const K = (this.#K = Math.ceil(hiddenSize / 16) * 16);
    const { outputs, now, floats, offsets, scores, pages } = planCache(K, settings.window);
    const W = Math.ceil(settings.window / 4) * 4;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = memory;
    this.memoryBytes = buffer.byteLength;
    this.#kernels = instantiateEdgeKernels(module, memory);
    this.#outputs = new Uint8Array(buffer, outputs, W * K);
    this.#now = new Uint8Array(buffer, now, K);
    this.#floats = new Float32Array(buffer, floats, K);
    this.#offsets = new Int32Array(buffer, offsets, W);
    this.#scores = new Float32Array(buffer, scores, W);
  }

  /** An output [H] in 7 bits, as the edge's network has it. */
  quantise(output: Float32Array): CachedOutput {
    this.#floats.set(output);
    this.#kernels.quantiseOutput(this.#now.byteOffset, this.#floats.byteOffset, this.#K);
    return cachedOutput(this.#now.slice());
  }

  /**
   * What the last words of a text, oldest first, make of the next one; `output` is the one that the next word follows.
   * Of more words than the window holds the last ones count.
   */
  share<Word>(words: readonly CachedWord<Word>[], output: CachedOutput): CacheShares<Word> {
    const recent = words.slice(-this.settings.window);
    if (recent.length === 0) return { cacheMass: new Map(), modelWeight: 1 };
    const lambda = trustedLambda(this.settings.lambda, recent.length);
    const weights = this.#weigh(recent, output);
    const places = new Map<Word, number>();
    const sums: number[] = [];
    recent.forEach(({ word }, at) => {
      let place = places.get(word);
      if (place === undefined) places.set(word, (place = sums.push(0) - 1));
      sums[place]! += lambda * weights[at]!;
    });
    const cacheMass = new Map(places.entries().map(([word, place]) => [word, sums[place]!]));
    return { cacheMass, modelWeight: 1 - lambda };
  }

  /** softmax_j(θ · h_j·h); the array is overwritten by the next call. */
  #weigh(words: readonly CachedWord<unknown>[], output: CachedOutput): Float32Array {
    const K = this.#K;
    const rows = Math.ceil(words.length / 4) * 4;
    // Σ (a − 64)(b − 64) = Σ a·b − 64·Σa − 64·Σb + 64²·K
    const constant = ZERO_STEP * (ZERO_STEP * K - output.sum);
    words.forEach(({ output }, row) => {
      this.#offsets[row] = constant - ZERO_STEP * output.sum;
      if (this.#loaded[row] === output) return; // while one word is typed, the window stays as it is
      this.#outputs.set(output.bytes, row * K);
      this.#loaded[row] = output;
    });
    this.#now.set(output.bytes);
    const step = this.settings.theta / STEPS ** 2;
    const scores = this.#scores.byteOffset;
    this.#kernels.compareOutputs(
      scores, this.#outputs.byteOffset, this.#offsets.byteOffset, this.#now.byteOffset, rows, K, step,
    ); // prettier-ignore
    this.#scores.fill(PADDING_BIAS, words.length, rows);
    const largest = this.#kernels.largestOf(scores, rows);
    const sum = this.#kernels.exponentials(scores, scores, rows, largest);
    this.#kernels.multiplyAll(scores, rows, 1 / sum);
    return this.#scores;
  }
}
