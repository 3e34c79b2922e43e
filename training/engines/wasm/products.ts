// training/engines/wasm/products: the large matrix products of a step, each cut into chunks that threads take one by
// one. The recurrent products, which every thread shares evenly, are in forward and backward.
//
// A chunk is a block of the result over all of K. Whoever computes it, its sums run in the same order, so results do not
// depend on the number of threads.

import type { TrainingKernels } from "#kernels/training-kernels";
import type { Plan, Sequence } from "./plan.ts";

// What lies beyond the second-level cache costs as much as the arithmetic unless a chunk uses it often: large chunks.
// With K in blocks (assembly/products), 352 rows of A and 22 panels of C stay in 1 MiB.
const CHUNK_ROWS = 352;
const CHUNK_PANELS = 22;
const MIN_CHUNKS = 4; // so that threads end together
/** Tokens whose embedding gradients are gathered as one chunk. */
export const TOKEN_CHUNK = 16;

export interface Product {
  form: "along" | "across"; // A·B or Aᵀ·B
  c: number;
  cStride: number;
  a: number;
  aStride: number;
  b: number;
  bStride: number;
  rows: number;
  panels: number;
  K: number;
  mask: number; // of the result, multiplied with it; 0 for none
  maskStride: number;
  chunkRows: number; // a multiple of 16
  chunkPanels: number;
  chunksAcross: number;
  chunks: number;
  squares: number; // where each chunk writes Σ squares of its result, 0 for nowhere
}

type Shape = Omit<
  Product,
  "mask" | "maskStride" | "chunkRows" | "chunkPanels" | "chunksAcross" | "chunks" | "squares"
>;

function cut(shape: Shape): Product {
  const chunksDown = Math.ceil(shape.rows / CHUNK_ROWS);
  const chunkRows = 16 * Math.ceil(shape.rows / chunksDown / 16);
  const atLeast = Math.max(MIN_CHUNKS / chunksDown, shape.panels / CHUNK_PANELS);
  const chunkPanels = Math.ceil(shape.panels / Math.ceil(atLeast));
  const chunksAcross = Math.ceil(shape.panels / chunkPanels);
  const chunks = Math.ceil(shape.rows / chunkRows) * chunksAcross;
  const blocks = { chunkRows, chunkPanels, chunksAcross, chunks };
  return { ...shape, ...blocks, mask: 0, maskStride: 0, squares: 0 };
}

export function runChunk(
  kernels: TrainingKernels,
  memory: Float64Array,
  wide: boolean,
  product: Product,
  chunk: number,
): void {
  const row = Math.floor(chunk / product.chunksAcross) * product.chunkRows;
  const panel = (chunk % product.chunksAcross) * product.chunkPanels;
  const rows = Math.min(product.chunkRows, product.rows - row);
  const panels = Math.min(product.chunkPanels, product.panels - panel);
  const { cStride, aStride, bStride, K } = product;
  const c = product.c + panel * cStride + row * 64;
  const b = product.b + panel * bStride;
  if (product.form === "along") {
    const a = product.a + row * 64;
    kernels.gemm(c, cStride, a, aStride, b, bStride, rows, panels, K, false, wide);
  } else {
    const a = product.a + (row / 16) * aStride;
    kernels.gemmTransA(c, cStride, a, aStride, b, bStride, rows, panels, K, false, wide);
  }
  if (product.mask > 0) {
    const mask = product.mask + panel * product.maskStride + row * 64;
    kernels.maskPanels(c, cStride, c, cStride, mask, product.maskStride, rows, panels);
  }
  if (product.squares > 0) {
    memory[product.squares / 8 + chunk] = kernels.sumSquares(c, cStride, rows, panels);
  }
}

/** What each layer's gates are before the recurrent part, and the logits at the end. */
export interface ForwardProducts {
  inputs: Product[];
  logits: Product;
}

export function planForward(plan: Plan, sequence: Sequence): ForwardProducts {
  const inputs = plan.layers.map((layer, l) =>
    cut({
      form: "along",
      c: sequence.gates[l]!,
      cStride: sequence.tokenStride,
      a: sequence.x[l]!,
      aStride: sequence.xStride[l]!,
      b: layer.kernel,
      bStride: plan.kernelStride,
      rows: sequence.tokens,
      panels: plan.gatePanels,
      K: plan.U + 1,
    }),
  );
  const logits = cut({
    form: "along",
    c: sequence.logits,
    cStride: plan.vocabularyStride,
    a: plan.softmax,
    aStride: plan.vocabularyStride,
    b: sequence.transposed,
    bStride: plan.featureStride,
    rows: plan.V,
    panels: sequence.tokenPanels,
    K: plan.U + 1,
  });
  return { inputs, logits };
}

export interface BackwardProducts {
  output: Product; // gradient of x[L]
  softmax: Product;
  layers: {
    input: Product; // gradient of x[l]
    kernel: Product[]; // its input and bias rows, its previous output's rows
  }[];
  squares: number; // how many sums of squares there are, those of the embedding last
  embeddingSquares: number; // where those begin
}

export function planBackward(plan: Plan): BackwardProducts {
  const { U, training } = plan;
  const output = cut({
    form: "across",
    c: plan.inputGradient,
    cStride: training.tokenStride,
    a: training.logits,
    aStride: plan.vocabularyStride,
    b: plan.softmax,
    bStride: plan.vocabularyStride,
    rows: training.tokens,
    panels: plan.unitPanels,
    K: plan.V,
  });
  const softmax = cut({
    form: "along",
    c: plan.softmaxGradient,
    cStride: plan.vocabularyStride,
    a: training.logits,
    aStride: plan.vocabularyStride,
    b: training.x[plan.L]!,
    bStride: training.xStride[plan.L]!,
    rows: plan.V,
    panels: plan.inputPanels,
    K: training.tokens,
  });
  const layers = plan.layers.map((layer, l) => {
    const gates = { b: training.gates[l]!, bStride: training.tokenStride, panels: plan.gatePanels };
    const kernel = { form: "across", cStride: plan.kernelStride, K: training.tokens } as const;
    const recurrent = cut({
      ...kernel,
      ...gates,
      c: layer.kernelGradient + (U + 1) * 64,
      a: training.h[l]!,
      aStride: training.stateStride,
      rows: U,
    });
    if (plan.weightDrop) {
      recurrent.mask = plan.weightDrop.masks[l]!;
      recurrent.maskStride = plan.weightDrop.stride;
    }
    return {
      input: cut({
        form: "along",
        c: plan.inputGradient,
        cStride: training.tokenStride,
        a: training.gates[l]!,
        aStride: training.tokenStride,
        b: layer.inputTransposed,
        bStride: plan.transposedStride,
        rows: training.tokens,
        panels: plan.unitPanels,
        K: 4 * U,
      }),
      kernel: [
        cut({
          ...kernel,
          ...gates,
          c: layer.kernelGradient,
          a: training.x[l]!,
          aStride: training.xStride[l]!,
          rows: U + 1,
        }),
        recurrent,
      ],
    };
  });
  let squares = 0;
  for (const product of [softmax, ...layers.flatMap(({ kernel }) => kernel)]) {
    product.squares = plan.squares + 8 * squares;
    squares += product.chunks;
  }
  const embeddingSquares = plan.squares + 8 * squares;
  squares += Math.ceil(training.tokens / TOKEN_CHUNK);
  return { output, softmax, layers, squares, embeddingSquares };
}
