// training/engines/wasm/calibration: measures both tiles in a few milliseconds and picks the faster.

import type { TrainingKernels } from "#kernels/training-kernels";

// A product that stays in the second-level cache, as the engine's chunks do.
const ROWS = 60;
const PANELS = 4;
const K = 256;
const GIGA_OPERATIONS = (2 * ROWS * 16 * PANELS * K) / 1e9;

export interface Tile {
  wide: boolean;
  name: string;
  gflops: number; // of one core
}

/** How fast each tile is on this machine; `at` is CALIBRATION_BYTES of memory that is all 0, and stays so. */
export function measureTiles(kernels: TrainingKernels, at: number, milliseconds: number): Tile[] {
  return [
    { wide: true, name: "6 × 16" },
    { wide: false, name: "4 × 8" },
  ].map((tile) => ({ ...tile, gflops: measure(kernels, at, tile.wide, milliseconds) }));
}

export function fastestTile(tiles: Tile[]): Tile {
  return tiles.reduce((best, tile) => (tile.gflops > best.gflops ? tile : best));
}

// The best of many short runs: others on the machine can only slow them down.
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

export const CALIBRATION_BYTES =
  (K / 16) * (ROWS + 1) * 64 + PANELS * (K + 1) * 64 + PANELS * (ROWS + 1) * 64;
