import { expect, it } from "vitest";
import { percentile } from "../../bench/percentile.ts";

it("is the nearest rank, a value that is there, whatever their order", () => {
  const values = [40, 10, 30, 20];
  expect([0, 0.25, 0.5, 0.51, 0.99, 1].map((share) => percentile(values, share))).toEqual([
    10, 10, 20, 30, 40, 40,
  ]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(values).toEqual([40, 10, 30, 20]);
});
