// training/engines/wasm/plan: lays out the shared memory for a model, once. What lies where is described in layout.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers, U units (H rounded up to 4).

import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { countSoftmaxWords, isSampled } from "../sampled-words.ts";
import { Allocator } from "./allocator.ts";
import { CALIBRATION_BYTES } from "./calibration.ts";
import type {
  Average,
  BackwardLayout,
  MemoryLayout,
  Sampling,
  Sequence,
  Sizes,
  WeightDrop,
  WeightsLayout,
} from "./layout.ts";
import { mostSquares } from "./products.ts";

const ROW_BYTES = 64;
/** Where the layout begins; below it lie the module's own constants. */
export const FIRST_BYTE = 65_536;
const MEMORY_LIMIT_BYTES = 2 ** 32;
const PAGE_BYTES = 65_536;
const GIBIBYTE = 2 ** 30;
const SCRATCH_BYTES = 256; // of a thread, for the cross-entropy

/** Most ids in one call of `score`. */
export const SCORE_LENGTH = 256;

/**
 * Lays out the memory.
 * @throws when the model does not fit the 4 GiB of a WebAssembly memory
 */
export function planMemory(
  model: LanguageModelConfig,
  training: TrainingSettings,
  threads: number,
): MemoryLayout {
  const { batchSize, numSteps, keepProb } = training;
  const memory = new Allocator(FIRST_BYTE);
  const sizes = sizesOf(model);
  const weights = planWeights(memory, sizes, model.tied);
  const weightDrop = training.recurrentKeepProb < 1 ? planWeightDrop(memory, sizes) : undefined;
  const average = training.averaging ? planAverage(memory, sizes, model.tied) : undefined;
  const sampling = isSampled(model, training) ? planSampling(memory, model, training) : undefined;
  const softmaxStride = strideOf(sampling?.rows ?? sizes.V);
  const softmaxBytes = sizes.inputPanels * softmaxStride;
  const features = planFeatures(memory, sizes, { tokens: batchSize * numSteps, softmaxStride });
  const plain = {
    recurrent: weights.layers.map(({ kernel }) => kernel + (sizes.U + 1) * ROW_BYTES),
    recurrentStride: sizes.kernelStride,
    softmax: weights.softmax,
    softmaxStride: sizes.vocabularyStride,
  };
  const dropped = weightDrop && {
    recurrent: weightDrop.recurrent,
    recurrentStride: weightDrop.stride,
  };
  const step = {
    ...planSequence(memory, sizes, { batch: batchSize, steps: numSteps, dropout: keepProb < 1 }),
    ...features,
    ...plain,
    ...dropped,
    ...(sampling && { softmax: memory.take(softmaxBytes), softmaxStride }),
  };
  const scoring = {
    ...planSequence(memory, sizes, { batch: 1, steps: SCORE_LENGTH, dropout: false }),
    ...features,
    ...plain,
  };
  const layout: MemoryLayout = {
    ...sizes,
    ...weights,
    ...planBackwardLayout(memory, sizes, step),
    softmaxGradient: memory.take(softmaxBytes),
    threads,
    average,
    weightDrop,
    sampling,
    training: step,
    scoring,
    logProbabilities: memory.take(4 * SCORE_LENGTH * sizes.V),
    scratch: memory.takeEach(threads, SCRATCH_BYTES),
    squares: 0,
    bytes: 0,
  };
  layout.squares = memory.take(8 * mostSquares(layout));
  layout.bytes = roundToPages(memory.end);
  return layout;
}

function sizesOf({ vocabularySize: V, hiddenSize: H, layers: L }: LanguageModelConfig): Sizes {
  const U = Math.ceil(H / 4) * 4;
  const inputPanels = panelsOf(U + 1);
  return {
    V,
    U,
    L,
    unitPanels: panelsOf(U),
    inputPanels,
    gatePanels: U / 4,
    kernelStride: strideOf(2 * U + 1),
    transposedStride: strideOf(4 * U),
    vocabularyStride: strideOf(V),
    featureStride: strideOf(inputPanels * 16),
  };
}

function planWeights(memory: Allocator, sizes: Sizes, tied: boolean): WeightsLayout {
  const { V, L, unitPanels, gatePanels, kernelStride, transposedStride, vocabularyStride } = sizes;
  const rowBytes = unitPanels * ROW_BYTES;
  const softmax = memory.take(sizes.inputPanels * vocabularyStride);
  return {
    softmax,
    embedding: tied ? softmax : memory.take(V * rowBytes),
    embeddingRow: tied ? ROW_BYTES : rowBytes,
    embeddingPanel: tied ? vocabularyStride : ROW_BYTES,
    layers: Array.from({ length: L }, () => ({
      kernel: memory.take(gatePanels * kernelStride),
      kernelGradient: memory.take(gatePanels * kernelStride),
      inputTransposed: memory.take(unitPanels * transposedStride),
      recurrentTransposed: memory.take(unitPanels * transposedStride),
    })),
  };
}

