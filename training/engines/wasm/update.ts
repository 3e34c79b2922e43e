// training/engines/wasm/update: one thread's share of the SGD step and of the weights' average.
//
// Layouts in layout.

import { SHARED_SCALARS } from "./control.ts";
import type { BackwardProducts } from "./products.ts";
import type { ThreadContext } from "./thread-context.ts";
import type { ThreadGroup } from "./thread-group.ts";
import { transposeKernelPanel } from "./weights.ts";

const SLICE_BYTES = 65_536; // of weights to update
const SLICE_ROWS = 64; // of a sampled softmax

/**
 * The SGD step, clipped by the global norm, and the weights' average; writes the loss and the norm to the shared scalars.
 * @param rows of the softmax's gradient
 */
export function runUpdate(context: ThreadContext, products: BackwardProducts, rows: number): void {
  const { kernels, layout, group, numbers } = context;
  const { scalars } = group;
  const norm = Math.sqrt(sum(numbers, layout.squares / 8, products.squares));
  const clipNorm = scalars[SHARED_SCALARS.clipNorm]!;
  const rate = scalars[SHARED_SCALARS.learningRate]! * Math.min(1, clipNorm / norm);
  const share = scalars[SHARED_SCALARS.averageShare]!;
  const average = share > 0 ? layout.average : undefined;
  if (group.index === 0) {
    scalars[SHARED_SCALARS.gradientNorm] = norm;
    const losses = new Float32Array(numbers.buffer, layout.losses, layout.training.tokens);
    scalars[SHARED_SCALARS.loss] = sum(losses, 0, losses.length) / losses.length;
  }
  layout.layers.forEach((layer, l) => {
    const pool = group.openPool();
    for (
      let panel = group.nextChunk(pool);
      panel < layout.gatePanels;
      panel = group.nextChunk(pool)
    ) {
      const offset = panel * layout.kernelStride;
      const gradient = layer.kernelGradient + offset;
      const n = layout.kernelStride / 4;
      kernels.updateWeights(layer.kernel + offset, gradient, n, rate);
      if (average)
        kernels.averageWeights(average.kernels[l]! + offset, layer.kernel + offset, n, share);
      transposeKernelPanel(kernels, layout, layer, panel);
    }
  });
  const { sampling } = layout;
  if (sampling) {
    runSlices(group, rows, SLICE_ROWS, (first, count) => {
      kernels.updateWords(
        layout.softmax, layout.vocabularyStride, layout.softmaxGradient, layout.training.softmaxStride,
        sampling.ids, first, first + count, layout.inputPanels, rate,
      ); // prettier-ignore
    });
    if (average) group.barrier(); // the average reads rows that other threads update
  }
  if (average || !sampling) {
    runSlices(group, layout.inputPanels * layout.vocabularyStride, SLICE_BYTES, (offset, bytes) => {
      const weights = layout.softmax + offset;
      if (!sampling)
        kernels.updateWeights(weights, layout.softmaxGradient + offset, bytes / 4, rate);
      if (average) kernels.averageWeights(average.softmax + offset, weights, bytes / 4, share);
    });
  }
  if (context.model.tied) return;
  const [first, last] = group.share(layout.training.tokens);
  const { embedding, embeddingRow, embeddingPanel, inputGradient, training } = layout;
  kernels.scatterAdd(
    embedding, embeddingRow, embeddingPanel, inputGradient, training.tokenStride,
    layout.firstOccurrence, training.ids, first, last, layout.U, -rate,
  ); // prettier-ignore
  if (!average) return;
  group.barrier(); // the average reads rows that other threads update
  runSlices(group, layout.V * embeddingRow, SLICE_BYTES, (offset, bytes) => {
    kernels.averageWeights(average.embedding + offset, embedding + offset, bytes / 4, share);
  });
}

// Calls back for slices of `length` until none is left; a slice stays in the cache between two kernels.
function runSlices(
  group: ThreadGroup,
  length: number,
  slice: number,
  work: (first: number, count: number) => void,
): void {
  const pool = group.openPool();
  for (;;) {
    const first = group.nextChunk(pool) * slice;
    if (first >= length) return;
    work(first, Math.min(slice, length - first));
  }
}

// In order, so that every thread gets the same bits.
function sum(numbers: Float32Array | Float64Array, first: number, count: number): number {
  let total = 0;
  for (let i = first; i < first + count; i++) total += numbers[i]!;
  return total;
}
