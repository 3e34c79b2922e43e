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
  readonly cache: NeuralCache; // set as this model wants it
  readonly memoryBytes: number;
  readonly #lanes: BatchSlots;
  // By the state: while a word is typed, the state before it stays, and all its rows are multiplied only once.
  readonly #normalisers = new WeakMap<Float32Array, SoftmaxStats>();
  #choices = new WeakMap<Float32Array, Candidate[]>();

  /** The placement's file is whole by now; throws when it is not what its header promised. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    const { header, memory, file } = placement;
    this.metadata = header.metadata;
    this.vocabulary = readEdgeVocabulary(header, file);
    const { config, neuralCache = DEFAULT_NEURAL_CACHE } = header.metadata;
    this.cache = new NeuralCache(module, config.hiddenSize, neuralCache);
    this.memoryBytes = memory.buffer.byteLength + this.cache.memoryBytes;
    this.#lanes = new BatchSlots(module, placement);
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
    this.#lanes.setMask(words);
    this.#choices = new WeakMap();
  }

  /** The state before any word. */
  initialState(): Float32Array {
    return this.#lanes.initialState();
  }

  /** The state after these words. */
  consume(state: Float32Array, ids: Iterable<number>): Float32Array {
    this.#lanes.restore(state);
    for (const id of ids) this.#lanes.step([id]);
    return this.#lanes.save();
  }

  /** The state after these words, and the outputs that they followed. */
  trace(state: Float32Array, ids: Iterable<number>): Trace {
    this.#lanes.restore(state);
    const outputs: Uint8Array[] = [];
    for (const id of ids) {
      outputs.push(this.#lanes.output());
      this.#lanes.step([id]);
    }
    return { state: this.#lanes.save(), outputs };
  }

  /** What `trace` would make of each state and one word, in passes over the weights that MAX_BATCH of them share. */
  traceTogether(steps: Step[]): Trace[] {
    return inLanes(steps, (some) => {
      some.forEach(({ state }, lane) => this.#lanes.restore(state, lane));
      const outputs = some.map((_, lane) => this.#lanes.output(lane));
      this.#lanes.step(some.map(({ id }) => id));
      return outputs.map((output, lane) => ({ state: this.#lanes.save(lane), outputs: [output] }));
    });
  }

  /** The last layer's output [K] in 7 bits: what the softmax, and a neural cache, make of the words before. */
  output(state: Float32Array): Uint8Array {
    this.#lanes.restore(state);
    return this.#lanes.output();
  }

  /** The k words, among those offered, that most probably come next; the topK first. */
  topK(state: Float32Array, k: number): Candidate[] {
    const known = this.#choices.get(state);
    if (known && known.length >= k) return known.slice(0, k);
    this.#normaliseAll(state);
    return this.#chooseOffered(state, k);
  }

  /** What `topK` would choose after each of these states, in passes that MAX_BATCH of them share. */
  likeliestTogether(states: Float32Array[], k: number): Candidate[][] {
    return inLanes(states, (some) => {
      some.forEach((state, lane) => this.#lanes.restore(state, lane));
      this.#lanes.computeLogits(some.length);
      return some.map((state, lane) => {
        this.#normalisers.set(state, this.#lanes.normaliseAll(lane));
        return this.#chooseOffered(state, k, lane);
      });
    });
  }

  /** The k topK among `ids`, whether offered or not, as if one of them had to come. */
  likeliestOf(state: Float32Array, ids: ArrayLike<number>, k: number): Candidate[] {
    if (ids.length === 0) return [];
    this.#lanes.restore(state);
    this.#lanes.computeLogitsOf(ids);
    this.#lanes.normaliseSome(ids.length);
    const choices = this.#lanes.chooseFirst(ids.length, k);
    return choices.map(({ id: place, probability }) => ({ id: ids[place]!, probability }));
  }

  /** The probabilities of some words to come next, in their order: the same bits as among those of all words. */
  probabilitiesOf(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    if (ids.length === 0) return new Float32Array();
    const normaliser = this.#normalisers.get(state) ?? this.#normaliseAll(state);
    this.#lanes.restore(state);
    this.#lanes.computeLogitsOf(ids);
    this.#lanes.softmaxWithStats(ids.length, normaliser);
    return this.#lanes.scores().slice(0, ids.length);
  }

  /** The probability of every word to come next [V]. */
  probabilities(state: Float32Array): Float32Array {
    this.#normaliseAll(state);
    return this.#lanes.scores().slice();
  }

  /** The natural logarithms of the probabilities [V], finite even where those round to 0. */
  logProbabilities(state: Float32Array): Float32Array {
    const logits = this.logits(state);
    const logSum = this.#lanes.logSumExp();
    return logits.map((logit) => logit - logSum);
  }

  /** That of one word: the same number. */
  logProbability(state: Float32Array, id: number): number {
    this.#computeLogits(state);
    const logit = this.#lanes.scores()[id]!;
    return Math.fround(logit - this.#lanes.logSumExp());
  }

  /** What the probabilities are made of [V]. */
  logits(state: Float32Array): Float32Array {
    this.#computeLogits(state);
    return this.#lanes.scores().slice();
  }

  /** Probabilities from logits that somebody changed [V]. */
  softmax(logits: Float32Array): Float32Array {
    this.#lanes.setLogits(logits);
    this.#lanes.normaliseAll();
    return this.#lanes.scores().slice();
  }

  #computeLogits(state: Float32Array): void {
    this.#lanes.restore(state);
    this.#lanes.computeLogits(1);
  }

  #normaliseAll(state: Float32Array): SoftmaxStats {
    this.#computeLogits(state);
    const normaliser = this.#lanes.normaliseAll();
    this.#normalisers.set(state, normaliser);
    return normaliser;
  }

  #chooseOffered(state: Float32Array, k: number, lane = 0): Candidate[] {
    const choices = this.#lanes.chooseOffered(k, lane);
    this.#choices.set(state, choices);
    return choices;
  }
}

/** As many items at a time as there are lanes. */
function inLanes<Item, Result>(items: Item[], pass: (some: Item[]) => Result[]): Result[] {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += MAX_BATCH) {
    results.push(...pass(items.slice(first, first + MAX_BATCH)));
  }
  return results;
}
