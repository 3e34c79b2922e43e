// inference/language-model: runs an edge file, a token of one sequence at a time or of several, which then share a pass over the
// weights and get the same bits. Deals in word ids; which words to setMask, and what a text's ids are, is for the caller.
//
// K, V as in model/edge-file. A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program; the one given
// to a call stays as it is.

import { readEdgeHeader, readEdgeVocabulary } from "#model/edge-file";
import { MAX_BATCH } from "./memory-plan.ts";
import { DEFAULT_NEURAL_CACHE } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import { checkFileBytes } from "#model/safetensors";
import { tokenizerOf } from "#model/tokenizers/find";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { placeEdgeFile } from "./model-memory.ts";
import type { Placement } from "./model-memory.ts";
import { BatchSlots } from "./batch-slots.ts";
import type { Candidate, SoftmaxStats } from "./batch-slots.ts";
import { NeuralCache } from "./neural-cache.ts";

export interface Step {
  state: Float32Array; // [L, 2, H]
  id: number; // the word that comes next
}

/** What comes of some words. */
export interface Trace {
  state: Float32Array; // [L, 2, H], after them
  outputs: Uint8Array[]; // [K] in 7 bits, the last layer's before each of them
}

export class LanguageModel {
  readonly metadata: ModelMetadata;
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
  readonly cache: NeuralCache; // set as this model wants it
  readonly memoryBytes: number;
  readonly #slots: BatchSlots;
  // By the state: while a word is typed, the state before it stays, and all its rows are multiplied only once.
  readonly #stats = new WeakMap<Float32Array, SoftmaxStats>();
  #candidates = new WeakMap<Float32Array, Candidate[]>();

  /** The placement's file is whole by now; throws when it is not what its header promised. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    const { header, memory, file } = placement;
    this.metadata = header.metadata;
    this.vocabulary = readEdgeVocabulary(header, file);
    this.tokenizer = tokenizerOf(header.metadata);
    const { config, neuralCache = DEFAULT_NEURAL_CACHE } = header.metadata;
    this.cache = new NeuralCache(module, config.hiddenSize, neuralCache);
    this.memoryBytes = memory.buffer.byteLength + this.cache.memoryBytes;
    this.#slots = new BatchSlots(module, placement);
    this.setMask(new Uint8Array(this.vocabulary.size).fill(1));
  }

  /** A network from a whole file in the host's own memory. */
  static open(module: WebAssembly.Module, file: Uint8Array): LanguageModel {
    const placement = placeEdgeFile(readEdgeHeader(file));
    checkFileBytes(placement.header, file.length);
    placement.file.set(file);
    return new LanguageModel(module, placement);
  }

  /** Says which words `topK` may choose, 1 for each [V]; all of them until this is called. */
  setMask(words: Uint8Array): void {
    this.#slots.setMask(words);
    this.#candidates = new WeakMap();
  }

  /** The state before any word. */
  initialState(): Float32Array {
    return this.#slots.initialState();
  }

  /** The state after these words. */
  consume(state: Float32Array, ids: Iterable<number>): Float32Array {
    this.#slots.restore(state);
    for (const id of ids) this.#slots.step([id]);
    return this.#slots.save();
  }

