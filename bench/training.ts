// bench/training: how fast the wasm engine trains a preset on random words, and where the time goes.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers.

import { availableParallelism } from "node:os";
import { compileTrainingModule, instantiateTrainingKernels } from "#kernels/training-kernels";
import type { TrainingKernels } from "#kernels/training-kernels";
import { findPreset } from "#model/presets";
import type { Preset } from "#model/presets";
import { isSampled } from "#training/engines/sampled-words";
import { createWasmEngine } from "#training/engines/wasm";
import {
  CALIBRATION_BYTES,
  fastestMicroKernel,
  measureMicroKernels,
} from "#training/engines/wasm/calibration";
import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";

const WARM_UP_STEPS = 2;
const MIN_STEPS = 9;
const MAX_STEPS = 200;
const SECONDS = 12;
const PEAK_MS = 100;
const LEARNING_RATE = 0.01;

export async function run({ preset: name, threads, log }: BenchOptions): Promise<object> {
  const { model, training } = findPreset(name);
  const kernels = calibrationKernels();
  const peakBefore = measureMicroKernels(kernels, 0, PEAK_MS);
  const workers = threads ?? availableParallelism();
  const engine = await createWasmEngine({ model, training, threads: workers });
  log(`${name}: ${engine.description}`);
  const random = seededIds(model.vocabularySize);
  const tokens = training.batchSize * training.numSteps; // B · T
  const inputs = Int32Array.from({ length: tokens }, random);
  const targets = Int32Array.from({ length: tokens }, random);
  const takeStep = async () => {
    const start = performance.now();
    await engine.step(inputs, targets, LEARNING_RATE);
    return performance.now() - start;
  };

  for (let step = 0; step < WARM_UP_STEPS; step++) await takeStep();
  engine.startClocks();
  const milliseconds: number[] = [];
  const end = performance.now() + SECONDS * 1e3;
  while (
    milliseconds.length < MIN_STEPS ||
    (milliseconds.length < MAX_STEPS && performance.now() < end)
  ) {
    milliseconds.push(await takeStep());
  }
  const parts = Object.entries(engine.readClocks()).map(
    ([phase, total]) => [phase, round(total / milliseconds.length, 3)] as const,
  );
  await engine.close();

  const median = percentile(milliseconds, 0.5);
  const peaks = [...peakBefore, ...measureMicroKernels(kernels, 0, PEAK_MS)];
  const { name: tile, gflops: peak } = fastestMicroKernel(peaks);
  const gflops = stepOperations({ model, training }) / (median / 1e3) / 1e9;
  return {
    preset: name,
    engine: engine.name,
    threads: workers,
    words_per_second: round((tokens / median) * 1e3, 1),
    fastest_words_per_second: round((tokens / Math.min(...milliseconds)) * 1e3, 1),
    steps: milliseconds.length,
    gflops: round(gflops, 1),
    tile,
    tile_peak_gflops: round(peak, 1),
    share_of_peak: round(gflops / (workers * peak), 3),
    parts: Object.fromEntries(parts), // milliseconds of a step
    memory_mb: Math.ceil(engine.memoryBytes / 2 ** 20),
  };
}

/**
 * Floating-point operations of a step's matrix products: two an element forward, and twice that backward. Of a sampled
 * softmax, those of the sample: how many other targets there are depends on the text.
 */
export function stepOperations({ model, training }: Preset): number {
  const { hiddenSize: H, layers: L } = model;
  const words = isSampled(model, training) ? training.sampledWords : model.vocabularySize;
  const weights = L * 2 * H * 4 * H + H * words;
  return 6 * weights * training.batchSize * training.numSteps;
}

function calibrationKernels(): TrainingKernels {
  const pages = Math.ceil(CALIBRATION_BYTES / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return instantiateTrainingKernels(compileTrainingModule(), memory);
}

/** Random words, as often as words of their rank are in text: in inverse proportion to it (Zipf). */
export function seededIds(V: number): () => number {
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Math.floor((V + 1) ** random()) - 1;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
