// model/tensors: which float32 tensors a model has, their names and shapes. Holds no numbers itself.
//
// H hidden size, V vocabulary size. Layouts are TensorFlow's: a kernel's rows are its inputs.

import type { LanguageModelConfig } from "./hyper-parameters.ts";

/** Tensors by name, each flat and row-major. */
export type Weights = Map<string, Float32Array>;

/** A tensor's name and shape, e.g. `softmax.weight` [H, V]. */
export interface TensorShape {
  name: string;
  shape: number[];
}

/**
 * The model's trainable tensors in the order files and engines list them.
 * Gates stand in the order i, j, f, o: input, candidate, forget, output (TensorFlow's LSTMCell).
 * @example tensorTable(config).map(({ name }) => name); // ["embedding", "lstm.0.kernel", "lstm.0.bias", …]
 */
export function tensorTable(config: LanguageModelConfig): TensorShape[] {
  const { vocabularySize: V, hiddenSize: H, layers, tied } = config;
  const table: TensorShape[] = [{ name: "embedding", shape: [V, H] }];
  for (let layer = 0; layer < layers; layer++) {
    // rows: the layer's input, then its own previous output
    table.push({ name: `lstm.${layer}.kernel`, shape: [2 * H, 4 * H] });
    table.push({ name: `lstm.${layer}.bias`, shape: [4 * H] });
  }
  if (!tied) table.push({ name: "softmax.weight", shape: [H, V] });
  table.push({ name: "softmax.bias", shape: [V] });
  return table;
}

/** @returns how many numbers a tensor of this shape holds; @example countElements([2, 3]); // 6 */
export function countElements(shape: number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * @returns how many trainable numbers a model has, e.g. 4,651,600 of `small` with 10,000 words
 * @example
 * countParameters(findPreset("reference").model); // 19,775,200, where V is 10,000
 */
export function countParameters(config: LanguageModelConfig): number {
  return tensorTable(config).reduce((sum, { shape }) => sum + countElements(shape), 0);
}

/**
 * The tensor of an entry of the table, flat and row-major.
 * @throws Error where the weights lack it or its size is not the table's
 * @example
 * tensorOf(weights, { name: "softmax.bias", shape: [10_000] }); // 10,000 numbers
 */
export function tensorOf(weights: Weights, { name, shape }: TensorShape): Float32Array {
  const tensor = weights.get(name);
  const expected = countElements(shape);
  if (tensor === undefined)
    throw new Error(`tensor "${name}" is missing; expected [${shape.join(", ")}]`);
  if (tensor.length !== expected) {
    throw new Error(
      `tensor "${name}" has ${tensor.length} numbers; expected [${shape.join(", ")}] = ${expected}`,
    );
  }
  return tensor;
}
