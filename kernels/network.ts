// kernels/network: runs an edge file in WebAssembly, one token at a time. Deals in word ids; which words to offer, and
// what a text's ids are, is for the caller.
//
// L layers, H hidden size, V vocabulary size; K, P, W as in model/edge-file.
// A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program.

import { edgeSizes, PADDING_BIAS, readEdgeVocabulary } from "#model/edge-file";
import type { ModelMetadata } from "#model/metadata";
import { checkFileBytes } from "#model/safetensors";
import type { Vocabulary } from "#model/vocabulary";
import { instantiateEdgeKernels } from "./edge-kernels.ts";
import type { EdgeKernels } from "./edge-kernels.ts";
import { addressOf, MAX_CHOICES, placeEdgeFile } from "./edge-memory.ts";
import type { MemoryPlan, Placement } from "./edge-memory.ts";
import { DEFAULT_NEURAL_CACHE, NeuralCache } from "./neural-cache.ts";

const OUTPUT_STEP = Math.fround(1 / 63); // what 1 of a quantised output is worth

/** A word that may come next. */
export interface Choice {
  id: number;
  probability: number;
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

export class Network {
  readonly metadata: ModelMetadata;
  readonly vocabulary: Vocabulary;
  readonly memoryBytes: number;
  readonly cache: NeuralCache; // set as this model wants it
  readonly #kernels: EdgeKernels;
  readonly #memory: ArrayBuffer;
  readonly #plan: MemoryPlan;
  readonly #sizes: { K: number; P: number; W: number };
  readonly #embedding: number;
  readonly #embeddingScales: Float32Array; // [W]
  readonly #layers: { input: Rows; recurrent: Rows; bias: number }[];
  readonly #softmax: Rows & { bias: number };
  /** By the state: while a word is typed, the state before it stays, and all its rows are multiplied only once. */
  readonly #normalisers = new WeakMap<Float32Array, Normaliser>();

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
  }

  /** The state before any word. */
  initialState(): Float32Array {
    const { layers, hiddenSize } = this.metadata.config;
    return new Float32Array(layers * 2 * hiddenSize);
  }

  /** The state after these words; the one given stays as it is. */
  consume(state: Float32Array, ids: Iterable<number>): Float32Array {
    this.#restore(state);
    for (const id of ids) this.#step(id);
    return this.#save();
  }

