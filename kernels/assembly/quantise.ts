// kernels/assembly/quantise: activations in 7 bits, with a zero point of 64, as the products in rows take them. Pointers
// and K are multiples of 16.

import { pieceOf, PIECE } from "./rows";

/** q[k] = 64 + round(63 · h[k]), ties to even, for k < K; h lies in −1…1. */
export function quantiseOutput(q: usize, h: usize, K: i32): void {
  for (const end = q + K; q < end; q += 16) {
    const low = i16x8.narrow_i32x4_s(quantiseFour(v128.load(h)), quantiseFour(v128.load(h, 16)));
    const high = i16x8.narrow_i32x4_s(
      quantiseFour(v128.load(h, 32)),
      quantiseFour(v128.load(h, 48)),
    );
    // clamped to 7 bits even for a state that is out of range: more would make the dot product inexact
    v128.store(q, i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(127)));
    h += 64;
  }
}

function quantiseFour(h: v128): v128 {
  const rounded = f32x4.nearest(f32x4.mul(h, f32x4.splat(63)));
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
