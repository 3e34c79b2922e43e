// training/export/gates: a layer's LSTM weights with their gates in the order that another runtime has them in.
//
// H hidden size. Ours is i, j, f, o (model/tensors): input, candidate, forget, output.

import type { MasterModel } from "#model/master-file";

/** Places of our gates in another order, e.g. Keras' input, forget, candidate, output. */
export const KERAS_GATES = [0, 2, 1, 3];
export const ONNX_GATES = [0, 3, 2, 1]; // input, output, forget, candidate

export interface GateWeights {
  input: Float32Array; // [H, 4H], a row for each of the layer's inputs
  recurrent: Float32Array; // [H, 4H], a row for each of its own previous outputs
  bias: Float32Array; // [4H], forgetBias added
}

export function orderGates(
  { metadata, weights }: MasterModel,
  layer: number,
  order: number[],
): GateWeights {
  const { hiddenSize: H, forgetBias } = metadata.config;
  const kernel = weights.get(`lstm.${layer}.kernel`)!; // [2H, 4H]
  const reorder = (rows: Float32Array) => {
    const ordered = new Float32Array(rows.length);
    for (let start = 0; start < rows.length; start += 4 * H) {
      order.forEach((gate, place) => {
        const from = start + gate * H;
        ordered.set(rows.subarray(from, from + H), start + place * H);
      });
    }
    return ordered;
  };
  const bias = weights.get(`lstm.${layer}.bias`)!.slice();
  for (let unit = 2 * H; unit < 3 * H; unit++) bias[unit]! += forgetBias;
  return {
    input: reorder(kernel.subarray(0, 4 * H * H)),
    recurrent: reorder(kernel.subarray(4 * H * H)),
    bias: reorder(bias),
  };
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return turned;
}
