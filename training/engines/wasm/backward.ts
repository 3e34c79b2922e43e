// training/engines/wasm/backward: from the loss to every gradient and the new weights. One thread's share of it.
//
// B batch, T time steps, U units, L layers; layouts in plan.

import { runPool, type ThreadContext } from "./forward.ts";
import { TOKEN_CHUNK, type BackwardProducts } from "./products.ts";
import { SHARED_SCALARS, type ThreadGroup } from "./team.ts";
import { transposeKernelPanel } from "./weights.ts";

const SLICE_BYTES = 65_536; // of weights to update

/** Turns the logits into their gradient; each token's loss is left in plan.losses. */
export function runCrossEntropy(bench: ThreadContext): void {
  const { kernels, plan, team } = bench;
  const { tokens, tokenPanels, batch, logits } = plan.training;
  const scratch = plan.scratch[team.index]!;
  const pool = team.openPool();
  for (let panel = team.nextChunk(pool); panel < tokenPanels; panel = team.nextChunk(pool)) {
    const from = panel * 64;
    kernels.crossEntropy(
      logits + panel * plan.vocabularyStride,
      plan.losses + from,
      plan.targets + from,
      Math.min(16, tokens - panel * 16),
      plan.V,
      1 / batch, // the loss is summed over time and averaged over the batch
      scratch,
    );
  }
  team.barrier();
}

/** From the logits' gradient to the gradients of all weights. */
export function runBackward(bench: ThreadContext, products: BackwardProducts): void {
  const { plan, team } = bench;
  runPool(bench, [products.output, products.softmax]);
  team.barrier();
  for (let layer = plan.L - 1; layer >= 0; layer--) {
    team.beginPhase("recurrence");
    maskGradient(bench, layer + 1);
    runRecurrenceBack(bench, layer);
    team.beginPhase("gradients");
    const { input, kernel } = products.layers[layer]!;
    runPool(bench, [input, ...kernel]);
    team.barrier();
  }
  team.beginPhase("update");
  maskGradient(bench, 0);
  team.barrier();
  gatherEmbeddingGradients(bench, products);
}

// The gradient of a layer's dropped output becomes that of its output, in the panels that are this thread's.
function maskGradient({ kernels, plan, team }: ThreadContext, site: number): void {
  const { masks, tokens, tokenStride } = plan.training;
  if (masks.length === 0) return;
  const [first, last] = team.share(plan.unitPanels);
  const offset = first * tokenStride;
  const values = plan.inputGradient + offset;
  kernels.maskPanels(
    values, tokenStride, values, tokenStride, masks[site]! + offset, tokenStride, tokens, last - first,
  ); // prettier-ignore
}

// Each thread has the same panels of units, and so of their gates, at every step: one barrier a step is enough.
function runRecurrenceBack(bench: ThreadContext, layer: number): void {
  const { kernels, plan, team, wide } = bench;
  const { batch, steps, tokenStride, stateStride, ...training } = plan.training;
  const [first, last] = team.share(plan.unitPanels);
  const gates = training.gates[layer]!;
  const c = training.c[layer]!;
  const weights = plan.layers[layer]!.recurrentTransposed + first * plan.transposedStride;
  const slotBytes = batch * 64;
  const cells = plan.cellGradient;
  bench.bytes.fill(0, cells + first * slotBytes, cells + last * slotBytes);
  for (let t = steps - 1; t >= 0; t--) {
    const rows = t * slotBytes;
    if (t < steps - 1) {
      kernels.gemm(
        plan.inputGradient + first * tokenStride + rows,
        tokenStride,
        gates + rows + slotBytes,
        tokenStride,
        weights,
        plan.transposedStride,
        batch,
        last - first,
        4 * plan.U,
        true,
        wide,
      );
    }
    kernels.lstmCellBackward(
      gates + rows,
      tokenStride,
      plan.inputGradient + rows,
      tokenStride,
      cells,
      slotBytes,
      c + rows + slotBytes,
      c + rows,
      stateStride,
      batch,
      first * 4,
      Math.min(last * 4, plan.gatePanels),
    );
    team.barrier();
  }
}

