// training/tensorboard: a run's curves and histograms as a file that TensorBoard reads, whatever the engine.

import { appendFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { encodeFileVersion, encodeSummary, frameRecord } from "./tensorboard-records.ts";
import type { Histogram, SummaryValue } from "./tensorboard-records.ts";

const BUCKETS = 64;

export class TensorboardWriter {
  readonly path: string;

  /** Begins a new file in that folder; TensorBoard shows the folder's files as one run. */
  constructor(folder: string, now = Date.now()) {
    const seconds = Math.floor(now / 1000);
    this.path = join(
      folder,
      `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.afterword`,
    );
    appendFileSync(this.path, frameRecord(encodeFileVersion(now / 1000)));
  }

  /** Appends one point to each curve. */
  writeScalars(step: number, scalars: Record<string, number>): void {
    this.#write(
      step,
      Object.entries(scalars).map(([tag, number]) => ({ tag, number })),
    );
  }

  writeHistograms(step: number, tensors: Map<string, Float32Array>): void {
    this.#write(
      step,
      Array.from(tensors, ([tag, numbers]) => ({ tag, histogram: countInBuckets(numbers) })),
    );
  }

  #write(step: number, values: SummaryValue[]): void {
    const event = encodeSummary(values, { wallTimeSeconds: Date.now() / 1000, step });
    appendFileSync(this.path, frameRecord(event));
  }
}

/** How the numbers spread over equal buckets between the least and the largest of them. */
export function countInBuckets(numbers: Float32Array): Histogram {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let sumOfSquares = 0;
  for (const number of numbers) {
    if (number < min) min = number;
    if (number > max) max = number;
    sum += number;
    sumOfSquares += number * number;
  }
  const width = (max - min) / BUCKETS || 1; // all equal: any width will do
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (const number of numbers) {
    counts[Math.min(Math.floor((number - min) / width), BUCKETS - 1)]!++;
  }
  const limits = counts.map((_, bucket) => min + (bucket + 1) * width);
  return { min, max, count: numbers.length, sum, sumOfSquares, limits, counts };
}
