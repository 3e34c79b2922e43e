// kernels/assembly/dot: int8 weights times 7-bit activations, added to four sums of whole numbers.
//
// Products of two neighbours stay below 2^15, so whatever way a machine adds them up, the sum is the same.

// The way to do it is a type, so that the compiler makes a loop for each.
/** One instruction, where the machine has such a one: AVX-VNNI, ARM's dot products. */
export type NativeDot = i8;
/** Three for sixteen: elsewhere the one would be these, and two more that make a vector of ones anew each time. */
export type EmulatedDot = i16;

const ONE = memory.data<i16>([1]);

/** What `dot` wants as `ones`; loaded, as V8 would build a vector constant anew each time. */
export function loadOnes(): v128 {
  return v128.load16_splat(ONE);
}

/** Sixteen of each; a weight may be −127…127. */
export function dot<Way>(weights: v128, q: v128, sums: v128, ones: v128): v128 {
  if (sizeof<Way>() == sizeof<NativeDot>()) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, q, sums);
  }
  return i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(weights, q), ones));
}

/** The same for 64 of each with weights in −63…63, so that sums of four products stay below 2^15 too. */
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
 * Whether this machine does it in one instruction. Told by what is left to the machine where q has more than 7 bits:
 * only pairs of products that are added in 16 bits stop at 2^15 − 1.
 */
export function hasNativeDot(): bool {
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(
    i8x16.splat(127),
    i8x16.splat(-1),
    i32x4.splat(0),
  );
  return i32x4.extract_lane(sums, 0) != 2 * i16.MAX_VALUE;
}
