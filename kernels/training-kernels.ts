// kernels/training-kernels: the exports of the training module as TypeScript sees them, generated from
// kernels/assembly, and how to have the module compiled well.

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { instantiate } from "./build/training.js";

/** What the module exports; `kernels/assembly` documents each function. */
export type TrainingKernels = Omit<Awaited<ReturnType<typeof instantiate>>, "memory">;

let compiled: WebAssembly.Module | undefined;

/** The training module, compiled once for the process: all threads share its machine code. */
export function compileTrainingModule(): WebAssembly.Module {
  // V8 reads both flags when a module is compiled.
  // Pairs of 128-bit operations become AVX2 instructions: twice the speed.
  setFlagsFromString("--experimental-wasm-revectorize");
  // The optimising compiler alone: a kernel's first call already runs long, and would run to its end in slow code.
  setFlagsFromString("--no-liftoff");
  const file = new URL("./build/training.wasm", import.meta.url);
  compiled ??= new WebAssembly.Module(readFileSync(file));
  return compiled;
}

/** Instantiates the training kernels over the engine's shared memory; each thread has an instance of its own. */
export function instantiateTrainingKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): TrainingKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as TrainingKernels;
}