  /** The state after these words, and the outputs that they followed. */
  trace(state: Float32Array, ids: Iterable<number>): Trace {
    this.#slots.restore(state);
    const outputs: Uint8Array[] = [];
    for (const id of ids) {
      outputs.push(this.#slots.output());
      this.#slots.step([id]);
    }
    return { state: this.#slots.save(), outputs };
  }

  /** What `trace` would make of each state and one word, in passes over the weights that MAX_BATCH of them share. */
  traceBatch(steps: Step[]): Trace[] {
    return inBatches(steps, (some) => {
      some.forEach(({ state }, slot) => this.#slots.restore(state, slot));
      const outputs = some.map((_, slot) => this.#slots.output(slot));
      this.#slots.step(some.map(({ id }) => id));
      return outputs.map((output, slot) => ({ state: this.#slots.save(slot), outputs: [output] }));
    });
  }

  /** The last layer's output [K] in 7 bits: what the softmax, and a neural cache, make of the words before. */
  output(state: Float32Array): Uint8Array {
    this.#slots.restore(state);
    return this.#slots.output();
  }

  /** The k words, among those offered, that most probably come next; the topK first. */
  topK(state: Float32Array, k: number): Candidate[] {
    const known = this.#candidates.get(state);
    if (known && known.length >= k) return known.slice(0, k);
    this.#softmaxAll(state);
    return this.#chooseSuggestible(state, k);
  }

  /** What `topK` would choose after each of these states, in passes that MAX_BATCH of them share. */
  topKBatch(states: Float32Array[], k: number): Candidate[][] {
    return inBatches(states, (some) => {
      some.forEach((state, slot) => this.#slots.restore(state, slot));
      this.#slots.computeLogits(some.length);
      return some.map((state, slot) => {
        this.#stats.set(state, this.#slots.normaliseAll(slot));
        return this.#chooseSuggestible(state, k, slot);
      });
    });
  }

  /** The k topK among `ids`, whether offered or not, as if one of them had to come. */
  topKOf(state: Float32Array, ids: ArrayLike<number>, k: number): Candidate[] {
    if (ids.length === 0) return [];
    this.#slots.restore(state);
    this.#slots.computeLogitsOf(ids);
    this.#slots.normaliseSome(ids.length);
    const found = this.#slots.chooseFirst(ids.length, k);
    return found.map(({ id: place, probability }) => ({ id: ids[place]!, probability }));
  }

  /** The probabilities of some words to come next, in their order: the same bits as among those of all words. */
  probabilitiesOf(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    if (ids.length === 0) return new Float32Array();
    const stats = this.#stats.get(state) ?? this.#softmaxAll(state);
    this.#slots.restore(state);
    this.#slots.computeLogitsOf(ids);
    this.#slots.softmaxWithStats(ids.length, stats);
    return this.#slots.scores().slice(0, ids.length);
  }

  /** The probability of every word to come next [V]. */
  probabilities(state: Float32Array): Float32Array {
    this.#softmaxAll(state);
    return this.#slots.scores().slice();
  }

  /** The natural logarithms of the probabilities [V], finite even where those round to 0. */
  logProbabilities(state: Float32Array): Float32Array {
    const logits = this.logits(state);
    const logSum = this.#slots.logSumExp();
    return logits.map((logit) => logit - logSum);
  }

  /** That of one word: the same number. */
  logProbability(state: Float32Array, id: number): number {
    this.#computeLogits(state);
    const logit = this.#slots.scores()[id]!;
    return Math.fround(logit - this.#slots.logSumExp());
  }

  /** What the probabilities are made of [V]. */
  logits(state: Float32Array): Float32Array {
    this.#computeLogits(state);
    return this.#slots.scores().slice();
  }

  /** Probabilities from logits that somebody changed [V]. */
  softmax(logits: Float32Array): Float32Array {
    this.#slots.setLogits(logits);
    this.#slots.normaliseAll();
    return this.#slots.scores().slice();
  }

  #computeLogits(state: Float32Array): void {
    this.#slots.restore(state);
    this.#slots.computeLogits(1);
  }

  #softmaxAll(state: Float32Array): SoftmaxStats {
    this.#computeLogits(state);
    const stats = this.#slots.normaliseAll();
    this.#stats.set(state, stats);
    return stats;
  }

  #chooseSuggestible(state: Float32Array, k: number, slot = 0): Candidate[] {
    const found = this.#slots.chooseSuggestible(k, slot);
    this.#candidates.set(state, found);
    return found;
  }
}

/** As many items at a time as there are slots. */
function inBatches<Item, Result>(items: Item[], pass: (some: Item[]) => Result[]): Result[] {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += MAX_BATCH) {
    results.push(...pass(items.slice(first, first + MAX_BATCH)));
  }
  return results;
}
