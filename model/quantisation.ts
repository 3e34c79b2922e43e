// model/quantisation: rounds float rows to int8, and packs them. Which rows a file holds, and in what order, is model/edge-file's.

/** The rows of a matrix in int8: x = scale · q. */
export interface Int8Rows {
  weight: Int8Array; // [rows, K], each in −LARGEST_WEIGHT…LARGEST_WEIGHT
  scale: Float32Array; // [rows], dequantisation scale
  sums: Int32Array; // [rows], Σw
}

/** Seven bits: four products with 7-bit activations, added up, still fit 16 bits, which is how the kernels add them. */
export const LARGEST_WEIGHT = 63;

/**
 * Rows of K numbers, each row with a scale of its own so that its largest number becomes ±LARGEST_WEIGHT.
 * @example
 * quantiseRows(1, 2, (_, k) => [1, -0.5][k]).weight; // [63, -31]
 */
export function quantiseRows(
  rows: number,
  K: number,
  at: (row: number, k: number) => number,
): Int8Rows {
  const weight = new Int8Array(rows * K);
  const scale = new Float32Array(rows);
  const sums = new Int32Array(rows);
  const values = new Float64Array(K);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let k = 0; k < K; k++) {
      values[k] = at(row, k);
      largest = Math.max(largest, Math.abs(values[k]!));
    }
    scale[row] = largest / LARGEST_WEIGHT;
    if (scale[row] === 0) continue; // nothing but zeros
    for (let k = 0; k < K; k++) {
      const rounded = Math.round((values[k]! / largest) * LARGEST_WEIGHT);
      weight[row * K + k] = rounded;
      sums[row]! += rounded;
    }
  }
  return { weight, scale, sums };
}

/**
 * −64 · Σw of every row, the zero-point correction: activations are stored as q = 64 + x.
 * @example
 * zeroPointCorrections(quantiseRows(1, 2, (_, k) => [1, -0.5][k])); // [-2048], from the weights 63 and -31
 */
export function zeroPointCorrections({ sums }: Int8Rows): Int32Array {
  return sums.map((sum) => -64 * sum);
}

/** Rows that lie together. */
export const BLOCK_ROWS = 8;
/** Bytes of a row that lie together: what a machine fetches at once. */
const PIECE_BYTES = 64;

/**
 * Rows of K bytes as the kernels read them, from the first byte to the last: of each eight rows the first 64 bytes of
 * each, then the next 64 of each, and so on; the last pieces are as short as the rest of K.
 * @example
 * interleaveRows(weight, 656)[64]; // the first byte of row 1, weight[656]
 */
export function interleaveRows(weight: Int8Array, K: number): Int8Array {
  const packed = new Int8Array(weight.length);
  let end = 0;
  for (let block = 0; block < weight.length; block += BLOCK_ROWS * K) {
    for (let k = 0; k < K; k += PIECE_BYTES) {
      for (let row = 0; row < BLOCK_ROWS; row++) {
        const begin = block + row * K;
        const piece = weight.subarray(begin + k, begin + Math.min(k + PIECE_BYTES, K));
        packed.set(piece, end);
        end += piece.length;
      }
    }
  }
  return packed;
}
