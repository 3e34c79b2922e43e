// training/data/batches: cuts a corpus into B parallel streams and walks them T steps at a time.
//
// B batch, T time steps.

export interface Batch {
  inputs: Int32Array; // [T, B]
  targets: Int32Array; // [T, B], the word after each input
}

/** How many batches an epoch has. */
export function countBatches(tokens: number, { B, T }: { B: number; T: number }): number {
  return Math.max(Math.floor((Math.floor(tokens / B) - 1) / T), 0);
}

/** Fills `batch` with the epoch's batch of that index: stream b is the b-th of B equal parts of the corpus. */
export function fillBatch(
  ids: Int32Array,
  index: number,
  { B, T, batch }: { B: number; T: number; batch: Batch },
): void {
  const streamLength = Math.floor(ids.length / B);
  for (let b = 0; b < B; b++) {
    const start = b * streamLength + index * T;
    for (let t = 0; t < T; t++) {
      batch.inputs[t * B + b] = ids[start + t]!;
      batch.targets[t * B + b] = ids[start + t + 1]!;
    }
  }
}
