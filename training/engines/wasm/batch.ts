// training/engines/wasm/batch: checks word ids and writes a batch of them to the shared memory.
//
// V vocabulary size; layouts in layout.

import type { WordSampler } from "../sampled-words.ts";
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
  readonly #floats: Float32Array;
  readonly #sampler: WordSampler | undefined;
  readonly #firstToken: Int32Array; // [V], the first occurrence of an id in the batch; −1 between batches

  /**
   * @param memory the shared memory
   * @param sampler of a sampled softmax
   */
  constructor(memory: ArrayBufferLike, layout: MemoryLayout, sampler: WordSampler | undefined) {
    this.#memory = new Int32Array(memory);
    this.#floats = new Float32Array(memory);
    this.#layout = layout;
    this.#sampler = sampler;
    this.#firstToken = new Int32Array(layout.V).fill(-1);
  }

  /**
   * Writes inputs and targets [T, B], where input ids repeat, and the words of a sampled softmax.
   * @returns how many columns the step's softmax has, and rows its gradient
   * @throws when an id or a length is wrong, before anything is written
   */
  write(inputs: Int32Array, targets: Int32Array, step: number): { columns: number; rows: number } {
    const { V, training } = this.#layout;
    checkIds("inputs", inputs, training.tokens, V);
    checkIds("targets", targets, training.tokens, V);
    this.#memory.set(inputs, training.ids / 4);
    this.#linkDuplicates(inputs);
    if (this.#sampler) return this.#writeSample(this.#sampler, inputs, targets, step);
    this.#memory.set(targets, this.#layout.targets / 4);
    this.#memory.set(inputs, this.#layout.inputRows / 4);
    return { columns: V, rows: V };
  }

  // Where weights are tied the gradient has rows of the inputs too: other inputs come after all targets.
  #writeSample(sampler: WordSampler, inputs: Int32Array, targets: Int32Array, step: number) {
    const layout = this.#layout;
    const isTied = layout.embedding === layout.softmax;
    const words = isTied ? Int32Array.of(...targets, ...inputs) : targets;
    const { ids, targets: rows } = sampler.choose(step, words);
    const targetColumns = rows.subarray(0, targets.length);
    const columns = targetColumns.reduce(
      (most, column) => Math.max(most, column + 1),
      sampler.count,
    );
    this.#memory.set(targetColumns, layout.targets / 4);
    this.#memory.set(rows.subarray(targets.length), layout.inputRows / 4);
    this.#memory.set(ids, layout.sampling!.ids / 4);
    const logProbabilities = layout.sampling!.logProbabilities / 4;
    this.#floats.fill(0, logProbabilities, logProbabilities + columns);
    for (let column = 0; column < sampler.count; column++) {
      this.#floats[logProbabilities + column] = sampler.logProbabilities[ids[column]!]!;
    }
    return { columns, rows: ids.length };
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
