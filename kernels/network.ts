// kernels/network: runs an edge file in WebAssembly, a token of one sequence at a time or of several, which then share a
// pass over the weights and get the same bits. Deals in word ids; which words to offer, and what a text's ids are, is for
// the caller.
//
// L layers, H hidden size, V vocabulary size; K, P, W as in model/edge-file.
// A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program.

import { edgeSizes, PADDING_BIAS, readEdgeVocabulary } from "#model/edge-file";
import type { ModelMetadata } from "#model/metadata";
import { checkFileBytes } from "#model/safetensors";
import type { Vocabulary } from "#model/vocabulary";
import { instantiateEdgeKernels } from "./edge-kernels.ts";
import type { EdgeKernels } from "./edge-kernels.ts";
import { addressOf, LANES, MAX_CHOICES, placeEdgeFile } from "./edge-memory.ts";
import type { MemoryPlan, Placement } from "./edge-memory.ts";
import { DEFAULT_NEURAL_CACHE, NeuralCache } from "./neural-cache.ts";

const OUTPUT_STEP = Math.fround(1 / 63); // what 1 of a quantised output is worth

/** A word that may come next. */
export interface Choice {
  id: number;
  probability: number;
}

export interface Step {
  state: Float32Array; // [L, 2, H]
  id: number; // the word that comes next
}

/** What comes of some words. */
export interface Trace {
  state: Float32Array; // [L, 2, H], after them
  outputs: Uint8Array[]; // [K] in 7 bits, the last layer's before each of them
}

/** What turns logits into probabilities: e^(logit − largest) ÷ sum. */
interface Normaliser {
  largest: number;
  sum: number;
}

/** Where a matrix of int8 rows and what belongs to it begin in memory. */
interface Rows {
  weight: number;
  scale: number;
  offset: number;
}

/** Where the 7-bit inputs of some lanes begin, and what they are worth. */
interface Activations {
  q: number; // [count, K]
  steps: number; // f32 [count]
}

export class Network {
  readonly metadata: ModelMetadata;
  readonly vocabulary: Vocabulary;
  readonly cache: NeuralCache; // set as this model wants it
  readonly memoryBytes: number;
  readonly #kernels: EdgeKernels;
  readonly #memory: ArrayBuffer;
  readonly #plan: MemoryPlan;
  readonly #inOne: boolean;
  readonly #sizes: { K: number; P: number; W: number };
  readonly #embedding: number;
  readonly #embeddingScales: Float32Array; // [W]
  readonly #layers: { input: Rows; recurrent: Rows; bias: number }[];
  readonly #softmax: Rows & { bias: number };
  // By the state: while a word is typed, the state before it stays, and all its rows are multiplied only once.
  readonly #normalisers = new WeakMap<Float32Array, Normaliser>();
  #choices = new WeakMap<Float32Array, Choice[]>();

  /** The placement's file is whole by now; throws when it is not what its header promised. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    const { header, plan, memory, file } = placement;
    this.metadata = header.metadata;
    this.vocabulary = readEdgeVocabulary(header, file);
    const { config, neuralCache = DEFAULT_NEURAL_CACHE } = header.metadata;
    this.cache = new NeuralCache(module, config.hiddenSize, neuralCache);
    this.memoryBytes = memory.buffer.byteLength + this.cache.memoryBytes;
    this.#kernels = instantiateEdgeKernels(module, memory);
    this.#memory = memory.buffer;
    this.#plan = plan;
    this.#inOne = this.#kernels.dotsInOne();
    this.#floats(plan.outputSteps, LANES).fill(OUTPUT_STEP);
    this.#sizes = edgeSizes(config);

    const at = (name: string) => addressOf(placement, name);
    const rowsAt = (name: string, weights = name) => ({
      weight: at(`${weights}.weight`),
      scale: at(`${weights}.scale`),
      offset: at(`${name}.offset`),
    });
    this.#embedding = at("embedding.weight");
    this.#embeddingScales = this.#floats(at("embedding.scale"), this.#sizes.W);
    this.#layers = Array.from({ length: config.layers }, (_, layer) => ({
      input: rowsAt(`lstm.${layer}.input`),
      recurrent: rowsAt(`lstm.${layer}.recurrent`),
      bias: at(`lstm.${layer}.bias`),
    }));
    this.#softmax = {
      ...rowsAt("softmax", config.tied ? "embedding" : "softmax"),
      bias: at("softmax.bias"),
    };
    this.offer(new Uint8Array(this.vocabulary.size).fill(1));
  }

  /** A network from a whole file in the host's own memory. */
  static open(module: WebAssembly.Module, file: Uint8Array): Network {
    const placement = placeEdgeFile(file);
    checkFileBytes(placement.header, file.length);
    placement.file.set(file);
    return new Network(module, placement);
  }

