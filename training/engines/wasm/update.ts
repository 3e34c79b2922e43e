// training/engines/wasm/update: one thread's share of the SGD step and of the weights' average.
//
// Layouts in layout.

import { SHARED_SCALARS } from "./control.ts";
import type { BackwardProducts } from "./products.ts";
import type { ThreadContext } from "./thread-context.ts";
import type { ThreadGroup } from "./thread-group.ts";
import { transposeKernelPanel } from "./weights.ts";

const SLICE_BYTES = 65_536; // of weights to update

/**
 * The SGD step, clipped by the global norm, and the weights' average; writes the loss and the norm to the shared scalars.
 */
export function runUpdate(context: ThreadContext, products: BackwardProducts): void {
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
  runSlices(group, layout.inputPanels * layout.vocabularyStride, (offset, n) => {
    kernels.updateWeights(layout.softmax + offset, layout.softmaxGradient + offset, n, rate);
    if (average)
      kernels.averageWeights(average.softmax + offset, layout.softmax + offset, n, share);
  });
  if (context.model.tied) return;
  const [first, last] = group.share(layout.training.tokens);
  const { embedding, embeddingRow, embeddingPanel, inputGradient, training } = layout;
  kernels.scatterAdd(
    embedding, embeddingRow, embeddingPanel, inputGradient, training.tokenStride,
    layout.firstOccurrence, training.ids, first, last, layout.U, -rate,
  ); // prettier-ignore
  if (!average) return;
  group.barrier(); // the average reads rows that other threads update
  runSlices(group, layout.V * embeddingRow, (offset, n) => {
    kernels.averageWeights(average.embedding + offset, embedding + offset, n, share);
  });
}

// Calls back for slices of `bytes` until none is left; a slice stays in the cache between two kernels.
function runSlices(
  group: ThreadGroup,
  bytes: number,
  work: (offset: number, n: number) => void,
): void {
  const pool = group.openPool();
  for (;;) {
    const offset = group.nextChunk(pool) * SLICE_BYTES;
    if (offset >= bytes) return;
    work(offset, Math.min(SLICE_BYTES, bytes - offset) / 4);
  }
}

// In order, so that every thread gets the same bits.
function sum(numbers: Float32Array | Float64Array, first: number, count: number): number {
  let total = 0;
  for (let i = first; i < first + count; i++) total += numbers[i]!;
  return total;
}
