// kernels/edge-kernels: the exports of the edge's module as TypeScript sees them, generated from kernels/assembly.

import type { instantiate } from "./build/edge.js";

/** What the module exports; `kernels/assembly` documents each function. */
export type EdgeKernels = Omit<Awaited<ReturnType<typeof instantiate>>, "memory">;

/**
 * Instantiates the edge's kernels over a memory that the caller lays out.
 * @param module the compiled kernels/build/edge.wasm
 */
export function instantiateEdgeKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): EdgeKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EdgeKernels;
}