  /** The state after these words, and the last layer's output [K] in 7 bits before each of them. */
  trace(
    state: Float32Array,
    ids: Iterable<number>,
  ): { state: Float32Array; outputs: Uint8Array[] } {
    this.#restore(state);
    const outputs: Uint8Array[] = [];
    for (const id of ids) {
      outputs.push(this.#lastOutput());
      this.#step(id);
    }
    return { state: this.#save(), outputs };
  }

  /** The last layer's output [K] in 7 bits: what the softmax, and a neural cache, make of the words before. */
  output(state: Float32Array): Uint8Array {
    this.#restore(state);
    return this.#lastOutput();
  }

  /**
   * The k words, among those offered, that most probably come next; the likeliest first. `adjust` may change some of the
   * probabilities [V] before.
   */
  likeliest(
    state: Float32Array,
    k: number,
    adjust?: (probabilities: Float32Array) => void,
  ): Choice[] {
    this.#normaliseAll(state);
    adjust?.(this.#floats(this.#plan.scores, this.vocabulary.size));
    return this.#choose(this.#plan.offered, this.#sizes.W, k);
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
    this.#scoreAll(state);
    const logit = this.#floats(this.#plan.scores, this.vocabulary.size)[id]!;
    return Math.fround(logit - this.#logSum());
  }

  /** What the probabilities are made of [V]. */
  logits(state: Float32Array): Float32Array {
    this.#scoreAll(state);
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

  #restore(state: Float32Array): void {
    const { layers, hiddenSize: H } = this.metadata.config;
    if (state.length !== layers * 2 * H) {
      throw new Error(`a state has [${layers}, 2, ${H}] numbers, got ${state.length}`);
    }
    for (let layer = 0; layer < layers; layer++) {
      const { c, h } = this.#stateOf(layer);
      c.set(state.subarray(2 * layer * H, (2 * layer + 1) * H));
      h.set(state.subarray((2 * layer + 1) * H, (2 * layer + 2) * H));
      this.#quantiseOutput(layer);
    }
  }

  #save(): Float32Array {
    const state = this.initialState();
    const { hiddenSize: H } = this.metadata.config;
    for (let layer = 0; layer < this.#layers.length; layer++) {
      const { c, h } = this.#stateOf(layer);
      state.set(c, 2 * layer * H);
      state.set(h, (2 * layer + 1) * H);
    }
    return state;
  }

  /** What lies beyond H stays zero: units that only fill up have no weights. */
  #stateOf(layer: number) {
    const { hiddenSize: H } = this.metadata.config;
    return {
      c: this.#floats(this.#plan.cells[layer]!, H),
      h: this.#floats(this.#plan.hiddens[layer]!, H),
    };
  }

  #step(id: number): void {
    if (!(id >= 0 && id < this.vocabulary.size)) throw new Error(`no word has the id ${id}`);
    const { K, P } = this.#sizes;
    const { embedded, outputs, gates, cells, hiddens } = this.#plan;
    this.#kernels.quantiseEmbedding(embedded, this.#embedding + id * K, K);
    this.#layers.forEach(({ input, recurrent, bias }, layer) => {
      if (layer === 0) {
        const step = this.#embeddingScales[id]! / 2;
        this.#multiplyRows(gates, bias, input, embedded, 4 * P, step, 2);
      } else {
        this.#multiplyRows(gates, bias, input, outputs[layer - 1]!, 4 * P);
      }
      this.#multiplyRows(gates, gates, recurrent, outputs[layer]!, 4 * P);
      this.#kernels.stepCell(cells[layer]!, hiddens[layer]!, gates, P);
      this.#quantiseOutput(layer);
    });
  }

  #lastOutput(): Uint8Array {
    return this.#bytes(this.#plan.outputs.at(-1)!, this.#sizes.K).slice();
  }

  #quantiseOutput(layer: number): void {
    const { outputs, hiddens } = this.#plan;
    this.#kernels.quantiseOutput(outputs[layer]!, hiddens[layer]!, this.#sizes.K);
  }

  /** Logits of all words; returns how many numbers that is with what fills up. */
  #scoreAll(state: Float32Array): number {
    this.#restore(state);
    const { scores, outputs } = this.#plan;
    const { W } = this.#sizes;
    this.#multiplyRows(scores, this.#softmax.bias, this.#softmax, outputs.at(-1)!, W);
    return W;
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
    const normaliser = this.#normalise(this.#scoreAll(state));
    this.#normalisers.set(state, normaliser);
    return normaliser;
  }

  /** Turns the first n logits into probabilities. */
  #normalise(n: number): Normaliser {
    const { scores } = this.#plan;
    const largest = this.#kernels.largestOf(scores, n);
    const sum = this.#kernels.exponentials(scores, scores, n, largest);
    this.#kernels.multiplyAll(scores, n, 1 / sum);
    return { largest, sum };
  }

  #choose(allowed: number, n: number, k: number): Choice[] {
    if (!(k >= 1 && k <= MAX_CHOICES))
      throw new Error(`can choose 1 to ${MAX_CHOICES} words, got ${k}`);
    const { scores, chosen } = this.#plan;
    const found = this.#kernels.chooseLargest(chosen, scores, allowed, n, k);
    const probabilities = this.#floats(scores, n);
    return Array.from(this.#ints(chosen, found), (id) => ({ id, probability: probabilities[id]! }));
  }

  #multiplyRows(
    out: number,
    start: number,
    { weight, scale, offset }: Rows,
    q: number,
    rows: number,
    step = OUTPUT_STEP,
    shift = 0,
  ): void {
    const { K } = this.#sizes;
    this.#kernels.multiplyRows(out, start, weight, scale, offset, q, rows, K, step, shift);
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
