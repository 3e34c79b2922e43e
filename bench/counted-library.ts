// bench/counted-library: a TensorFlow library that counts the operations it is asked for and the time they take.

import type { NativeBinding, TensorflowLibrary } from "#training/engines/tensorflow/library";

export interface CountedLibrary extends TensorflowLibrary {
  operations: number; // issued since the start, or since this was set to 0
  nativeMilliseconds: number; // spent in TensorFlow, likewise; the rest is JavaScript's
}

/** The same library behind a binding that counts; from now on plain tfjs goes through it too. */
export function countOperations(library: TensorflowLibrary): CountedLibrary {
  const { binding: native } = library;
  const timed = <Result>(work: () => Result): Result => {
    const started = performance.now();
    const result = work();
    counted.nativeMilliseconds += performance.now() - started;
    return result;
  };
  const calls: Pick<NativeBinding, "executeOp" | "createTensor" | "deleteTensor"> = {
    executeOp: (...words) => {
      counted.operations++;
      return timed(() => native.executeOp(...words));
    },
    createTensor: (...words) => timed(() => native.createTensor(...words)),
    deleteTensor: (handle) => timed(() => native.deleteTensor(handle)),
  };
  // the binding's own properties cannot be changed
  const binding = Object.create(native, Object.getOwnPropertyDescriptors(calls)) as NativeBinding;
  const counted = { ...library, binding, operations: 0, nativeMilliseconds: 0 };
  (library.tf as { backend(): { binding: NativeBinding } }).backend().binding = binding;
  return counted;
}
