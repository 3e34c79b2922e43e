// training/engines/wasm/products: the large matrix products of a step, as gemm-chunks runs them. The recurrent products,
// which all threads share evenly at every time step, are in forward and backward.
//
// V vocabulary size, U units, L layers; layouts in layout.

import { countSquares, cutProduct } from "./gemm-chunks.ts";
import type { Product } from "./gemm-chunks.ts";
import type { MemoryLayout, Sequence } from "./layout.ts";

/** Tokens whose embedding gradients are gathered as one chunk. */
export const TOKEN_CHUNK = 16;

/** The products of a forward pass: each layer's gates but for the recurrent part, and the logits. */
export interface ForwardProducts {
  inputs: Product[];
  logits: Product;
}

export function planForward(layout: MemoryLayout, sequence: Sequence): ForwardProducts {
  const inputs = layout.layers.map((layer, l) =>
    cutProduct(
      {
        transA: false,
        c: sequence.gates[l]!,
        cStride: sequence.tokenStride,
        a: sequence.x[l]!,
        aStride: sequence.xStride[l]!,
        b: layer.kernel,
        bStride: layout.kernelStride,
        rows: sequence.tokens,
        panels: layout.gatePanels,
        K: layout.U + 1,
      },
      layout.threads,
    ),
  );
  const logits = cutProduct(
    {
      transA: false,
      c: sequence.logits,
      cStride: layout.vocabularyStride,
      a: layout.softmax,
      aStride: layout.vocabularyStride,
      b: sequence.transposed,
      bStride: layout.featureStride,
      rows: layout.V,
      panels: sequence.tokenPanels,
      K: layout.U + 1,
    },
    layout.threads,
  );
  return { inputs, logits };
}

export interface LayerBackwardProducts {
  input: Product; // gradient of x[l]
  kernel: Product[]; // its input and bias rows, its previous output's rows
}

export interface BackwardProducts {
  output: Product; // gradient of x[L]
  softmax: Product; // gradient of the softmax's weights
  layers: LayerBackwardProducts[];
  squares: number; // how many sums of squares there are, those of the embedding last
  embeddingSquares: number; // where those begin
}

/** The products of a backward pass, each with a place for the sums of squares that make up the gradient's norm. */
export function planBackward(layout: MemoryLayout): BackwardProducts {
  const output = planOutputGradient(layout);
  const softmax = planSoftmaxGradient(layout);
  const layers = layout.layers.map((_, l) => ({
    input: planInputGradient(layout, l),
    kernel: planKernelGradient(layout, l),
  }));
  let squares = 0;
  for (const product of [softmax, ...layers.flatMap(({ kernel }) => kernel)]) {
    product.squares = layout.squares + 8 * squares;
    squares += countSquares(product);
  }
  const embeddingSquares = layout.squares + 8 * squares;
  squares += Math.ceil(layout.training.tokens / TOKEN_CHUNK);
  return { output, softmax, layers, squares, embeddingSquares };
}

function planOutputGradient(layout: MemoryLayout): Product {
  const { training } = layout;
  return cutProduct(
    {
      transA: true,
      c: layout.inputGradient,
      cStride: training.tokenStride,
      a: training.logits,
      aStride: layout.vocabularyStride,
      b: layout.softmax,
      bStride: layout.vocabularyStride,
      rows: training.tokens,
      panels: layout.unitPanels,
      K: layout.V,
    },
    layout.threads,
  );
}

function planSoftmaxGradient(layout: MemoryLayout): Product {
  const { training } = layout;
  return cutProduct(
    {
      transA: false,
      c: layout.softmaxGradient,
      cStride: layout.vocabularyStride,
      a: training.logits,
      aStride: layout.vocabularyStride,
      b: training.x[layout.L]!,
      bStride: training.xStride[layout.L]!,
      rows: layout.V,
      panels: layout.inputPanels,
      K: training.tokens,
    },
    layout.threads,
  );
}

function planInputGradient(layout: MemoryLayout, l: number): Product {
  const { training } = layout;
  return cutProduct(
    {
      transA: false,
      c: layout.inputGradient,
      cStride: training.tokenStride,
      a: training.gates[l]!,
      aStride: training.tokenStride,
      b: layout.layers[l]!.inputTransposed,
      bStride: layout.transposedStride,
      rows: training.tokens,
      panels: layout.unitPanels,
      K: 4 * layout.U,
    },
    layout.threads,
  );
}

function planKernelGradient(layout: MemoryLayout, l: number): Product[] {
  const { training, weightDrop, threads, U } = layout;
  const { kernelGradient } = layout.layers[l]!;
  const shared = {
    transA: true,
    cStride: layout.kernelStride,
    b: training.gates[l]!,
    bStride: training.tokenStride,
    panels: layout.gatePanels,
    K: training.tokens,
  };
  const x = { a: training.x[l]!, aStride: training.xStride[l]! };
  const h = { a: training.h[l]!, aStride: training.stateStride };
  const recurrentRows = kernelGradient + (U + 1) * 64;
  const input = cutProduct({ ...shared, ...x, c: kernelGradient, rows: U + 1 }, threads);
  const recurrent = cutProduct({ ...shared, ...h, c: recurrentRows, rows: U }, threads);
  if (weightDrop) {
    recurrent.mask = weightDrop.masks[l]!;
    recurrent.maskStride = weightDrop.stride;
  }
  return [input, recurrent];
}
