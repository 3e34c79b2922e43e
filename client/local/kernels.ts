// client/local/kernels: an engine with its WebAssembly in the module itself, 6 kB, so that there is no second file to find.

import bytes from "../../kernels/build/edge.wasm";
import { createEngine } from "./engine.ts";
import type { Engine, ModelNames } from "./engine.ts";

let compiled: WebAssembly.Module | undefined;

/**
 * An engine; Workers that may not compile hand in `@afterword/client/edge.wasm`.
 *
 * @example
 * const engine = openEngine(new Uint8Array(file), { model: "default", version: "1" });
 */
export function openEngine(
  file: Uint8Array,
  names: ModelNames,
  kernels = (compiled ??= new WebAssembly.Module(bytes)),
): Engine {
  return createEngine(kernels, file, names);
}
