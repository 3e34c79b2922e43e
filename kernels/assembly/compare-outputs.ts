// kernels/assembly/compare-outputs: the neural cache's dot products: the current output with each remembered one, both
// in 7 bits. K bytes a row, a multiple of 16; pointers are multiples of 16.

import { addFour, dot, EmulatedDot, loadOnes } from "./dot";

/**
 * out[r] = scale · (Σ outputs[r,k]·q[k] + zeroPointCorrection[r]) for rows that lie one after the other, not
 * interleaved; R is a multiple of 4.
 */
export function compareOutputs(
  out: usize, // f32 [R]
  outputs: usize, // [R, K], each in 0..127
  zeroPointCorrection: usize, // i32 [R]
  q: usize, // [K], each in 0..127
  R: i32,
  K: i32,
  scale: f32,
): void {
  const scales = f32x4.splat(scale);
  const ones = loadOnes();
  for (const end = out + (R << 2); out < end; out += 16) {
    const sums = addFour(
      multiplyPlain(outputs, q, K, ones),
      multiplyPlain(outputs + K, q, K, ones),
      multiplyPlain(outputs + 2 * K, q, K, ones),
      multiplyPlain(outputs + 3 * K, q, K, ones),
    );
    const exact = i32x4.add(sums, v128.load(zeroPointCorrection));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(exact), scales));
    outputs += 4 * K;
    zeroPointCorrection += 16;
  }
}

function multiplyPlain(row: usize, q: usize, K: i32, ones: v128): v128 {
  let sums = i32x4.splat(0);
  for (const end = row + K; row < end; row += 16) {
    sums = dot<EmulatedDot>(v128.load(row), v128.load(q), sums, ones);
    q += 16;
  }
  return sums;
}
