// kernels/assembly/softmax-topk: softmax of logits, in three passes that the host calls, and top-k. Sums in a fixed
// order, so that every machine gets the same bits.
//
// n is a multiple of 4, pointers of 16, unless said otherwise.

import { exp } from "./activations";

/** The largest of n finite numbers. */
export function largestOf(values: usize, n: i32): f32 {
  let largest = v128.load(values);
  for (const end = values + (n << 2); values < end; values += 16) {
    largest = f32x4.pmax(largest, v128.load(values)); // one instruction; f32x4.max takes a dozen, for NaN
  }
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
 * found. Most blocks of four are skipped after one comparison with the k-th so far.
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
