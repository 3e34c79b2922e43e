// inference/lstm-slots: steps up to MAX_BATCH sequences through the layers of an edge file, each in a slot of its own.
//
// A state is [L, 2, H] floats, index 0 = c, 1 = h, as in the reference program.

import { SlotMemory } from "./slot-memory.ts";

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
    const { embedded, embeddedSteps, gates, cells, hiddens } = this.plan;
    const count = ids.length;
    const steps = this.floats(embeddedSteps, count);
    ids.forEach((id, slot) => {
      if (!(id >= 0 && id < this.config.vocabularySize))
        throw new Error(`no word has the id ${id}`);
      this.kernels.quantiseEmbedding(embedded + slot * K, this.embedding, id, K);
      steps[slot] = this.embeddingScales[id]!;
    });
    const rows = 4 * P;
    const size = { count, rows };
    this.layers.forEach(({ input, recurrent, bias }, layer) => {
      const start = { start: bias, startStride: 0 };
      if (layer === 0) {
        this.multiplyRows(gates, start, input, { q: embedded, steps: embeddedSteps }, size); // prettier-ignore
      } else {
        this.multiplyRows(gates, start, input, this.outputOf(layer - 1), size);
      }
      const sums = { start: gates, startStride: 4 * rows };
      this.multiplyRows(gates, sums, recurrent, this.outputOf(layer), size);
      for (let slot = 0; slot < count; slot++) {
        const cell = cells[layer]! + slot * 4 * P;
        this.kernels.stepCell(cell, hiddens[layer]! + slot * 4 * K, gates + slot * 4 * rows, P);
        this.#quantiseOutput(layer, slot);
      }
    });
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
