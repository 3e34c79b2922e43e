// kernels/assembly/update: the SGD step, the average of weights over steps, and the transposed copy of an LSTM's kernel.
//
// Panels of 16 columns, 64 bytes a row. Pointers are multiples of 64.

import { transposeBlock } from "./panels";

/** weight[n] -= rate · gradient[n]; n is a multiple of 16. */
export function updateWeights(weight: usize, gradient: usize, n: i32, rate: f32): void {
  const rates = f32x4.splat(rate);
  for (const end = weight + ((<usize>n) << 2); weight < end; weight += 64) {
    for (let lane = 0; lane < 64; lane += 16) {
      const change = f32x4.mul(rates, v128.load(gradient + lane));
      v128.store(weight + lane, f32x4.sub(v128.load(weight + lane), change));
    }
    gradient += 64;
  }
}

/** average[n] += share · (weight[n] − average[n]); n is a multiple of 16. */
export function averageWeights(average: usize, weight: usize, n: i32, share: f32): void {
  const shares = f32x4.splat(share);
  for (const end = average + ((<usize>n) << 2); average < end; average += 64) {
    for (let lane = 0; lane < 64; lane += 16) {
      const before = v128.load(average + lane);
      const change = f32x4.mul(shares, f32x4.sub(v128.load(weight + lane), before));
      v128.store(average + lane, f32x4.add(before, change));
    }
    weight += 64;
  }
}

/**
 * Copies rows of 16 gate columns into the columns of their transpose: out[column, row] = weight[row, column].
 * What lies beyond `rows` in the last of out's panels is left as it is.
 */
export function transposeWeights(
  out: usize, // f32 [16, rows] of a taller matrix, in panels of 16 rows of `weight`
  outStride: usize,
  weight: usize, // f32 [rows, 16]
  rows: i32,
): void {
  let row = 0;
  for (; row + 16 <= rows; row += 16) {
    transposeBlock(out + (row >> 4) * outStride, weight + (row << 6));
  }
  for (; row < rows; row++) {
    const to = out + (row >> 4) * outStride + ((row & 15) << 2);
    for (let column = 0; column < 16; column++) {
      store<f32>(to + (column << 6), load<f32>(weight + (row << 6) + (column << 2)));
    }
  }
}
