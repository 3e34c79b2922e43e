// kernels/edge-kernels: the exports of the edge's module as TypeScript sees them; kernels/assembly says what they do.

type Pointer = number;

export interface EdgeKernels {
  hasNativeDot(): boolean;
  multiplyRows(
    out: Pointer,
    start: Pointer,
    startStride: number,
    weight: Pointer,
    scale: Pointer,
    offset: Pointer,
    q: Pointer,
    step: Pointer,
    count: number,
    R: number,
    K: number,
    inOne: boolean,
  ): void;
  gatherRows(
    out: Pointer,
    ids: Pointer,
    start: Pointer,
    weight: Pointer,
    scale: Pointer,
    offset: Pointer,
    q: Pointer,
    count: number,
    K: number,
    step: number,
  ): void;
  compareOutputs(
    out: Pointer,
    outputs: Pointer,
    offset: Pointer,
    q: Pointer,
    R: number,
    K: number,
    step: number,
  ): void;
  quantiseEmbedding(q: Pointer, weight: Pointer, id: number, K: number): void;
  quantiseOutput(q: Pointer, h: Pointer, K: number): void;
  stepCell(c: Pointer, h: Pointer, gates: Pointer, P: number): void;
  largestOf(values: Pointer, n: number): number;
  exponentials(out: Pointer, values: Pointer, n: number, largest: number): number;
  multiplyAll(values: Pointer, n: number, factor: number): void;
  softmaxTopK(chosen: Pointer, values: Pointer, allowed: Pointer, n: number, k: number): number;
}

export function instantiateEdgeKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): EdgeKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EdgeKernels;
}
