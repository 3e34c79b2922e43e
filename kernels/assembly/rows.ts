// kernels/assembly/rows: int8 matrix-vector products (gemv): rows in −63…63 times vectors of 7-bit activations, summed
// exactly in int32. The layout of the rows is model/edge-file's.
//
// K bytes a row, a multiple of 16; R rows, a multiple of 8. Eight rows are interleaved in pieces of 64 bytes, the last
// piece shorter: [R/8, K/64, 8, 64]. All pointers but `ids` are multiples of 16.
//
// An activation x is stored as q = 64 + x, so Σ w·x = Σ w·q − 64 · Σ w: the last term is a row's zero-point correction.

import { addFour, dot, dotPiece, EmulatedDot, loadOnes, NativeDot } from "./dot";

export const PIECE: i32 = 64;

/** The address of a row's bytes from k on, up to the next multiple of 64. */
export function pieceOf(weight: usize, row: i32, k: i32, K: i32): usize {
  const width = min<i32>(PIECE, K - k);
  return weight + ((row & ~7) * K + 8 * k + (row & 7) * width);
}

/**
 * out[n,r] = start[n,r] + activationScale[n] · scale[r] · (Σ weight[r,k]·q[n,k] + zeroPointCorrection[r]) for count
 * vectors n. `out` may be `start`. Weights are read from memory once, whatever `count` is.
 */
export function multiplyRows(
  out: usize, // f32 [count, R]
  outStride: usize, // bytes from one vector's to the next's
  start: usize, // f32 [count, R], or [R] for all of them where `startStride` is 0
  startStride: usize,
  weight: usize, // i8 [R, K], interleaved
  scale: usize, // f32 [R]
  zeroPointCorrection: usize, // i32 [R]
  q: usize, // [count, K], each in 0..127
  activationScale: usize, // f32 [count], the value of one unit of q
  count: i32,
  R: i32,
  K: i32,
  nativeDot: bool, // hasNativeDot of dot
): void {
  const ones = loadOnes();
  for (const end = out + (R << 2); out < end; out += 32) {
    // eight rows stay in the first-level cache for all vectors
    for (let n = 0; n < count; n++) {
      const from = start + n * startStride;
      const to = out + n * outStride;
      const at = q + n * K;
      const unit = v128.load32_splat(activationScale + (n << 2));
      if (nativeDot) {
        multiplyEight<NativeDot>(to, from, weight, scale, zeroPointCorrection, at, unit, K, ones);
      } else {
        multiplyEight<EmulatedDot>(to, from, weight, scale, zeroPointCorrection, at, unit, K, ones);
      }
    }
    start += 32;
    weight += 8 * K;
    scale += 32;
    zeroPointCorrection += 32;
  }
}

