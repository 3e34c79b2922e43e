import { expect, it } from "vitest";
import { countBatches, fillBatch } from "#training/data/batches";

const ids = Int32Array.from({ length: 23 }, (_, index) => index);
const shape = { B: 2, T: 3 };

it("walks each stream in order, the target always the next word", () => {
  const batch = { inputs: new Int32Array(6), targets: new Int32Array(6) };
  fillBatch(ids, 1, { ...shape, batch });
  // streams 0…10 and 11…21, second batch: time steps 3, 4, 5
  expect([...batch.inputs]).toEqual([3, 14, 4, 15, 5, 16]);
  expect([...batch.targets]).toEqual([4, 15, 5, 16, 6, 17]);
});

it.each([
  [23, 3], // streams of 11 words hold three times three inputs and the last target
  [20, 3],
  [8, 1],
  [7, 0],
  [0, 0],
])("finds the batches that %i tokens fill", (tokens, batches) => {
  expect(countBatches(tokens, shape)).toBe(batches);
});
