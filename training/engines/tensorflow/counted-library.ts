// training/engines/tensorflow/counted-library: TensorFlow that counts what it is asked to do, for tests and benchmarks.

import type { NativeBinding, TensorflowLibrary } from "./library.ts";

export interface CountedLibrary extends TensorflowLibrary {
  operations: number; // issued since the start, or since this was set to 0
  nativeMilliseconds: number; // spent in them, likewise; the rest is JavaScript's
}

/** The same library behind a binding that counts; from now on plain tfjs goes through it too. */
export function countOperations(library: TensorflowLibrary): CountedLibrary {
  const executeOp: NativeBinding["executeOp"] = (...words) => {
    const started = performance.now();
    const outputs = library.binding.executeOp(...words);
    counted.nativeMilliseconds += performance.now() - started;
    counted.operations++;
    return outputs;
  };
  // its own properties cannot be changed
  const binding = Object.create(library.binding, { executeOp: { value: executeOp } });
  const counted = { ...library, binding, operations: 0, nativeMilliseconds: 0 };
  (library.tf as { backend(): { binding: NativeBinding } }).backend().binding = binding;
  return counted;
}
