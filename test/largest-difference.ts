// test/largest-difference: how far two models' weights are apart.

import type { Weights } from "#model/tensors";

/** The largest difference of any number, in parts of its tensor's largest. */
export function largestDifference(ours: Weights, theirs: Weights): number {
  let largest = 0;
  for (const [name, tensor] of theirs) {
    const other = ours.get(name)!;
    let difference = 0;
    let scale = 0;
    tensor.forEach((value, index) => {
      difference = Math.max(difference, Math.abs(value - other[index]!));
      scale = Math.max(scale, Math.abs(value));
    });
    largest = Math.max(largest, difference / scale);
  }
  return largest;
}
