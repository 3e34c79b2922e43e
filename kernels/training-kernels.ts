// kernels/training-kernels: the exports of the training module as TypeScript sees them, and how to have it compiled
// well. kernels/assembly says what they do.

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

type Pointer = number;

export interface TrainingKernels {
  gemm: Multiply;
  gemmTransA: Multiply;
  transposePanels(
    out: Pointer,
    outStride: number,
    input: Pointer,
    inputStride: number,
    rows: number,
    panels: number,
  ): void;
  maskPanels(
    out: Pointer,
    outStride: number,
    values: Pointer,
    valuesStride: number,
    mask: Pointer,
    maskStride: number,
    rows: number,
    panels: number,
  ): void;
  sumSquares(values: Pointer, stride: number, rows: number, panels: number): number;
  lstmCellForward(
    gates: Pointer,
    gatesStride: number,
    c: Pointer,
    previous: Pointer,
    h: Pointer,
    stateStride: number,
    out: Pointer,
    mask: Pointer,
    outStride: number,
    rows: number,
    first: number,
    last: number,
    forgetBias: number,
  ): void;
  lstmCellBackward(
    gates: Pointer,
    gatesStride: number,
    dh: Pointer,
    dhStride: number,
    dc: Pointer,
    dcStride: number,
    c: Pointer,
    previous: Pointer,
    stateStride: number,
    rows: number,
    first: number,
    last: number,
  ): void;
  crossEntropy(
    logits: Pointer,
    losses: Pointer,
    targets: Pointer,
    tokens: number,
    V: number,
    scale: number,
    scratch: Pointer,
  ): void;
  logSoftmax(out: Pointer, logits: Pointer, tokens: number, V: number, scratch: Pointer): void;
  gatherEmbedding(
    out: Pointer,
    outStride: number,
    mask: Pointer,
    table: Pointer,
    tableRow: number,
    tablePanel: number,
    ids: Pointer,
    first: number,
    last: number,
    H: number,
  ): void;
  gatherGradients(
    gradient: Pointer,
    stride: number,
    leads: Pointer,
    next: Pointer,
    first: number,
    last: number,
    H: number,
  ): number;
  scatterAdd(
    table: Pointer,
    tableRow: number,
    tablePanel: number,
    gradient: Pointer,
    stride: number,
    leads: Pointer,
    ids: Pointer,
    first: number,
    last: number,
    H: number,
  ): number;
  updateEmbedding(
    table: Pointer,
    tableRow: number,
    tablePanel: number,
    gradient: Pointer,
    stride: number,
    leads: Pointer,
    ids: Pointer,
    first: number,
    last: number,
    H: number,
    rate: number,
  ): void;
  fillMask(
    mask: Pointer,
    stride: number,
    rows: number,
    first: number,
    last: number,
    keep: number,
    seed: number,
    step: number,
    site: number,
  ): void;
  updateWeights(weight: Pointer, gradient: Pointer, n: number, rate: number): void;
  averageWeights(average: Pointer, weight: Pointer, n: number, share: number): void;
  transposeWeights(out: Pointer, outStride: number, weight: Pointer, rows: number): void;
}

type Multiply = (
  c: Pointer,
  cStride: number,
  a: Pointer,
  aStride: number,
  b: Pointer,
  bStride: number,
  rows: number,
  panels: number,
  K: number,
  add: boolean,
  wide: boolean,
) => void;

let compiled: WebAssembly.Module | undefined;

/** The training module, compiled once for the process: all threads share its machine code. */
export function compileTrainingModule(): WebAssembly.Module {
  // pairs 128-bit operations into AVX2: twice the speed; read when a module is compiled
  setFlagsFromString("--experimental-wasm-revectorize");
  // the optimising compiler alone: kernels run long from the first call on and are never replaced while they run
  setFlagsFromString("--no-liftoff");
  const file = new URL("./build/training.wasm", import.meta.url);
  compiled ??= new WebAssembly.Module(readFileSync(file));
  return compiled;
}

export function instantiateTrainingKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): TrainingKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as TrainingKernels;
}
