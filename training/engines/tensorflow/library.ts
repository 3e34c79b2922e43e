// training/engines/tensorflow/library: finds and loads tfjs-node, the GPU package first. Runs no operation itself.
//
// Only its native binding is used: JavaScript tensors cost more than the operations they stand for.

import { createRequire } from "node:module";
import util from "node:util";

/** What a tensor is to the native binding: a number under which it is held until it is deleted. */
export type Handle = number;

export interface OperationAttribute {
  name: string;
  type: number; // one of the binding's TF_ATTR_…
  value: boolean | number | string | number[];
}

/** The part of tfjs-node's native binding that is used here. */
export interface NativeBinding {
  TF_FLOAT: number;
  TF_INT32: number;
  TF_INT64: number;
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
  TF_Version: string;
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): Handle;
  deleteTensor(handle: Handle): void;
  tensorDataSync(handle: Handle): Float32Array | Int32Array;
  executeOp(
    name: string,
    attributes: OperationAttribute[],
    inputs: Handle[],
    outputs: number,
  ): { id: Handle }[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
}

export interface TensorflowLibrary {
  packageName: string;
  tf: unknown; // the package's own exports, for what speaks plain tfjs
  binding: NativeBinding;
  hasGpu: boolean; // TensorFlow lists a GPU among its devices
}

const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

/**
 * Loads TensorFlow into this process; undefined where neither package is installed, an error where one is broken.
 * @param threads of the CPU device; counts for the first call in a process only
 */
export function loadTensorflow(threads: number): TensorflowLibrary | undefined {
  setEnvironment(threads);
  addRemovedNodeFunctions();
  const require = createRequire(import.meta.url);
  for (const packageName of PACKAGES) {
    if (!isInstalled(require, packageName)) continue;
    let tf: { backend(): { binding: NativeBinding } };
    try {
      tf = require(packageName) as typeof tf;
    } catch (cause) {
      const [firstLine] = (cause as Error).message.split("\n");
      throw new Error(`${packageName} is installed but does not load: ${firstLine}`, { cause });
    }
    const { binding } = tf.backend();
    return { packageName, tf, binding, hasGpu: binding.isUsingGpuDevice() };
  }
  return undefined;
}

function setEnvironment(threads: number): void {
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  // take GPU memory as it is needed, not all at once
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  // oneDNN's matrix products are slower than Eigen's at the shapes of a language model, up to twice
  process.env.TF_ENABLE_ONEDNN_OPTS ??= "0";
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // errors only
}

/** tfjs-node 4.22.0 calls these two, gone or deprecated since Node 23; its fix was merged, not released (tfjs #8425). */
function addRemovedNodeFunctions(): void {
  const removed = util as unknown as Record<string, unknown>;
  removed.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  removed.isArray = Array.isArray;
}

function isInstalled(require: NodeJS.Require, packageName: string): boolean {
  try {
    require.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
