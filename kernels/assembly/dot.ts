// kernels/assembly/dot: the relaxed dot product: 16 int8 weights times 16 activations of 7 bits, added to four int32 sums.
//
// Relaxed means that overflow of the 16-bit intermediate sums differs between machines. With 7-bit activations a sum of
// two products stays below 2^15 and never overflows, so the result is exact and the same everywhere.

// Which of two ways is a template parameter, so that the compiler makes a loop for each.
/** One instruction, on machines with AVX-VNNI or ARM's dot products. */
export type NativeDot = i8;
/** Three instructions; without VNNI V8 would expand the one to these and two more, to build a vector of ones. */
export type EmulatedDot = i16;

const ONE = memory.data<i16>([1]);

/** The argument `ones` of `dot`: loaded, because V8 builds a v128.const anew each time it is used. */
export function loadOnes(): v128 {
  return v128.load16_splat(ONE);
}

/** Adds the dot product of 16 weights, −127…127, and 16 activations to `sums`. */
export function dot<Way>(weights: v128, q: v128, sums: v128, ones: v128): v128 {
  if (sizeof<Way>() == sizeof<NativeDot>()) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, q, sums);
  }
  return i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(weights, q), ones));
}

/** The same for 64 of each; weights lie in −63…63, so that sums of four products stay below 2^15 too. */
export function dotPiece<Way>(weights: usize, q: usize, sums: v128, ones: v128): v128 {
  if (sizeof<Way>() == sizeof<NativeDot>()) {
    let total = dot<Way>(v128.load(weights), v128.load(q), sums, ones);
    total = dot<Way>(v128.load(weights, 16), v128.load(q, 16), total, ones);
    total = dot<Way>(v128.load(weights, 32), v128.load(q, 32), total, ones);
    return dot<Way>(v128.load(weights, 48), v128.load(q, 48), total, ones);
  }
  const low = i16x8.add(
    i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(weights), v128.load(q)),
    i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(weights, 16), v128.load(q, 16)),
  );
  const high = i16x8.add(
    i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(weights, 32), v128.load(q, 32)),
    i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(weights, 48), v128.load(q, 48)),
  );
  const total = i32x4.add(sums, i32x4.dot_i16x8_s(low, ones));
  return i32x4.add(total, i32x4.dot_i16x8_s(high, ones));
}

/**
 * Whether the machine has a native dot product (VNNI). Detected by the implementation-defined result for an activation of
 * 8 bits: only the emulation adds pairs of products in 16 bits, which saturate at 2^15 − 1.
 */
export function hasNativeDot(): bool {
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(
    i8x16.splat(127),
    i8x16.splat(-1),
    i32x4.splat(0),
  );
  return i32x4.extract_lane(sums, 0) != 2 * i16.MAX_VALUE;
}

/** The sums of the lanes of four vectors: [a0..a3] [b0..b3] => [a0+a1, a2+a3, b0+b1, b2+b3], then again for both pairs. */
export function addFour(a: v128, b: v128, c: v128, d: v128): v128 {
  return addNeighbours(addNeighbours(a, b), addNeighbours(c, d));
}

function addNeighbours(a: v128, b: v128): v128 {
  return i32x4.add(
    v128.shuffle<i32>(a, b, 0, 2, 4, 6), //
    v128.shuffle<i32>(a, b, 1, 3, 5, 7),
  );
}