function planAverage(memory: Allocator, sizes: Sizes, tied: boolean): Average {
  const softmax = memory.take(sizes.inputPanels * sizes.vocabularyStride);
  return {
    softmax,
    embedding: tied ? softmax : memory.take(sizes.V * sizes.unitPanels * ROW_BYTES),
    kernels: memory.takeEach(sizes.L, sizes.gatePanels * sizes.kernelStride),
  };
}

function planWeightDrop(memory: Allocator, { U, L, gatePanels }: Sizes): WeightDrop {
  const stride = strideOf(U);
  return {
    stride,
    masks: memory.takeEach(L, gatePanels * stride),
    recurrent: memory.takeEach(L, gatePanels * stride),
  };
}

// Training and scoring never run at the same time and share the buffers that neither keeps between calls.
function planFeatures(
  memory: Allocator,
  { featureStride, vocabularyStride }: Sizes,
  step: { tokens: number; softmaxStride: number },
) {
  const [stepPanels, scoringPanels] = [panelsOf(step.tokens), panelsOf(SCORE_LENGTH)];
  const stepLogits = stepPanels * step.softmaxStride;
  return {
    transposed: memory.take(Math.max(stepPanels, scoringPanels) * featureStride),
    logits: memory.take(Math.max(stepLogits, scoringPanels * vocabularyStride)),
  };
}

function planSampling(
  memory: Allocator,
  model: LanguageModelConfig,
  training: TrainingSettings,
): Sampling {
  const { vocabularySize: V, tied } = model;
  const columns = countSoftmaxWords(model, training);
  const tokens = training.batchSize * training.numSteps;
  const rows = tied ? Math.min(V, columns + tokens) : columns;
  return { columns, rows, ids: memory.take(4 * rows), logProbabilities: memory.take(4 * columns) };
}

function planSequence(
  memory: Allocator,
  { L, unitPanels, inputPanels, gatePanels }: Sizes,
  { batch, steps, dropout }: { batch: number; steps: number; dropout: boolean },
): Omit<
  Sequence,
  "transposed" | "logits" | "recurrent" | "recurrentStride" | "softmax" | "softmaxStride"
> {
  const tokens = batch * steps;
  const tokenPanels = panelsOf(tokens);
  const tokenStride = strideOf(tokenPanels * 16);
  const stateStride = strideOf(batch + tokenPanels * 16);
  const embedded = memory.take(inputPanels * tokenStride);
  const h = memory.takeEach(L, inputPanels * stateStride);
  const outputs = dropout
    ? memory.takeEach(L, inputPanels * tokenStride)
    : h.map((slots) => slots + batch * ROW_BYTES);
  return {
    batch,
    steps,
    tokens,
    tokenPanels,
    tokenStride,
    stateStride,
    ids: memory.take(4 * tokens),
    x: [embedded, ...outputs],
    xStride: [tokenStride, ...outputs.map(() => (dropout ? tokenStride : stateStride))],
    masks: dropout ? memory.takeEach(L + 1, unitPanels * tokenStride) : [],
    h,
    c: memory.takeEach(L, unitPanels * stateStride),
    gates: memory.takeEach(L, gatePanels * tokenStride),
  };
}

function planBackwardLayout(
  memory: Allocator,
  { unitPanels }: Sizes,
  { tokens, tokenStride, batch }: Sequence,
): Omit<BackwardLayout, "softmaxGradient"> {
  return {
    inputRows: memory.take(4 * tokens),
    targets: memory.take(4 * tokens),
    firstOccurrence: memory.take(4 * tokens),
    nextOccurrence: memory.take(4 * tokens),
    losses: memory.take(4 * tokens),
    inputGradient: memory.take(unitPanels * tokenStride),
    cellGradient: memory.take(unitPanels * batch * ROW_BYTES),
  };
}

function roundToPages(end: number): number {
  // transposing whole blocks of 16 reads a little past the last matrix
  const needed = Math.max(end + PAGE_BYTES, FIRST_BYTE + CALIBRATION_BYTES);
  const bytes = Math.ceil(needed / PAGE_BYTES) * PAGE_BYTES;
  if (bytes > MEMORY_LIMIT_BYTES) {
    throw new Error(
      `training needs ${(bytes / GIBIBYTE).toFixed(1)} GiB, more than the 4 GiB of a WebAssembly memory; ` +
        "choose a smaller hiddenSize, vocabularySize, batchSize or numSteps",
    );
  }
  return bytes;
}

/** The same layout with the average in the weights' place. */
export function withAverage(
  layout: MemoryLayout,
  { softmax, embedding, kernels }: Average,
): MemoryLayout {
  const layers = layout.layers.map((layer, l) => ({ ...layer, kernel: kernels[l]! }));
  return { ...layout, softmax, embedding, layers };
}

// Panels of 16 columns.
function panelsOf(columns: number): number {
  return Math.ceil(columns / 16);
}

// A stride of 64 rows would put the same row of every panel into the same cache set. With 17 more, neighbouring panels
// are spread evenly over the sets.
function strideOf(rows: number): number {
  return (rows + ((17 + 64 - (rows % 64)) % 64)) * ROW_BYTES;
}
