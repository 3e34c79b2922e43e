// kernels/assembly/quantise: activations in 7 bits, with a zero point of 64, as the products in rows take them. Pointers
// and K are multiples of 16.

import { pieceOf, PIECE } from "./rows";

/** q[k] = 64 + round(63 · h[k]), ties to even, for k < K; h lies in −1…1. */
export function quantiseOutput(q: usize, h: usize, K: i32): void {
  const factors = f32x4.splat(63);
  for (const end = q + K; q < end; q += 16) {
    quantiseSixteen(q, h, factors);
    h += 64;
  }
}

/** q[k] = 64 + round(63 · x[k] ÷ largest |x|) for k < K; answers what 1 of q is worth. */
export function quantiseScaled(q: usize, x: usize, K: i32): f32 {
  let largests = f32x4.splat(0);
  for (let k = 0; k < K; k += 4) {
    largests = f32x4.max(largests, f32x4.abs(v128.load(x + (k << 2))));
  }
  const largest = max<f32>(
    max<f32>(f32x4.extract_lane(largests, 0), f32x4.extract_lane(largests, 1)),
    max<f32>(f32x4.extract_lane(largests, 2), f32x4.extract_lane(largests, 3)),
  );
  const scale = largest / 63;
  const factors = f32x4.splat(largest > 0 ? 63 / largest : 0);
  for (const end = q + K; q < end; q += 16) {
    quantiseSixteen(q, x, factors);
    x += 64;
  }
  return scale;
}

// 64 + round(factor · x) of sixteen numbers, clamped to 7 bits: more would make the dot product inexact
function quantiseSixteen(q: usize, x: usize, factors: v128): void {
  const low = i16x8.narrow_i32x4_s(
    quantiseFour(v128.load(x), factors),
    quantiseFour(v128.load(x, 16), factors),
  );
  const high = i16x8.narrow_i32x4_s(
    quantiseFour(v128.load(x, 32), factors),
    quantiseFour(v128.load(x, 48), factors),
  );
  v128.store(q, i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(127)));
}

function quantiseFour(x: v128, factors: v128): v128 {
  const rounded = f32x4.nearest(f32x4.mul(x, factors));
  return i32x4.add(i32x4.trunc_sat_f32x4_s(rounded), i32x4.splat(64));
}

/** q[k] = 64 + weight[id,k]: an embedding's row is int8 already and needs the zero point alone. */
export function quantiseEmbedding(q: usize, weight: usize, id: i32, K: i32): void {
  for (let k = 0; k < K; k += PIECE) {
    const piece = pieceOf(weight, id, k, K);
    const width = min<i32>(PIECE, K - k);
    for (let i = 0; i < width; i += 16) {
      v128.store(q, i8x16.add(v128.load(piece + i), i8x16.splat(64)));
      q += 16;
    }
  }
}
