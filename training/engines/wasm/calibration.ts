// training/engines/wasm/calibration: measures both micro-kernels in a few milliseconds and picks the faster.

import type { TrainingKernels } from "#kernels/training-kernels";

// A product that stays in the second-level cache, as the engine's chunks do.
const ROWS = 60;
const PANELS = 4;
const K = 256;
const GIGA_OPERATIONS = (2 * ROWS * 16 * PANELS * K) / 1e9;

export interface MicroKernel {
  wide: boolean; // 6 × 16, else 4 × 8
  name: string;
  gflops: number; // of one core
}

/** The bytes of memory that a measurement needs. */
export const CALIBRATION_BYTES =
  (K / 16) * (ROWS + 1) * 64 + PANELS * (K + 1) * 64 + PANELS * (ROWS + 1) * 64;

/**
 * How fast each micro-kernel is on this machine.
 * @param at CALIBRATION_BYTES of memory that are all 0, and stay so
 */
export function measureMicroKernels(
  kernels: TrainingKernels,
  at: number,
  milliseconds: number,
): MicroKernel[] {
  return [
    { wide: true, name: "6 × 16" },
    { wide: false, name: "4 × 8" },
  ].map((kernel) => ({ ...kernel, gflops: measure(kernels, at, kernel.wide, milliseconds) }));
}

export function fastestMicroKernel(kernels: MicroKernel[]): MicroKernel {
  return kernels.reduce((best, kernel) => (kernel.gflops > best.gflops ? kernel : best));
}

// The best of many short runs: other processes can only make a run slower.
function measure(kernels: TrainingKernels, at: number, wide: boolean, milliseconds: number) {
  const aStride = (ROWS + 1) * 64;
  const bStride = (K + 1) * 64;
  const a = at;
  const b = a + (K / 16) * aStride;
  const c = b + PANELS * bStride;
  const run = () => {
    const start = performance.now();
    kernels.gemm(c, aStride, a, aStride, b, bStride, ROWS, PANELS, K, false, wide);
    return performance.now() - start;
  };
  run(); // compiles
  let best = Infinity;
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    best = Math.min(best, run());
  }
  return GIGA_OPERATIONS / (best / 1e3);
}
