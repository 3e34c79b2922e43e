// training/engines/wasm/thread-context: what a thread works with, the same for every command.

import type { TrainingKernels } from "#kernels/training-kernels";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { runChunk } from "./gemm-chunks.ts";
import type { Product } from "./gemm-chunks.ts";
import type { MemoryLayout } from "./layout.ts";
import type { ThreadGroup } from "./thread-group.ts";

export interface ThreadContext {
  kernels: TrainingKernels;
  layout: MemoryLayout;
  group: ThreadGroup;
  numbers: Float64Array; // the shared memory as float64
  bytes: Uint8Array; // the same memory
  wide: boolean; // the 6 × 16 micro-kernel, else 4 × 8
  model: LanguageModelConfig;
  training: TrainingSettings;
}

/** Computes chunks of these products, in this order, until none is left. */
export function runProducts(
  { kernels, group, numbers, wide }: ThreadContext,
  products: readonly Product[],
): void {
  for (const product of products) {
    const pool = group.openPool();
    let chunk = group.nextChunk(pool);
    for (; chunk < product.chunks; chunk = group.nextChunk(pool)) {
      runChunk(kernels, numbers, wide, product, chunk);
    }
  }
}
