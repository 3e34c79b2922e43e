// inference/top-k: the largest of some numbers, where no kernel finds them.

import type { Candidate } from "./batch-slots.ts";

/**
 * The places of the k largest numbers that are allowed, the largest first, of equals the first.
 *
 * @example
 * topPlaces(Float32Array.of(1, 3, 2), 2); // [1, 2]
 */
export function topPlaces(
  values: Float32Array,
  k: number,
  isAllowed: (at: number) => boolean = () => true,
): number[] {
  const found: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (found.length === k && value <= values[found[k - 1]!]!) continue;
    if (!isAllowed(at)) continue;
    let place = found.length;
    while (place > 0 && values[found[place - 1]!]! < value) place--;
    found.splice(place, 0, at);
    if (found.length > k) found.pop();
  }
  return found;
}

/**
 * The k largest of some probabilities, as if one of the words had to come.
 *
 * @example
 * normaliseTopK([7, 8, 9], Float32Array.of(0.125, 0.25, 0.125), 1);
 * // [{ id: 8, probability: 0.5 }]
 */
export function normaliseTopK(
  ids: ArrayLike<number>,
  probabilities: Float32Array,
  k: number,
): Candidate[] {
  let total = 0;
  for (const probability of probabilities) total += probability;
  return topPlaces(probabilities, k).map((at) => {
    return { id: ids[at]!, probability: probabilities[at]! / total };
  });
}
