// bench/percentile: the one way in which measured times are summed up: the nearest rank, always a time that was measured.

/** The least of the values that so large a share of them does not exceed; 0.5 is the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!;
}
