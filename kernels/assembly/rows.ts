// kernels/assembly/rows: int8 rows times a 7-bit vector, in exact whole numbers. The file's layout is model/edge-file's.
//
// K bytes a row, a multiple of 16. All pointers but `ids` must be multiples of 16.

import { dot, InOne, InThree, loadOnes } from "./dot";

/**
 * out[n,r] = start[n,r] + step[n] · scale[r] · ((Σ weight[r,k]·q[n,k] << shift) + offset[r]) for n < count vectors and
 * r < rows, a multiple of 4. `out` may be `start`. Rows are read once, whatever `count` is.
 */
export function multiplyRows(
  out: usize, // f32 [count, rows]
  start: usize, // f32 [count, rows], or [rows] for all of them where `startStride` is 0
  startStride: usize, // bytes from one vector's to the next's
  weight: usize, // i8 [rows, K]
  scale: usize, // f32 [rows]
  offset: usize, // i32 [rows]
  q: usize, // [count, K], each in 0..127
  step: usize, // f32 [count], what 1 of q << shift is worth; any alignment
  count: i32,
  rows: i32,
  K: i32,
  shift: i32,
  inOne: bool, // see dot
): void {
  if (inOne) {
    multiply<InOne>(out, start, startStride, weight, scale, offset, q, step, count, rows, K, shift);
  } else {
    multiply<InThree>(
      out,
      start,
      startStride,
      weight,
      scale,
      offset,
      q,
      step,
      count,
      rows,
      K,
      shift,
    );
  }
}

function multiply<Way>(
  out: usize,
  start: usize,
  startStride: usize,
  weight: usize,
  scale: usize,
  offset: usize,
  q: usize,
  step: usize,
  count: i32,
  rows: i32,
  K: i32,
  shift: i32,
): void {
  const outStride = <usize>(rows << 2);
  const ones = loadOnes();
  const end = out + outStride;
  // eight rows stay in the nearest cache for all vectors
  for (; out + 32 <= end; out += 32) {
    for (let n = 0; n < count; n++) {
      const at = out + n * outStride;
      const steps = v128.load32_splat(step + (n << 2));
      multiplyEight<Way>(
        at,
        start + n * startStride,
        weight,
        scale,
        offset,
        q + n * K,
        steps,
        K,
        shift,
        ones,
      );
    }
    weight += 8 * K;
    start += 32;
    scale += 32;
    offset += 32;
  }
  if (out == end) return;
  for (let n = 0; n < count; n++) {
    const sums = multiplyFour<Way>(
      weight,
      weight + K,
      weight + 2 * K,
      weight + 3 * K,
      q + n * K,
      K,
      ones,
    );
    const exact = i32x4.add(i32x4.shl(sums, shift), v128.load(offset));
    const steps = v128.load32_splat(step + (n << 2));
    const placed = place(exact, v128.load(scale), steps, v128.load(start + n * startStride));
    v128.store(out + n * outStride, placed);
  }
}

/** The same without a shift for one vector and the rows that `ids` names; count is a multiple of 4. */
export function gatherRows(
  out: usize, // f32 [count]
  ids: usize, // i32 [count]
  start: usize, // f32 [rows]
  weight: usize, // i8 [rows, K]
  scale: usize, // f32 [rows]
  offset: usize, // i32 [rows]
  q: usize, // [K], each in 0..127
  count: i32,
  K: i32,
  step: f32,
): void {
  const steps = f32x4.splat(step);
  const ones = loadOnes();
  for (let end = ids + (count << 2); ids < end; ids += 16) {
    const a = load<i32>(ids);
    const b = load<i32>(ids, 4);
    const c = load<i32>(ids, 8);
    const d = load<i32>(ids, 12);
    const sums = multiplyFour<InThree>(
      weight + a * K, weight + b * K, weight + c * K, weight + d * K, q, K, ones,
    ); // prettier-ignore
    const exact = i32x4.add(sums, loadFour(offset, a, b, c, d));
    const scales = loadFour(scale, a, b, c, d);
    v128.store(out, place(exact, scales, steps, loadFour(start, a, b, c, d)));
    out += 16;
  }
}