  /** Says which words `likeliest` may choose, 1 for each [V]; all of them until this is called. */
  offer(words: Uint8Array): void {
    this.#bytes(this.#plan.offered, this.#sizes.W).fill(0).set(words);
    this.#choices = new WeakMap();
  }

  /** The state before any word. */
  initialState(): Float32Array {
    const { layers, hiddenSize } = this.metadata.config;
    return new Float32Array(layers * 2 * hiddenSize);
  }

  /** The state after these words; the one given stays as it is. */
  consume(state: Float32Array, ids: Iterable<number>): Float32Array {
    this.#restore(state);
    for (const id of ids) this.#step([id]);
    return this.#save();
  }

  /** What `trace` would make of each state and one word, in passes over the weights that LANES of them share. */
  traceTogether(steps: Step[]): Trace[] {
    return inLanes(steps, (some) => {
      some.forEach(({ state }, lane) => this.#restore(state, lane));
      const outputs = some.map((_, lane) => this.#lastOutput(lane));
      this.#step(some.map(({ id }) => id));
      return outputs.map((output, lane) => ({ state: this.#save(lane), outputs: [output] }));
    });
  }

  /** The state after these words, and the outputs that they followed. */
  trace(state: Float32Array, ids: Iterable<number>): Trace {
    this.#restore(state);
    const outputs: Uint8Array[] = [];
    for (const id of ids) {
      outputs.push(this.#lastOutput());
      this.#step([id]);
    }
    return { state: this.#save(), outputs };
  }

  /** The last layer's output [K] in 7 bits: what the softmax, and a neural cache, make of the words before. */
  output(state: Float32Array): Uint8Array {
    this.#restore(state);
    return this.#lastOutput();
  }

  /** The k words, among those offered, that most probably come next; the likeliest first. */
  likeliest(state: Float32Array, k: number): Choice[] {
    const known = this.#choices.get(state);
    if (known && known.length >= k) return known.slice(0, k);
    this.#normaliseAll(state);
    const choices = this.#choose(this.#plan.offered, this.#sizes.W, k);
    this.#choices.set(state, choices);
    return choices;
  }

  /** What `likeliest` would choose after each of these states, in passes that LANES of them share. */
  likeliestTogether(states: Float32Array[], k: number): Choice[][] {
    return inLanes(states, (some) => {
      const n = this.#scoreAll(some);
      return some.map((state, lane) => {
        const scores = this.#scoresOf(lane);
        this.#normalisers.set(state, this.#normalise(n, scores));
        const choices = this.#choose(this.#plan.offered, n, k, scores);
        this.#choices.set(state, choices);
        return choices;
      });
    });
  }

  /** The k likeliest among `ids`, whether offered or not, as if one of them had to come. */
  likeliestOf(state: Float32Array, ids: ArrayLike<number>, k: number): Choice[] {
    const n = this.#scoreSome(state, ids);
    if (n === 0) return [];
    this.#normalise(n);
    this.#bytes(this.#plan.gathered, n).fill(0).fill(1, 0, ids.length);
    const choices = this.#choose(this.#plan.gathered, n, k);
    return choices.map(({ id: place, probability }) => ({ id: ids[place]!, probability }));
  }

  /** The probabilities of some words to come next, in their order: the same bits as among those of all words. */
  probabilitiesOf(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    const { largest, sum } = this.#normalisers.get(state) ?? this.#normaliseAll(state);
    const n = this.#scoreSome(state, ids);
    const { scores } = this.#plan;
    this.#kernels.exponentials(scores, scores, n, largest);
    this.#kernels.multiplyAll(scores, n, 1 / sum);
    return this.#floats(scores, ids.length).slice();
  }

  /** The probability of every word to come next [V]. */
  probabilities(state: Float32Array): Float32Array {
    this.#normaliseAll(state);
    return this.#floats(this.#plan.scores, this.vocabulary.size).slice();
  }

  /** The natural logarithms of the probabilities [V], finite even where those round to 0. */
  logProbabilities(state: Float32Array): Float32Array {
    const logits = this.logits(state);
    const logSum = this.#logSum();
    return logits.map((logit) => logit - logSum);
  }

  /** That of one word: the same number. */
  logProbability(state: Float32Array, id: number): number {
    this.#scoreAll([state]);
    const logit = this.#floats(this.#plan.scores, this.vocabulary.size)[id]!;
    return Math.fround(logit - this.#logSum());
  }

  /** What the probabilities are made of [V]. */
  logits(state: Float32Array): Float32Array {
    this.#scoreAll([state]);
    return this.#floats(this.#plan.scores, this.vocabulary.size).slice();
  }

  /** Probabilities from logits that somebody changed [V]. */
  softmax(logits: Float32Array): Float32Array {
    const { W } = this.#sizes;
    const scores = this.#floats(this.#plan.scores, W);
    scores.fill(PADDING_BIAS).set(logits);
    this.#normalise(W);
    return scores.slice(0, this.vocabulary.size);
  }

  /** The logarithm of the sum of all powers of the logits in `scores`, which are lost. */
  #logSum(): number {
    const { scores } = this.#plan;
    const { W } = this.#sizes;
    const largest = this.#kernels.largestOf(scores, W);
    return largest + Math.log(this.#kernels.exponentials(scores, scores, W, largest));
  }

  #restore(state: Float32Array, lane = 0): void {
    const { layers, hiddenSize: H } = this.metadata.config;
    if (state.length !== layers * 2 * H) {
      throw new Error(`a state has [${layers}, 2, ${H}] numbers, got ${state.length}`);
    }
    for (let layer = 0; layer < layers; layer++) {
      const { c, h } = this.#stateOf(layer, lane);
      c.set(state.subarray(2 * layer * H, (2 * layer + 1) * H));
      h.set(state.subarray((2 * layer + 1) * H, (2 * layer + 2) * H));
      this.#quantiseOutput(layer, lane);
    }
  }

  #save(lane = 0): Float32Array {
    const state = this.initialState();
    const { hiddenSize: H } = this.metadata.config;
    for (let layer = 0; layer < this.#layers.length; layer++) {
      const { c, h } = this.#stateOf(layer, lane);
      state.set(c, 2 * layer * H);
      state.set(h, (2 * layer + 1) * H);
    }
    return state;
  }

  /** What lies beyond H stays zero: units that only fill up have no weights. */
  #stateOf(layer: number, lane: number) {
    const { hiddenSize: H } = this.metadata.config;
    const { K, P } = this.#sizes;
    return {
      c: this.#floats(this.#plan.cells[layer]! + lane * 4 * P, H),
      h: this.#floats(this.#plan.hiddens[layer]! + lane * 4 * K, H),
    };
  }

  /** One more word into each of the first lanes. */
  #step(ids: number[]): void {
    const { K, P } = this.#sizes;
    const { embedded, embeddedSteps, gates, cells, hiddens } = this.#plan;
    const count = ids.length;
    const steps = this.#floats(embeddedSteps, count);
    ids.forEach((id, lane) => {
      if (!(id >= 0 && id < this.vocabulary.size)) throw new Error(`no word has the id ${id}`);
      this.#kernels.quantiseEmbedding(embedded + lane * K, this.#embedding, id, K);
      steps[lane] = this.#embeddingScales[id]!;
    });
    const rows = 4 * P;
    this.#layers.forEach(({ input, recurrent, bias }, layer) => {
      const start = { start: bias, startStride: 0 };
      if (layer === 0) {
        this.#multiplyRows(gates, start, input, { q: embedded, steps: embeddedSteps }, count, rows); // prettier-ignore
      } else {
        this.#multiplyRows(gates, start, input, this.#outputOf(layer - 1), count, rows);
      }
      const sums = { start: gates, startStride: 4 * rows };
      this.#multiplyRows(gates, sums, recurrent, this.#outputOf(layer), count, rows);
      for (let lane = 0; lane < count; lane++) {
        const cell = cells[layer]! + lane * 4 * P;
        this.#kernels.stepCell(cell, hiddens[layer]! + lane * 4 * K, gates + lane * 4 * rows, P);
        this.#quantiseOutput(layer, lane);
      }
    });
  }

  #lastOutput(lane = 0): Uint8Array {
    const { K } = this.#sizes;
    return this.#bytes(this.#plan.outputs.at(-1)! + lane * K, K).slice();
  }

  #quantiseOutput(layer: number, lane: number): void {
    const { K } = this.#sizes;
    const { outputs, hiddens } = this.#plan;
    this.#kernels.quantiseOutput(outputs[layer]! + lane * K, hiddens[layer]! + lane * 4 * K, K);
  }

