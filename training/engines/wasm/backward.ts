// training/engines/wasm/backward: one thread's share of the backward pass, from the loss to every gradient.
//
// B batch, T time steps, U units, L layers; layouts in layout.

import { TOKEN_CHUNK } from "./products.ts";
import type { BackwardProducts } from "./products.ts";
import { runProducts } from "./thread-context.ts";
import type { ThreadContext } from "./thread-context.ts";

/** Softmax cross-entropy: replaces the logits by their gradient and writes each token's loss to `layout.losses`. */
export function runCrossEntropy(context: ThreadContext, columns: number): void {
  const { kernels, layout, group } = context;
  const { tokens, tokenPanels, batch, logits, softmaxStride } = layout.training;
  const { sampledWords } = context.training;
  const scale = 1 / batch; // the loss is summed over time and averaged over the batch
  const scratch = layout.scratch[group.index]!;
  const pool = group.openPool();
  for (let panel = group.nextChunk(pool); panel < tokenPanels; panel = group.nextChunk(pool)) {
    const at = logits + panel * softmaxStride;
    const losses = layout.losses + panel * 64;
    const targets = layout.targets + panel * 64;
    const count = Math.min(16, tokens - panel * 16);
    if (layout.sampling) {
      const { logProbabilities } = layout.sampling;
      kernels.sampledCrossEntropy(
        at, losses, targets, count, sampledWords, columns, logProbabilities, scale, scratch,
      ); // prettier-ignore
    } else {
      kernels.crossEntropy(at, losses, targets, count, columns, scale, scratch);
    }
  }
  group.barrier();
}

/** From the logits' gradient to the gradients of all weights. */
export function runBackward(context: ThreadContext, products: BackwardProducts): void {
  const { layout, group } = context;
  runProducts(context, [products.output, products.softmax]);
  group.barrier();
  for (let layer = layout.L - 1; layer >= 0; layer--) {
    group.beginPhase("recurrence");
    maskGradient(context, layer + 1);
    runRecurrenceBack(context, layer);
    group.beginPhase("gradients");
    const { input, kernel } = products.layers[layer]!;
    runProducts(context, [input, ...kernel]);
    group.barrier();
  }
  group.beginPhase("update");
  maskGradient(context, 0);
  group.barrier();
  gatherEmbeddingGradients(context, products);
}

// Dropout's backward pass, in this thread's panels: the gradient of a dropped output becomes that of the output.
function maskGradient({ kernels, layout, group }: ThreadContext, site: number): void {
  const { masks, tokens, tokenStride } = layout.training;
  if (masks.length === 0) return;
  const [first, last] = group.share(layout.unitPanels);
  const offset = first * tokenStride;
  const values = layout.inputGradient + offset;
  kernels.maskPanels(
    values, tokenStride, values, tokenStride, masks[site]! + offset, tokenStride, tokens, last - first,
  ); // prettier-ignore
}

// Each thread has the same panels of units, and so of their gates, at every step, so one barrier a step is enough.
function runRecurrenceBack(context: ThreadContext, layer: number): void {
  const { kernels, layout, group, wide } = context;
  const { batch, steps, tokenStride, stateStride, ...training } = layout.training;
  const [first, last] = group.share(layout.unitPanels);
  const gates = training.gates[layer]!;
  const c = training.c[layer]!;
  const weights = layout.layers[layer]!.recurrentTransposed + first * layout.transposedStride;
  const slotBytes = batch * 64;
  const cells = layout.cellGradient;
  context.bytes.fill(0, cells + first * slotBytes, cells + last * slotBytes);
  for (let t = steps - 1; t >= 0; t--) {
    const rows = t * slotBytes;
    if (t < steps - 1) {
      kernels.gemm(
        layout.inputGradient + first * tokenStride + rows,
        tokenStride,
        gates + rows + slotBytes,
        tokenStride,
        weights,
        layout.transposedStride,
        batch,
        last - first,
        4 * layout.U,
        true,
        wide,
      );
    }
    kernels.lstmCellBackward(
      gates + rows,
      tokenStride,
      layout.inputGradient + rows,
      tokenStride,
      cells,
      slotBytes,
      c + rows + slotBytes,
      c + rows,
      stateStride,
      batch,
      first * 4,
      Math.min(last * 4, layout.gatePanels),
    );
    group.barrier();
  }
}

// The gradients of a repeated word are added up at its first occurrence; with tied weights they are then added to the
// softmax's gradient.
function gatherEmbeddingGradients(context: ThreadContext, products: BackwardProducts): void {
  const { kernels, layout, group, numbers } = context;
  const { tokens, tokenStride, softmaxStride } = layout.training;
  const chunks = Math.ceil(tokens / TOKEN_CHUNK);
  const pool = group.openPool();
  for (let chunk = group.nextChunk(pool); chunk < chunks; chunk = group.nextChunk(pool)) {
    const first = chunk * TOKEN_CHUNK;
    const last = Math.min(first + TOKEN_CHUNK, tokens);
    const gradient = layout.inputGradient;
    let squares = kernels.gatherGradients(
      gradient, tokenStride, layout.firstOccurrence, layout.nextOccurrence, first, last, layout.U,
    ); // prettier-ignore
    if (context.model.tied) {
      squares = kernels.scatterAdd(
        layout.softmaxGradient, layout.embeddingRow, softmaxStride, gradient, tokenStride,
        layout.firstOccurrence, layout.inputRows, first, last, layout.U, 1,
      ); // prettier-ignore
    }
    numbers[products.embeddingSquares / 8 + chunk] = squares;
  }
  group.barrier();
}
