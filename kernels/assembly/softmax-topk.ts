// kernels/assembly/softmax-topk: softmax of logits, in three passes that the host calls, and top-k. Sums in a fixed
// order, so that every machine gets the same bits.
//
// n is a multiple of 4, pointers of 16, unless said otherwise.

import { exp } from "./activations";

/** The largest of n finite numbers. Four at a time are independent: one alone would wait for the one before. */
export function largestOf(values: usize, n: i32): f32 {
  let largest = v128.load(values);
  let second = largest;
  let third = largest;
  let fourth = largest;
  const end = values + (n << 2);
  for (const wholeEnd = end - ((n & 15) << 2); values < wholeEnd; values += 64) {
    // one instruction; f32x4.max takes a dozen, for NaN
    largest = f32x4.pmax(largest, v128.load(values));
    second = f32x4.pmax(second, v128.load(values, 16));
    third = f32x4.pmax(third, v128.load(values, 32));
    fourth = f32x4.pmax(fourth, v128.load(values, 48));
  }
  for (; values < end; values += 16) largest = f32x4.pmax(largest, v128.load(values));
  largest = f32x4.pmax(f32x4.pmax(largest, second), f32x4.pmax(third, fourth));
  return max<f32>(
    max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}

/** out[i] = e^(values[i] − largest); returns their sum. `out` may be `values`. */
export function exponentials(out: usize, values: usize, n: i32, largest: f32): f32 {
  const shift = f32x4.splat(largest);
  let sum = f32x4.splat(0);
  for (const end = values + (n << 2); values < end; values += 16) {
    const power = exp(f32x4.sub(v128.load(values), shift));
    v128.store(out, power);
    sum = f32x4.add(sum, power);
    out += 16;
  }
  return (
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** values[i] *= factor. */
export function multiplyAll(values: usize, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (const end = values + (n << 2); values < end; values += 16) {
    v128.store(values, f32x4.mul(v128.load(values), factors));
  }
}

/**
 * Top-k: the indices of the k largest values that are allowed, in descending order, ties by index. Returns how many it
 * found. Most blocks of sixteen are skipped after one comparison with the k-th so far.
 */
export function softmaxTopK(
  chosen: usize, // i32 [k]
  values: usize, // f32 [n], none negative
  allowed: usize, // u8 [n], 0 or 1; any alignment
  n: i32,
  k: i32,
): i32 {
  let found = 0;
  let kth: f32 = -1; // the smallest of the chosen, once there are k
  for (let i = 0; i < n; i += 4) {
    while (
      i + 16 <= n &&
      !v128.any_true(f32x4.gt(largestOfFour(values + (i << 2)), f32x4.splat(kth)))
    )
      i += 16;
    if (i == n) break;
    if (!v128.any_true(f32x4.gt(v128.load(values + (i << 2)), f32x4.splat(kth)))) continue;
    for (let candidate = i; candidate < i + 4; candidate++) {
      const value = load<f32>(values + (candidate << 2));
      if (!(value > kth) || !load<u8>(allowed + candidate)) continue;
      let place = found < k ? found++ : k - 1;
      for (; place > 0; place--) {
        const before = load<i32>(chosen + ((place - 1) << 2));
        if (load<f32>(values + (before << 2)) >= value) break;
        store<i32>(chosen + (place << 2), before);
      }
      store<i32>(chosen + (place << 2), candidate);
      if (found == k) kth = load<f32>(values + (load<i32>(chosen + ((k - 1) << 2)) << 2));
    }
  }
  return found;
}

function largestOfFour(values: usize): v128 {
  return f32x4.pmax(
    f32x4.pmax(v128.load(values), v128.load(values, 16)),
    f32x4.pmax(v128.load(values, 32), v128.load(values, 48)),
  );
}
