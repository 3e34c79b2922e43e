// inference/batch-slots: an edge file's network in WebAssembly memory, through which up to MAX_BATCH sequences go together, each in a
// slot of its own. Remembers nothing but what lies in the slots; what to do with them is network's.
//
// L layers, H hidden size, V vocabulary size; K, P, W as in model/edge-file.
// A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program.

import { edgeSizes, PADDING_BIAS } from "#model/edge-file";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import { MAX_BATCH, MAX_CHOICES } from "./memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { instantiateEdgeKernels } from "#kernels/edge-kernels";
import type { EdgeKernels } from "#kernels/edge-kernels";
import { addressOf } from "./model-memory.ts";
import type { Placement } from "./model-memory.ts";

const OUTPUT_SCALE = Math.fround(1 / 63); // what 1 of a quantised output is worth

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

/** Where a matrix of int8 rows and what belongs to it begin in memory. */
interface Rows {
  weight: number;
  scale: number;
  offset: number;
}

/** Where the 7-bit inputs of some slots begin, and what they are worth. */
interface Activations {
  q: number; // [count, K]
  steps: number; // f32 [count]
}

export class BatchSlots {
  readonly #config: LanguageModelConfig;
  readonly #kernels: EdgeKernels;
  readonly #memory: ArrayBuffer;
  readonly #plan: MemoryPlan;
  readonly #hasNativeDot: boolean;
  readonly #sizes: { K: number; P: number; W: number };
  readonly #embedding: number;
  readonly #embeddingScales: Float32Array; // [W]
  readonly #layers: { input: Rows; recurrent: Rows; bias: number }[];
  readonly #softmax: Rows & { bias: number };

  /** The placement's file is whole by now. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    const { header, plan, memory } = placement;
    const { config } = header.metadata;
    this.#config = config;
    this.#kernels = instantiateEdgeKernels(module, memory);
    this.#memory = memory.buffer;
    this.#plan = plan;
    this.#hasNativeDot = this.#kernels.hasNativeDot();
    this.#floats(plan.outputSteps, MAX_BATCH).fill(OUTPUT_SCALE);
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
  }

  /** Says which words `chooseSuggestible` may choose, 1 for each [V]. */
  setMask(words: Uint8Array): void {
    this.#bytes(this.#plan.suggestible, this.#sizes.W).fill(0).set(words);
  }

  /** The state before any word. */
  initialState(): Float32Array {
    const { layers, hiddenSize } = this.#config;
    return new Float32Array(layers * 2 * hiddenSize);
  }

  /** Puts a state into a slot. */
  restore(state: Float32Array, slot = 0): void {
    const { layers, hiddenSize: H } = this.#config;
    if (state.length !== layers * 2 * H) {
      throw new Error(`a state has [${layers}, 2, ${H}] numbers, got ${state.length}`);
    }
    for (let layer = 0; layer < layers; layer++) {
      const { c, h } = this.#stateOf(layer, slot);
      c.set(state.subarray(2 * layer * H, (2 * layer + 1) * H));
      h.set(state.subarray((2 * layer + 1) * H, (2 * layer + 2) * H));
      this.#quantiseOutput(layer, slot);
    }
  }

  /** The state in a slot. */
  save(slot = 0): Float32Array {
    const state = this.initialState();
    const { hiddenSize: H } = this.#config;
    for (let layer = 0; layer < this.#layers.length; layer++) {
      const { c, h } = this.#stateOf(layer, slot);
      state.set(c, 2 * layer * H);
      state.set(h, (2 * layer + 1) * H);
    }
    return state;
  }

