// training/run/tensorboard: a run's curves and histograms as the bytes of a file that TensorBoard reads, whatever the engine.

import { hostname } from "node:os";
import {
  encodeFileVersion,
  encodeRestart,
  encodeSummary,
  frameRecord,
} from "./tensorboard-records.ts";
import type { Histogram, SummaryValue } from "./tensorboard-records.ts";

const BUCKETS = 64;

/** An event file's name; TensorBoard shows all event files of a folder as one run. */
export function nameEventFile(now = Date.now()): string {
  const seconds = Math.floor(now / 1000);
  return `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.afterword`;
}

/**
 * What an event file begins with.
 * @param restartStep of a run that goes on: TensorBoard forgets what earlier files say of this step and later ones
 */
export function encodeFileStart(restartStep?: number): Uint8Array {
  const wallTime = Date.now() / 1000; // in seconds
  const version = frameRecord(encodeFileVersion(wallTime));
  if (restartStep === undefined) return version;
  const restart = encodeRestart({ wallTime, step: restartStep });
  return Buffer.concat([version, frameRecord(restart)]);
}

/** One point on each curve. */
export function encodeScalars(step: number, scalars: Record<string, number>): Uint8Array {
  return encodeEvent(
    step,
    Object.entries(scalars).map(([tag, number]) => ({ tag, number })),
  );
}

export function encodeHistograms(step: number, tensors: Map<string, Float32Array>): Uint8Array {
  return encodeEvent(
    step,
    Array.from(tensors, ([tag, numbers]) => ({ tag, histogram: countInBuckets(numbers) })),
  );
}

function encodeEvent(step: number, values: SummaryValue[]): Uint8Array {
  return frameRecord(encodeSummary(values, { wallTime: Date.now() / 1000, step }));
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
