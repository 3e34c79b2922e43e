// training/engines/wasm/batch: checks word ids and writes a batch of them to the shared memory.
//
// V vocabulary size; layouts in layout.

import type { MemoryLayout } from "./layout.ts";

/** @throws when there are not `expected` ids or one is not below V */
export function checkIds(name: string, ids: Int32Array, expected: number, V: number): void {
  if (ids.length !== expected) {
    throw new Error(`${name} has ${ids.length} ids; expected ${expected}`);
  }
  for (const id of ids) {
    if (id < 0 || id >= V) throw new Error(`${name} holds id ${id}; ids are 0 to ${V - 1}`);
  }
}

/** Writes batches for training steps. */
export class BatchWriter {
  readonly #layout: MemoryLayout;
  readonly #memory: Int32Array;
  readonly #firstToken: Int32Array; // [V], the first occurrence of an id in the batch; −1 between batches

  /** @param memory the shared memory as int32 */
  constructor(memory: Int32Array, layout: MemoryLayout) {
    this.#memory = memory;
    this.#layout = layout;
    this.#firstToken = new Int32Array(layout.V).fill(-1);
  }

  /**
   * Writes inputs and targets [T, B], and where input ids repeat.
   * @throws when an id or a length is wrong, before anything is written
   */
  write(inputs: Int32Array, targets: Int32Array): void {
    const { V, training } = this.#layout;
    checkIds("inputs", inputs, training.tokens, V);
    checkIds("targets", targets, training.tokens, V);
    this.#memory.set(inputs, training.ids / 4);
    this.#memory.set(targets, this.#layout.targets / 4);
    this.#linkDuplicates(inputs);
  }

  // Backwards, so that nextOccurrence is known when an id is met again.
  #linkDuplicates(ids: Int32Array): void {
    const firstOccurrence = this.#layout.firstOccurrence / 4;
    const nextOccurrence = this.#layout.nextOccurrence / 4;
    for (let token = ids.length - 1; token >= 0; token--) {
      const id = ids[token]!;
      const next = this.#firstToken[id]!;
      if (next >= 0) this.#memory[firstOccurrence + next] = 0;
      this.#memory[nextOccurrence + token] = next;
      this.#memory[firstOccurrence + token] = 1;
      this.#firstToken[id] = token;
    }
    for (const id of ids) this.#firstToken[id] = -1;
  }
}