// Eight rows at once: eight independent sums hide the latency of the additions.
function multiplyEight<Way>(
  out: usize,
  start: usize,
  weight: usize,
  scale: usize,
  zeroPointCorrection: usize,
  q: usize,
  unit: v128, // the activations' scale, four times
  K: i32,
  ones: v128,
): void {
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  let sumE = i32x4.splat(0);
  let sumF = i32x4.splat(0);
  let sumG = i32x4.splat(0);
  let sumH = i32x4.splat(0);
  const width = <usize>(K % PIECE);
  const end = q + K;
  for (const wholeEnd = end - width; q < wholeEnd; q += PIECE) {
    sumA = dotPiece<Way>(weight, q, sumA, ones);
    sumB = dotPiece<Way>(weight + 64, q, sumB, ones);
    sumC = dotPiece<Way>(weight + 128, q, sumC, ones);
    sumD = dotPiece<Way>(weight + 192, q, sumD, ones);
    sumE = dotPiece<Way>(weight + 256, q, sumE, ones);
    sumF = dotPiece<Way>(weight + 320, q, sumF, ones);
    sumG = dotPiece<Way>(weight + 384, q, sumG, ones);
    sumH = dotPiece<Way>(weight + 448, q, sumH, ones);
    weight += 8 * PIECE;
  }
  for (; q < end; q += 16) {
    const x = v128.load(q);
    sumA = dot<Way>(v128.load(weight), x, sumA, ones);
    sumB = dot<Way>(v128.load(weight + width), x, sumB, ones);
    sumC = dot<Way>(v128.load(weight + 2 * width), x, sumC, ones);
    sumD = dot<Way>(v128.load(weight + 3 * width), x, sumD, ones);
    sumE = dot<Way>(v128.load(weight + 4 * width), x, sumE, ones);
    sumF = dot<Way>(v128.load(weight + 5 * width), x, sumF, ones);
    sumG = dot<Way>(v128.load(weight + 6 * width), x, sumG, ones);
    sumH = dot<Way>(v128.load(weight + 7 * width), x, sumH, ones);
    weight += 16;
  }
  const exactLow = i32x4.add(addFour(sumA, sumB, sumC, sumD), v128.load(zeroPointCorrection));
  const exactHigh = i32x4.add(addFour(sumE, sumF, sumG, sumH), v128.load(zeroPointCorrection, 16));
  v128.store(out, dequantise(exactLow, v128.load(scale), unit, v128.load(start)));
  v128.store(out, dequantise(exactHigh, v128.load(scale, 16), unit, v128.load(start, 16)), 16);
}

/** The same for one vector and the rows listed in `ids`; count is a multiple of 4. */
export function gatherRows(
  out: usize, // f32 [count]
  ids: usize, // i32 [count]
  start: usize, // f32 [R]
  weight: usize, // i8 [R, K], interleaved
  scale: usize, // f32 [R]
  zeroPointCorrection: usize, // i32 [R]
  q: usize, // [K], each in 0..127
  count: i32,
  K: i32,
  activationScale: f32,
): void {
  const unit = f32x4.splat(activationScale);
  const ones = loadOnes();
  for (let end = ids + (count << 2); ids < end; ids += 16) {
    const a = load<i32>(ids);
    const b = load<i32>(ids, 4);
    const c = load<i32>(ids, 8);
    const d = load<i32>(ids, 12);
    const sums = addFour(
      multiplyOne(weight, a, q, K, ones),
      multiplyOne(weight, b, q, K, ones),
      multiplyOne(weight, c, q, K, ones),
      multiplyOne(weight, d, q, K, ones),
    );
    const exact = i32x4.add(sums, loadFour(zeroPointCorrection, a, b, c, d));
    const scales = loadFour(scale, a, b, c, d);
    v128.store(out, dequantise(exact, scales, unit, loadFour(start, a, b, c, d)));
    out += 16;
  }
}

function multiplyOne(weight: usize, row: i32, q: usize, K: i32, ones: v128): v128 {
  let sums = i32x4.splat(0);
  let piece = pieceOf(weight, row, 0, K);
  const whole = K - (K % PIECE);
  for (let k = 0; k < whole; k += PIECE) {
    sums = dotPiece<EmulatedDot>(piece, q + k, sums, ones);
    piece += 8 * PIECE;
  }
  piece = pieceOf(weight, row, whole, K);
  for (let k = whole; k < K; k += 16) {
    sums = dot<EmulatedDot>(v128.load(piece), v128.load(q + k), sums, ones);
    piece += 16;
  }
  return sums;
}

// start + exact · scale · unit
function dequantise(exact: v128, scale: v128, unit: v128, start: v128): v128 {
  const product = f32x4.mul(f32x4.convert_i32x4_s(exact), f32x4.mul(scale, unit));
  return f32x4.add(start, product);
}

function loadFour(base: usize, a: i32, b: i32, c: i32, d: i32): v128 {
  let lanes = v128.load32_zero(base + (a << 2));
  lanes = v128.load_lane<u32>(base + (b << 2), lanes, 1);
  lanes = v128.load_lane<u32>(base + (c << 2), lanes, 2);
  return v128.load_lane<u32>(base + (d << 2), lanes, 3);
}
