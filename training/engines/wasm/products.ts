// training/engines/wasm/products: the large matrix products of a step, as gemm-chunks runs them. The recurrent products,
// which all threads share evenly at every time step, are in forward and backward.
//
// V vocabulary size, U units, L layers; layouts in layout.

import { countSquares, cutProduct, mostChunksDown } from "./gemm-chunks.ts";
import type { Product } from "./gemm-chunks.ts";
import type { MemoryLayout, Sequence } from "./layout.ts";

/** Tokens whose embedding gradients are gathered as one chunk. */
export const TOKEN_CHUNK = 16;

/** The products of a forward pass: each layer's gates but for the recurrent part, and the logits. */
export interface ForwardProducts {
  inputs: Product[];
  logits: Product;
}

/** A matrix in panels: its pointer, and the bytes from panel to panel. */
type Panels = [pointer: number, stride: number];
/** C's rows, C's panels, and K, what is summed over. */
type Sizes = [rows: number, panels: number, K: number];

/** C = A·B, or C = Aᵀ·B, cut for the threads. */
function plan(
  layout: MemoryLayout,
  transA: boolean,
  [[c, cStride], [a, aStride], [b, bStride]]: [c: Panels, a: Panels, b: Panels],
  [rows, panels, K]: Sizes,
): Product {
  const shape = { transA, c, cStride, a, aStride, b, bStride, rows, panels, K };
  return cutProduct(shape, layout.threads);
}

/** @param columns words that the softmax is computed over: V, or those of a step that samples */
export function planForward(
  layout: MemoryLayout,
  sequence: Sequence,
  columns: number,
): ForwardProducts {
  const inputs = layout.layers.map(({ kernel }, l) => {
    const gates: Panels = [sequence.gates[l]!, sequence.tokenStride];
    const x: Panels = [sequence.x[l]!, sequence.xStride[l]!];
    const sizes: Sizes = [sequence.tokens, layout.gatePanels, layout.U + 1];
    return plan(layout, false, [gates, x, [kernel, layout.kernelStride]], sizes);
  });
  const logits: Panels = [sequence.logits, sequence.softmaxStride];
  const softmax: Panels = [sequence.softmax, sequence.softmaxStride];
  const outputs: Panels = [sequence.transposed, layout.featureStride];
  const sizes: Sizes = [columns, sequence.tokenPanels, layout.U + 1];
  return { inputs, logits: plan(layout, false, [logits, softmax, outputs], sizes) };
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

/**
 * The products of a backward pass, each with a place for the sums of squares that make up the gradient's norm.
 * @param columns as for `planForward`
 */
export function planBackward(layout: MemoryLayout, columns: number): BackwardProducts {
  const output = planOutputGradient(layout, columns);
  const softmax = planSoftmaxGradient(layout, columns);
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

/** How many sums of squares a step writes, at most. */
export function mostSquares(layout: MemoryLayout): number {
  const columns = layout.sampling?.columns ?? layout.V;
  // a product with fewer columns may be cut into more chunks
  return planBackward(layout, columns).squares + mostChunksDown(columns) * layout.inputPanels;
}

function planOutputGradient(layout: MemoryLayout, columns: number): Product {
  const { logits, softmax, softmaxStride, tokens, tokenStride } = layout.training;
  const gradient: Panels = [layout.inputGradient, tokenStride];
  const sizes: Sizes = [tokens, layout.unitPanels, columns];
  const factors: [a: Panels, b: Panels] = [
    [logits, softmaxStride],
    [softmax, softmaxStride],
  ];
  return plan(layout, true, [gradient, ...factors], sizes);
}

function planSoftmaxGradient(layout: MemoryLayout, columns: number): Product {
  const { logits, softmaxStride, tokens, x, xStride } = layout.training;
  const gradient: Panels = [layout.softmaxGradient, softmaxStride];
  const outputs: Panels = [x[layout.L]!, xStride[layout.L]!];
  const sizes: Sizes = [columns, layout.inputPanels, tokens];
  return plan(layout, false, [gradient, [logits, softmaxStride], outputs], sizes);
}

function planInputGradient(layout: MemoryLayout, l: number): Product {
  const { training } = layout;
  const gradient: Panels = [layout.inputGradient, training.tokenStride];
  const gates: Panels = [training.gates[l]!, training.tokenStride];
  const kernel: Panels = [layout.layers[l]!.inputTransposed, layout.transposedStride];
  return plan(
    layout,
    false,
    [gradient, gates, kernel],
    [training.tokens, layout.unitPanels, 4 * layout.U],
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
