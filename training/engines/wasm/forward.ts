// training/engines/wasm/forward: words in, logits out, for a training step as for scoring. One thread's share of it.
//
// B batch, U units, L layers; layouts in plan.

import type { TrainingKernels } from "#kernels/training-kernels";
import type { Plan, Sequence } from "./plan.ts";
import { runChunk, type ForwardProducts, type Product } from "./products.ts";
import type { ThreadGroup } from "./team.ts";

/** What a thread needs for its share: the same for every command, but for `team`'s counters. */
export interface ThreadContext {
  kernels: TrainingKernels;
  plan: Plan;
  team: ThreadGroup;
  numbers: Float64Array; // the memory as float64
  bytes: Uint8Array; // the same memory
  wide: boolean;
  forgetBias: number;
  keepProb: number;
  lockedDropout: boolean;
  recurrentKeepProb: number;
  seed: number;
}

/**
 * Drops other weights of the recurrent matrices for this step, where the settings want it. Each thread has the panels
 * that it also has in the recurrence; those who read the transpose do so later.
 */
export function dropRecurrentWeights(bench: ThreadContext, step: number): void {
  const { kernels, plan, team, recurrentKeepProb, seed } = bench;
  const { U, L, kernelStride, transposedStride, weightDrop } = plan;
  if (!weightDrop) return;
  const { stride } = weightDrop;
  const [first, last] = team.share(plan.gatePanels);
  plan.layers.forEach((layer, l) => {
    const mask = weightDrop.masks[l]!;
    const site = L + 1 + l; // after dropout's
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

/** From `sequence.ids` to `sequence.logits`, through the first `steps` time steps; slot 0 of h and c is the state. */
export function runForward(
  bench: ThreadContext,
  sequence: Sequence,
  products: ForwardProducts,
  steps: number,
  dropoutStep: number,
): void {
  const { kernels, plan, team } = bench;
  team.beginPhase("input_product");
  if (sequence.masks.length > 0) fillMasks(bench, sequence, dropoutStep);
  const [firstToken, lastToken] = team.share(steps * sequence.batch);
  kernels.gatherEmbedding(
    sequence.x[0]!,
    sequence.xStride[0]!,
    sequence.masks[0] ?? 0,
    plan.embedding,
    plan.embeddingRow,
    plan.embeddingPanel,
    sequence.ids,
    firstToken,
    lastToken,
    plan.U,
  );
  team.barrier();
  for (let layer = 0; layer < plan.L; layer++) {
    team.beginPhase("input_product");
    runPool(bench, [products.inputs[layer]!]);
    team.barrier();
    team.beginPhase("recurrence");
    runRecurrence(bench, sequence, layer, steps);
  }
  team.beginPhase("softmax");
  const [firstPanel, lastPanel] = team.share(plan.inputPanels);
  const top = sequence.xStride[plan.L]!;
  kernels.transposePanels(
    sequence.transposed + firstPanel * 1_024,
    plan.featureStride,
    sequence.x[plan.L]! + firstPanel * top,
    top,
    sequence.tokens,
    lastPanel - firstPanel,
  );
  team.barrier();
  runPool(bench, [products.logits]);
  team.barrier();
}

/** Does chunks of these products, in this order, until none is left. */
export function runPool(bench: ThreadContext, products: readonly Product[]): void {
  const { kernels, team, numbers, wide } = bench;
  for (const product of products) {
    const pool = team.openPool();
    let chunk = team.nextChunk(pool);
    for (; chunk < product.chunks; chunk = team.nextChunk(pool)) {
      runChunk(kernels, numbers, wide, product, chunk);
    }
  }
}

function fillMasks(bench: ThreadContext, sequence: Sequence, step: number): void {
  const { kernels, plan, team, keepProb, lockedDropout, seed } = bench;
  const { tokenStride, tokens, batch } = sequence;
  const [first, last] = team.share(plan.unitPanels);
  const rows = lockedDropout ? batch : tokens;
  sequence.masks.forEach((mask, site) => {
    kernels.fillMask(mask, tokenStride, rows, first, last, keepProb, seed, step, site);
    if (!lockedDropout) return;
    for (let panel = first; panel < last; panel++) {
      repeatRows(bench.bytes, mask + panel * tokenStride, batch, tokens);
    }
  });
  team.barrier();
}

// Fills `rows` rows of a panel with its first `count`, over and over: twice as many with each copy.
function repeatRows(bytes: Uint8Array, panel: number, count: number, rows: number): void {
  const end = panel + rows * 64;
  for (let next = panel + count * 64; next < end; next += next - panel) {
    bytes.copyWithin(next, panel, Math.min(next, panel + end - next));
  }
}

// h and c step by step; each thread has the same gate panels at every step, so that one barrier a step is enough.
function runRecurrence(
  bench: ThreadContext,
  sequence: Sequence,
  layer: number,
  steps: number,
): void {
  const { kernels, plan, team, wide, forgetBias } = bench;
  const { batch, tokenStride, stateStride } = sequence;
  const [first, last] = team.share(plan.gatePanels);
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
      plan.U,
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
      forgetBias,
    );
    team.barrier();
  }
}

/** Copies the state after `steps` time steps to slot 0, where the next run begins. */
export function carryState(bench: ThreadContext, sequence: Sequence, steps: number): void {
  const { plan, team, bytes } = bench;
  const length = sequence.batch * 64;
  const [first, last] = team.share(plan.unitPanels);
  for (const state of [...sequence.h, ...sequence.c]) {
    for (let panel = first; panel < last; panel++) {
      const slots = state + panel * sequence.stateStride;
      bytes.copyWithin(slots, slots + steps * length, slots + (steps + 1) * length);
    }
  }
}