  /** Logits of all words after each state; returns how many numbers a lane has with what fills up. */
  #scoreAll(states: Float32Array[]): number {
    states.forEach((state, lane) => this.#restore(state, lane));
    const { W } = this.#sizes;
    const start = { start: this.#softmax.bias, startStride: 0 };
    const last = this.#outputOf(this.#layers.length - 1);
    this.#multiplyRows(this.#plan.scores, start, this.#softmax, last, states.length, W);
    return W;
  }

  #scoresOf(lane: number): number {
    return this.#plan.scores + lane * 4 * this.#sizes.W;
  }

  /** Logits of some words, in their order. */
  #scoreSome(state: Float32Array, ids: ArrayLike<number>): number {
    this.#restore(state);
    const n = Math.ceil(ids.length / 4) * 4;
    const rows = this.#ints(this.#plan.ids, n).fill(0);
    rows.set(ids);
    const { scores, outputs } = this.#plan;
    const { weight, scale, offset, bias } = this.#softmax;
    const q = outputs.at(-1)!;
    this.#kernels.gatherRows(
      scores, this.#plan.ids, bias, weight, scale, offset, q, n, this.#sizes.K, OUTPUT_STEP,
    ); // prettier-ignore
    this.#floats(scores, n).fill(PADDING_BIAS, ids.length);
    return n;
  }

  /** Probabilities of all words. */
  #normaliseAll(state: Float32Array): Normaliser {
    const normaliser = this.#normalise(this.#scoreAll([state]));
    this.#normalisers.set(state, normaliser);
    return normaliser;
  }

  /** Turns the first n logits into probabilities. */
  #normalise(n: number, scores = this.#plan.scores): Normaliser {
    const largest = this.#kernels.largestOf(scores, n);
    const sum = this.#kernels.exponentials(scores, scores, n, largest);
    this.#kernels.multiplyAll(scores, n, 1 / sum);
    return { largest, sum };
  }

  #choose(allowed: number, n: number, k: number, scores = this.#plan.scores): Choice[] {
    if (!(k >= 1 && k <= MAX_CHOICES))
      throw new Error(`can choose 1 to ${MAX_CHOICES} words, got ${k}`);
    const { chosen } = this.#plan;
    const found = this.#kernels.chooseLargest(chosen, scores, allowed, n, k);
    const probabilities = this.#floats(scores, n);
    return Array.from(this.#ints(chosen, found), (id) => ({ id, probability: probabilities[id]! }));
  }

  #outputOf(layer: number): Activations {
    return { q: this.#plan.outputs[layer]!, steps: this.#plan.outputSteps };
  }

  #multiplyRows(
    out: number,
    { start, startStride }: { start: number; startStride: number },
    { weight, scale, offset }: Rows,
    { q, steps }: Activations,
    count: number,
    rows: number,
  ): void {
    const { K } = this.#sizes;
    this.#kernels.multiplyRows(
      out, start, startStride, weight, scale, offset, q, steps, count, rows, K, this.#inOne,
    ); // prettier-ignore
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory, address, length);
  }

  #ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory, address, length);
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory, address, length);
  }
}

/** As many items at a time as there are lanes. */
function inLanes<Item, Result>(items: Item[], pass: (some: Item[]) => Result[]): Result[] {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += LANES) {
    results.push(...pass(items.slice(first, first + LANES)));
  }
  return results;
}
