// kernels/assembly/rows: int8 rows times a 7-bit vector, in exact whole numbers. The file's layout is model/edge-file's.
//
// K bytes a row, a multiple of 16. All pointers but `ids` must be multiples of 16.

/**
 * out[r] = start[r] + step · scale[r] · ((Σ weight[r,k]·q[k] << shift) + offset[r]) for r < rows, a multiple of 4.
 * `out` may be `start`.
 */
export function multiplyRows(
  out: usize, // f32 [rows]
  start: usize, // f32 [rows]
  weight: usize, // i8 [rows, K]
  scale: usize, // f32 [rows]
  offset: usize, // i32 [rows]
  q: usize, // [K], each in 0..127
  rows: i32,
  K: i32,
  step: f32, // what 1 of q << shift is worth
  shift: i32,
): void {
  const steps = f32x4.splat(step);
  for (let end = out + (rows << 2); out < end; out += 16) {
    const sums = multiplyFour(weight, weight + K, weight + 2 * K, weight + 3 * K, q, K);
    const exact = i32x4.add(i32x4.shl(sums, shift), v128.load(offset));
    v128.store(out, place(exact, v128.load(scale), steps, v128.load(start)));
    weight += 4 * K;
    start += 16;
    scale += 16;
    offset += 16;
  }
}

/** The same without a shift for the rows that `ids` names; count is a multiple of 4. */
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
  for (let end = ids + (count << 2); ids < end; ids += 16) {
    const a = load<i32>(ids);
    const b = load<i32>(ids, 4);
    const c = load<i32>(ids, 8);
    const d = load<i32>(ids, 12);
    const sums = multiplyFour(weight + a * K, weight + b * K, weight + c * K, weight + d * K, q, K);
    const exact = i32x4.add(sums, loadFour(offset, a, b, c, d));
    const scales = loadFour(scale, a, b, c, d);
    v128.store(out, place(exact, scales, steps, loadFour(start, a, b, c, d)));
    out += 16;
  }
}

// Four sums at once keep four multipliers busy and share each load of q; products of two neighbours stay below 2^15, so
// whatever way a machine adds them up, the sum is the same.
function multiplyFour(a: usize, b: usize, c: usize, d: usize, q: usize, K: i32): v128 {
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  for (let k = 0; k < K; k += 16) {
    const x = v128.load(q + k);
    sumA = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(a + k), x, sumA);
    sumB = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(b + k), x, sumB);
    sumC = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(c + k), x, sumC);
    sumD = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(d + k), x, sumD);
  }
  // [a0..a3] [b0..b3] => [a0+a1, a2+a3, b0+b1, b2+b3], then both pairs => [a, b, c, d]
  const ab = addNeighbours(sumA, sumB);
  const cd = addNeighbours(sumC, sumD);
  return addNeighbours(ab, cd);
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