// Words occur more than once: their gradients are added up into the first, and where the softmax shares the embedding,
// to its gradient.
function gatherEmbeddingGradients(bench: ThreadContext, products: BackwardProducts): void {
  const { kernels, plan, team, numbers } = bench;
  const { tokens, tokenStride, ids } = plan.training;
  const chunks = Math.ceil(tokens / TOKEN_CHUNK);
  const pool = team.openPool();
  for (let chunk = team.nextChunk(pool); chunk < chunks; chunk = team.nextChunk(pool)) {
    const first = chunk * TOKEN_CHUNK;
    const last = Math.min(first + TOKEN_CHUNK, tokens);
    const gradient = plan.inputGradient;
    let squares = kernels.gatherGradients(
      gradient, tokenStride, plan.leads, plan.next, first, last, plan.U,
    ); // prettier-ignore
    if (isTied(bench)) {
      squares = kernels.scatterAdd(
        plan.softmaxGradient, plan.embeddingRow, plan.embeddingPanel, gradient, tokenStride,
        plan.leads, ids, first, last, plan.U,
      ); // prettier-ignore
    }
    numbers[products.embeddingSquares / 8 + chunk] = squares;
  }
  team.barrier();
}

/** Clips by the global norm, takes the step and adds it to the average; leaves loss and norm in the figures. */
export function runUpdate(bench: ThreadContext, products: BackwardProducts): void {
  const { kernels, plan, team, numbers } = bench;
  const { figures } = team;
  const norm = Math.sqrt(sum(numbers, plan.squares / 8, products.squares));
  const clipNorm = figures[SHARED_SCALARS.clipNorm]!;
  const rate = figures[SHARED_SCALARS.learningRate]! * Math.min(1, clipNorm / norm);
  const share = figures[SHARED_SCALARS.averageShare]!;
  const average = share > 0 ? plan.average : undefined;
  if (team.index === 0) {
    figures[SHARED_SCALARS.gradientNorm] = norm;
    const losses = new Float32Array(numbers.buffer, plan.losses, plan.training.tokens);
    figures[SHARED_SCALARS.loss] = sum(losses, 0, losses.length) / losses.length;
  }
  plan.layers.forEach((layer, l) => {
    const pool = team.openPool();
    for (let panel = team.nextChunk(pool); panel < plan.gatePanels; panel = team.nextChunk(pool)) {
      const offset = panel * plan.kernelStride;
      const gradient = layer.kernelGradient + offset;
      const n = plan.kernelStride / 4;
      kernels.updateWeights(layer.kernel + offset, gradient, n, rate);
      if (average)
        kernels.averageWeights(average.kernels[l]! + offset, layer.kernel + offset, n, share);
      transposeKernelPanel(kernels, plan, layer, panel);
    }
  });
  runSlices(team, plan.inputPanels * plan.vocabularyStride, (offset, n) => {
    kernels.updateWeights(plan.softmax + offset, plan.softmaxGradient + offset, n, rate);
    if (average) kernels.averageWeights(average.softmax + offset, plan.softmax + offset, n, share);
  });
  if (isTied(bench)) return;
  const [first, last] = team.share(plan.training.tokens);
  const { embedding, embeddingRow, embeddingPanel, inputGradient, training } = plan;
  kernels.updateEmbedding(
    embedding, embeddingRow, embeddingPanel, inputGradient, training.tokenStride,
    plan.leads, training.ids, first, last, plan.U, rate,
  ); // prettier-ignore
  if (!average) return;
  team.barrier(); // the rows of all threads' words
  runSlices(team, plan.V * embeddingRow, (offset, n) => {
    kernels.averageWeights(average.embedding + offset, embedding + offset, n, share);
  });
}

// Calls back for slices of `bytes`, short enough that a slice stays in the cache, until none is left.
function runSlices(
  team: ThreadGroup,
  bytes: number,
  work: (offset: number, n: number) => void,
): void {
  const pool = team.openPool();
  for (;;) {
    const offset = team.nextChunk(pool) * SLICE_BYTES;
    if (offset >= bytes) return;
    work(offset, Math.min(SLICE_BYTES, bytes - offset) / 4);
  }
}

function isTied({ plan }: ThreadContext): boolean {
  return plan.embedding === plan.softmax;
}

// In order, so that every thread and every run gets the same bits.
function sum(numbers: Float32Array | Float64Array, first: number, count: number): number {
  let total = 0;
  for (let i = first; i < first + count; i++) total += numbers[i]!;
  return total;
}
