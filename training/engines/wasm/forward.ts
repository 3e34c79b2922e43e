// training/engines/wasm/forward: one thread's share of the forward pass, from ids to logits, in training and in scoring.
//
// B batch, U units, L layers; layouts in layout.

import type { Sampling, Sequence } from "./layout.ts";
import type { ForwardProducts } from "./products.ts";
import { runProducts } from "./thread-context.ts";
import type { ThreadContext } from "./thread-context.ts";

/**
 * Sampled softmax: copies the weights of the step's words together, and zeroes the gradient's rows that only inputs will
 * be added to. They are read and written after later barriers only.
 */
export function gatherSampledWords(
  { kernels, layout, group, bytes }: ThreadContext,
  { ids, logProbabilities }: Sampling,
  { columns, rows }: { columns: number; rows: number },
): void {
  const { softmax, softmaxStride } = layout.training;
  const [first, last] = group.share(columns);
  kernels.gatherWords(
    softmax, softmaxStride, layout.softmax, layout.vocabularyStride,
    ids, logProbabilities, first, last, layout.U,
  ); // prettier-ignore
  const [firstPanel, lastPanel] = group.share(layout.inputPanels);
  for (let panel = firstPanel; panel < lastPanel; panel++) {
    const gradient = layout.softmaxGradient + panel * softmaxStride;
    bytes.fill(0, gradient + columns * 64, gradient + rows * 64);
  }
}

/**
 * Weight-drop: masks the recurrent matrices for this step. Each thread does the panels that it also has in the
 * recurrence, so no barrier is needed before that; the transposed copy is read after later barriers only.
 */
export function dropRecurrentWeights(context: ThreadContext, step: number): void {
  const { kernels, layout, group } = context;
  const { recurrentKeepProb, seed } = context.training;
  const { U, L, kernelStride, transposedStride, weightDrop } = layout;
  if (!weightDrop) return;
  const { stride } = weightDrop;
  const [first, last] = group.share(layout.gatePanels);
  layout.layers.forEach((layer, l) => {
    const mask = weightDrop.masks[l]!;
    const site = L + 1 + l; // after dropout's sites
    kernels.fillMask(mask, stride, U, first, last, recurrentKeepProb, seed, step, site);
    for (let panel = first; panel < last; panel++) {
      const offset = panel * stride;
      const weights = layer.kernel + panel * kernelStride + (U + 1) * 64;
      const dropped = weightDrop.recurrent[l]! + offset;
      kernels.maskPanels(dropped, stride, weights, kernelStride, mask + offset, stride, U, 1);
      const to = layer.recurrentTransposed + panel * 1_024;
      kernels.transposeWeights(to, transposedStride, dropped, U);
    }
  });
}

/**
 * From `sequence.ids` to `sequence.logits`, through the first `steps` time steps; slot 0 of h and c is the state before.
 * @param dropoutStep the counter of the dropout masks
 */
export function runForward(
  context: ThreadContext,
  sequence: Sequence,
  products: ForwardProducts,
  steps: number,
  dropoutStep: number,
): void {
  const { kernels, layout, group } = context;
  group.beginPhase("input_product");
  if (sequence.masks.length > 0) fillMasks(context, sequence, dropoutStep);
  const [firstToken, lastToken] = group.share(steps * sequence.batch);
  kernels.gatherEmbedding(
    sequence.x[0]!,
    sequence.xStride[0]!,
    sequence.masks[0] ?? 0,
    layout.embedding,
    layout.embeddingRow,
    layout.embeddingPanel,
    sequence.ids,
    firstToken,
    lastToken,
    layout.U,
  );
  group.barrier();
  for (let layer = 0; layer < layout.L; layer++) {
    group.beginPhase("input_product");
    runProducts(context, [products.inputs[layer]!]);
    group.barrier();
    group.beginPhase("recurrence");
    runRecurrence(context, sequence, layer, steps);
  }
  group.beginPhase("softmax");
  const [firstPanel, lastPanel] = group.share(layout.inputPanels);
  const top = sequence.xStride[layout.L]!;
  kernels.transposePanels(
    sequence.transposed + firstPanel * 1_024,
    layout.featureStride,
    sequence.x[layout.L]! + firstPanel * top,
    top,
    sequence.tokens,
    lastPanel - firstPanel,
  );
  group.barrier();
  runProducts(context, [products.logits]);
  group.barrier();
}

function fillMasks(context: ThreadContext, sequence: Sequence, step: number): void {
  const { kernels, layout, group } = context;
  const { keepProb, lockedDropout, seed } = context.training;
  const { tokenStride, tokens, batch } = sequence;
  const [first, last] = group.share(layout.unitPanels);
  const rows = lockedDropout ? batch : tokens;
  sequence.masks.forEach((mask, site) => {
    kernels.fillMask(mask, tokenStride, rows, first, last, keepProb, seed, step, site);
    if (!lockedDropout) return;
    for (let panel = first; panel < last; panel++) {
      repeatRows(context.bytes, mask + panel * tokenStride, batch, tokens);
    }
  });
  group.barrier();
}

// Repeats the first `count` rows of a panel until it has `rows`; each copy doubles how many are filled.
function repeatRows(bytes: Uint8Array, panel: number, count: number, rows: number): void {
  const end = panel + rows * 64;
  for (let next = panel + count * 64; next < end; next += next - panel) {
    bytes.copyWithin(next, panel, Math.min(next, panel + end - next));
  }
}

// h and c step by step. Each thread has the same gate panels at every step, so one barrier a step is enough.
function runRecurrence(
  context: ThreadContext,
  sequence: Sequence,
  layer: number,
  steps: number,
): void {
  const { kernels, layout, group, wide } = context;
  const { batch, tokenStride, stateStride } = sequence;
  const [first, last] = group.share(layout.gatePanels);
  const h = sequence.h[layer]!;
  const c = sequence.c[layer]!;
  const gates = sequence.gates[layer]!;
  const weights = sequence.recurrent[layer]! + first * sequence.recurrentStride;
  const out = sequence.x[layer + 1]!;
  const outStride = sequence.xStride[layer + 1]!;
  const mask = sequence.masks[layer + 1] ?? 0;
  for (let t = 0; t < steps; t++) {
    const rows = t * batch * 64;
    const nextSlot = rows + batch * 64;
    kernels.gemm(
      gates + first * tokenStride + rows,
      tokenStride,
      h + rows,
      stateStride,
      weights,
      sequence.recurrentStride,
      batch,
      last - first,
      layout.U,
      true,
      wide,
    );
    kernels.lstmCellForward(
      gates + rows,
      tokenStride,
      c + nextSlot,
      c + rows,
      h + nextSlot,
      stateStride,
      out + rows,
      mask === 0 ? 0 : mask + rows,
      outStride,
      batch,
      first,
      last,
      context.model.forgetBias,
    );
    group.barrier();
  }
}

/** Copies the state after `steps` time steps to slot 0, where the next pass begins. */
export function carryState(context: ThreadContext, sequence: Sequence, steps: number): void {
  const { layout, group, bytes } = context;
  const length = sequence.batch * 64;
  const [first, last] = group.share(layout.unitPanels);
  for (const state of [...sequence.h, ...sequence.c]) {
    for (let panel = first; panel < last; panel++) {
      const slots = state + panel * sequence.stateStride;
      bytes.copyWithin(slots, slots + steps * length, slots + (steps + 1) * length);
    }
  }
}