// Eight sums at once keep the multipliers busy and share each load of q.
function multiplyEight<Way>(
  out: usize,
  start: usize,
  weight: usize,
  scale: usize,
  offset: usize,
  q: usize,
  steps: v128,
  K: i32,
  shift: i32,
  ones: v128,
): void {
  const b = weight + K;
  const c = b + K;
  const d = c + K;
  const e = d + K;
  const f = e + K;
  const g = f + K;
  const h = g + K;
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  let sumE = i32x4.splat(0);
  let sumF = i32x4.splat(0);
  let sumG = i32x4.splat(0);
  let sumH = i32x4.splat(0);
  for (let k = 0; k < K; k += 16) {
    const x = v128.load(q + k);
    sumA = dot<Way>(v128.load(weight + k), x, sumA, ones);
    sumB = dot<Way>(v128.load(b + k), x, sumB, ones);
    sumC = dot<Way>(v128.load(c + k), x, sumC, ones);
    sumD = dot<Way>(v128.load(d + k), x, sumD, ones);
    sumE = dot<Way>(v128.load(e + k), x, sumE, ones);
    sumF = dot<Way>(v128.load(f + k), x, sumF, ones);
    sumG = dot<Way>(v128.load(g + k), x, sumG, ones);
    sumH = dot<Way>(v128.load(h + k), x, sumH, ones);
  }
  const low = i32x4.shl(addFour(sumA, sumB, sumC, sumD), shift);
  const high = i32x4.shl(addFour(sumE, sumF, sumG, sumH), shift);
  const exactLow = i32x4.add(low, v128.load(offset));
  const exactHigh = i32x4.add(high, v128.load(offset, 16));
  v128.store(out, place(exactLow, v128.load(scale), steps, v128.load(start)));
  v128.store(out, place(exactHigh, v128.load(scale, 16), steps, v128.load(start, 16)), 16);
}

function multiplyFour<Way>(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  q: usize,
  K: i32,
  ones: v128,
): v128 {
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  for (let k = 0; k < K; k += 16) {
    const x = v128.load(q + k);
    sumA = dot<Way>(v128.load(a + k), x, sumA, ones);
    sumB = dot<Way>(v128.load(b + k), x, sumB, ones);
    sumC = dot<Way>(v128.load(c + k), x, sumC, ones);
    sumD = dot<Way>(v128.load(d + k), x, sumD, ones);
  }
  return addFour(sumA, sumB, sumC, sumD);
}

// [a0..a3] [b0..b3] => [a0+a1, a2+a3, b0+b1, b2+b3], then both pairs => [a, b, c, d]
function addFour(a: v128, b: v128, c: v128, d: v128): v128 {
  return addNeighbours(addNeighbours(a, b), addNeighbours(c, d));
}

function addNeighbours(a: v128, b: v128): v128 {
  return i32x4.add(
    v128.shuffle<i32>(a, b, 0, 2, 4, 6), //
    v128.shuffle<i32>(a, b, 1, 3, 5, 7),
  );
}

function place(exact: v128, scale: v128, step: v128, start: v128): v128 {
  const product = f32x4.mul(f32x4.convert_i32x4_s(exact), f32x4.mul(scale, step));
  return f32x4.add(start, product);
}

function loadFour(base: usize, a: i32, b: i32, c: i32, d: i32): v128 {
  let lanes = v128.load32_zero(base + (a << 2));
  lanes = v128.load_lane<u32>(base + (b << 2), lanes, 1);
  lanes = v128.load_lane<u32>(base + (c << 2), lanes, 2);
  return v128.load_lane<u32>(base + (d << 2), lanes, 3);
}

/** q[k] = 64 + round(63 · h[k]), halves to even, for k < K; h lies in −1…1. */
export function quantiseOutput(q: usize, h: usize, K: i32): void {
  for (const end = q + K; q < end; q += 16) {
    const low = i16x8.narrow_i32x4_s(toSteps(v128.load(h)), toSteps(v128.load(h, 16)));
    const high = i16x8.narrow_i32x4_s(toSteps(v128.load(h, 32)), toSteps(v128.load(h, 48)));
    // a dot product must never meet more than 7 bits, whatever state it was handed
    v128.store(q, i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(127)));
    h += 64;
  }
}

function toSteps(h: v128): v128 {
  const rounded = f32x4.nearest(f32x4.mul(h, f32x4.splat(63)));
  return i32x4.add(i32x4.trunc_sat_f32x4_s(rounded), i32x4.splat(64));
}

/** q[k] = 64 + (row[k] >> 1): the bin of two neighbours, see model/edge-file. */
export function quantiseEmbedding(q: usize, row: usize, K: i32): void {
  for (const end = q + K; q < end; q += 16) {
    v128.store(q, i8x16.add(i8x16.shr_s(v128.load(row), 1), i8x16.splat(64)));
    row += 16;
  }
}
