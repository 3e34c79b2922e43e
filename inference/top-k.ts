// inference/top-k: the largest of some numbers, where no kernel finds them.

/** The places of the k largest numbers that are allowed, the largest first, of equals the first. */
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
