// inference/lstm-slots: steps up to MAX_BATCH sequences through the layers of an edge file, each in a slot of its own.
//
// A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program.

import { SlotMemory } from "./slot-memory.ts";
import type { Activations, WordBand } from "./slot-memory.ts";

/**
 * The states of some sequences, and their steps.
 *
 * @example
 * slots.restore(slots.initialState());
 * slots.step([id]);
 * const state = slots.save(); // [L, 2, H]
 */
export class LstmSlots extends SlotMemory {
  /** The state before any word. */
  initialState(): Float32Array {
    const { layers, hiddenSize } = this.config;
    return new Float32Array(layers * 2 * hiddenSize);
  }

  /** Puts a state into a slot. */
  restore(state: Float32Array, slot = 0): void {
    const { layers, hiddenSize: H } = this.config;
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
    const { hiddenSize: H } = this.config;
    for (let layer = 0; layer < this.layers.length; layer++) {
      const { c, h } = this.#stateOf(layer, slot);
      state.set(c, 2 * layer * H);
      state.set(h, (2 * layer + 1) * H);
    }
    return state;
  }

  /** What lies beyond H stays zero: units that only fill up have no weights. */
  #stateOf(layer: number, slot: number) {
    const { hiddenSize: H } = this.config;
    const { K, P } = this.sizes;
    return {
      c: this.floats(this.plan.cells[layer]! + slot * 4 * P, H),
      h: this.floats(this.plan.hiddens[layer]! + slot * 4 * K, H),
    };
  }

  /** One more word into each of the first slots. */
  step(ids: number[]): void {
    const { K, P } = this.sizes;
    const { gates, cells, hiddens } = this.plan;
    const rows = 4 * P;
    const count = ids.length;
    this.layers.forEach(({ input, recurrent, bias }, layer) => {
      const sums = { out: gates, outStride: 4 * rows, start: bias, startStride: 0 };
      if (layer === 0) this.#multiplyWords(ids);
      else this.multiplyRows(sums, input, this.outputOf(layer - 1), { count, rows });
      const more = { ...sums, start: gates, startStride: 4 * rows };
      this.multiplyRows(more, recurrent, this.outputOf(layer), { count, rows });
      for (let slot = 0; slot < count; slot++) {
        const cell = cells[layer]! + slot * 4 * P;
        this.kernels.stepCell(cell, hiddens[layer]! + slot * 4 * K, gates + slot * 4 * rows, P);
        this.#quantiseOutput(layer, slot);
      }
    });
  }

  /** What the first layer's gates make of a word in each slot; neighbours of one band share a pass over the weights. */
  #multiplyWords(ids: number[]): void {
    for (let begin = 0; begin < ids.length;) {
      const band = this.bandOf(ids[begin]!);
      let end = begin + 1;
      while (end < ids.length && this.bandOf(ids[end]!) === band) end++;
      const rows = 4 * this.sizes.P;
      const outStride = 4 * rows;
      const out = this.plan.gates + begin * outStride;
      const sums = { out, outStride, start: this.layers[0]!.bias, startStride: 0 };
      const words = this.#quantiseWords(ids.slice(begin, end), band);
      this.multiplyRows(sums, band.gates, words, { count: end - begin, rows });
      begin = end;
    }
  }

  /** The rows of a band's words as inputs. */
  #quantiseWords(ids: number[], { begin, width, embedding }: WordBand): Activations {
    const { embedded: q, embeddedSteps: steps } = this.plan;
    const values = this.floats(steps, ids.length);
    ids.forEach((id, at) => {
      this.kernels.quantiseEmbedding(q + at * width, embedding, id - begin, width);
      values[at] = this.embeddingScales[id]!;
    });
    return { q, steps, width };
  }

  /** The last layer's output [K] in a slot, in 7 bits. */
  output(slot = 0): Uint8Array {
    const { K } = this.sizes;
    return this.bytes(this.plan.outputs.at(-1)! + slot * K, K).slice();
  }

  #quantiseOutput(layer: number, slot: number): void {
    const { K } = this.sizes;
    const { outputs, hiddens } = this.plan;
    this.kernels.quantiseOutput(outputs[layer]! + slot * K, hiddens[layer]! + slot * 4 * K, K);
  }
}