  /** What lies beyond H stays zero: units that only fill up have no weights. */
  #stateOf(layer: number, slot: number) {
    const { hiddenSize: H } = this.#config;
    const { K, P } = this.#sizes;
    return {
      c: this.#floats(this.#plan.cells[layer]! + slot * 4 * P, H),
      h: this.#floats(this.#plan.hiddens[layer]! + slot * 4 * K, H),
    };
  }

  /** One more word into each of the first slots. */
  step(ids: number[]): void {
    const { K, P } = this.#sizes;
    const { embedded, embeddedSteps, gates, cells, hiddens } = this.#plan;
    const count = ids.length;
    const steps = this.#floats(embeddedSteps, count);
    ids.forEach((id, slot) => {
      if (!(id >= 0 && id < this.#config.vocabularySize))
        throw new Error(`no word has the id ${id}`);
      this.#kernels.quantiseEmbedding(embedded + slot * K, this.#embedding, id, K);
      steps[slot] = this.#embeddingScales[id]!;
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
      for (let slot = 0; slot < count; slot++) {
        const cell = cells[layer]! + slot * 4 * P;
        this.#kernels.stepCell(cell, hiddens[layer]! + slot * 4 * K, gates + slot * 4 * rows, P);
        this.#quantiseOutput(layer, slot);
      }
    });
  }

  /** The last layer's output [K] in a slot, in 7 bits. */
  output(slot = 0): Uint8Array {
    const { K } = this.#sizes;
    return this.#bytes(this.#plan.outputs.at(-1)! + slot * K, K).slice();
  }

  #quantiseOutput(layer: number, slot: number): void {
    const { K } = this.#sizes;
    const { outputs, hiddens } = this.#plan;
    this.#kernels.quantiseOutput(outputs[layer]! + slot * K, hiddens[layer]! + slot * 4 * K, K);
  }

  /** Logits of all words after the states in the first slots. */
  computeLogits(count: number): void {
    const start = { start: this.#softmax.bias, startStride: 0 };
    const last = this.#outputOf(this.#layers.length - 1);
    this.#multiplyRows(this.#plan.scores, start, this.#softmax, last, count, this.#sizes.W);
  }

  /** Logits of some words, in their order, after the state in the first slot. */
  computeLogitsOf(ids: ArrayLike<number>): void {
    const n = roundUpToFour(ids.length);
    const rows = this.#ints(this.#plan.ids, n).fill(0);
    rows.set(ids);
    const { scores, outputs } = this.#plan;
    const { weight, scale, offset, bias } = this.#softmax;
    const q = outputs.at(-1)!;
    this.#kernels.gatherRows(
      scores, this.#plan.ids, bias, weight, scale, offset, q, n, this.#sizes.K, OUTPUT_SCALE,
    ); // prettier-ignore
    this.#floats(scores, n).fill(PADDING_BIAS, ids.length);
  }

  /** Logits [V] that somebody else made, in the first slot. */
  setLogits(logits: Float32Array): void {
    this.#floats(this.#plan.scores, this.#sizes.W).fill(PADDING_BIAS).set(logits);
  }

  /** The scores of a slot [V] as they are now: logits, or the probabilities that these became. */
  scores(slot = 0): Float32Array {
    return this.#floats(this.#scoresOf(slot), this.#config.vocabularySize);
  }

  /** Turns a slot's logits of all words into probabilities. */
  normaliseAll(slot = 0): SoftmaxStats {
    return this.#normalise(this.#sizes.W, slot);
  }

  /** Turns the logits of the first words into probabilities, as if one of them had to come. */
  normaliseSome(count: number): void {
    this.#normalise(roundUpToFour(count), 0);
  }

  /** The same where the normaliser of all words is known: the same bits as among those. */
  softmaxWithStats(count: number, { largest, sum }: SoftmaxStats): void {
    const { scores } = this.#plan;
    const n = roundUpToFour(count);
    this.#kernels.exponentials(scores, scores, n, largest);
    this.#kernels.multiplyAll(scores, n, 1 / sum);
  }

  /** The logarithm of the sum of all powers of the first slot's logits, which are lost. */
  logSumExp(): number {
    const { scores } = this.#plan;
    const { W } = this.#sizes;
    const largest = this.#kernels.largestOf(scores, W);
    return largest + Math.log(this.#kernels.exponentials(scores, scores, W, largest));
  }

  /** The k words with the largest probabilities in a slot among those offered, of equals the first. */
  chooseSuggestible(k: number, slot = 0): Candidate[] {
    return this.#choose(this.#plan.suggestible, this.#sizes.W, k, slot);
  }

  /** The places of the k largest among the first probabilities. */
  chooseFirst(count: number, k: number): Candidate[] {
    const n = roundUpToFour(count);
    this.#bytes(this.#plan.gathered, n).fill(0).fill(1, 0, count);
    return this.#choose(this.#plan.gathered, n, k, 0);
  }

  #normalise(n: number, slot: number): SoftmaxStats {
    const scores = this.#scoresOf(slot);
    const largest = this.#kernels.largestOf(scores, n);
    const sum = this.#kernels.exponentials(scores, scores, n, largest);
    this.#kernels.multiplyAll(scores, n, 1 / sum);
    return { largest, sum };
  }

  #choose(allowed: number, n: number, k: number, slot: number): Candidate[] {
    if (!(k >= 1 && k <= MAX_CHOICES))
      throw new Error(`can choose 1 to ${MAX_CHOICES} words, got ${k}`);
    const { chosen } = this.#plan;
    const scores = this.#scoresOf(slot);
    const found = this.#kernels.softmaxTopK(chosen, scores, allowed, n, k);
    const probabilities = this.#floats(scores, n);
    return Array.from(this.#ints(chosen, found), (id) => ({ id, probability: probabilities[id]! }));
  }

  #scoresOf(slot: number): number {
    return this.#plan.scores + slot * 4 * this.#sizes.W;
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
      out, start, startStride, weight, scale, offset, q, steps, count, rows, K, this.#hasNativeDot,
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

function roundUpToFour(count: number): number {
  return Math.ceil(count / 4) * 4;
}
