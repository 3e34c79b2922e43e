// training/engines/wasm/plan: where everything lies in the shared memory. Made once for a model; computes nothing.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers. U is H rounded up to 4: the units that the kernels
// see, of which those past H stay 0.
//
// Matrices lie in panels of 16 columns, 64 bytes a row; a stride is the distance of two panels.
//
//   x[l]      [tokens, U + 1]  a layer's input, x[L] the softmax's; column U is 1 and multiplies the bias
//   h[l]      [(T+1)·B, U + 1] outputs, slot 0 is the carried state; without dropout x[l + 1] is h[l], one slot on
//   c[l]      [(T+1)·B, U]
//   gates[l]  [tokens, 4U]     unit by unit: four units' i, j, f, o fill a panel
//   kernel    [2U + 1, 4U]     rows: input, bias, previous output
//   softmax   [V, U + 1]       column U is the bias; logits lie [V, tokens], so that this one layout serves all products

import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { CALIBRATION_BYTES } from "./calibration.ts";
import { planBackward } from "./products.ts";

const ROW_BYTES = 64;
/** Where the plan begins; below it lie the module's own constants. */
export const FIRST_BYTE = 65_536;
const MEMORY_LIMIT_BYTES = 2 ** 32;
const PAGE_BYTES = 65_536;
const GIBIBYTE = 2 ** 30;

/** Most ids in one call of `score`. */
export const SCORE_LENGTH = 256;

export interface Layer {
  kernel: number; // [2U + 1, 4U]
  kernelGradient: number;
  inputTransposed: number; // [4U, U], of the kernel's input rows
  recurrentTransposed: number; // [4U, U], of its previous output's rows
}

/** Where the weights' average lies, each tensor laid out as the weight itself. */
export interface Average {
  softmax: number;
  embedding: number; // the softmax's where they are tied
  kernels: number[]; // of each layer
}

/** What weight-drop needs: for each layer's recurrent matrix [U, 4U] a mask, and what it leaves. */
export interface WeightDrop {
  stride: number;
  masks: number[];
  recurrent: number[];
}

/** The buffers of one run through time: a training step, or a chunk of words to score. */
export interface Sequence {
  batch: number;
  steps: number; // T, the most
  tokens: number; // batch · steps
  tokenPanels: number;
  tokenStride: number; // of x[0], gates and dropped outputs
  stateStride: number; // of h and c
  ids: number; // i32 [tokens]
  x: number[];
  xStride: number[];
  masks: number[]; // a site each, like x; empty without dropout
  h: number[];
  c: number[];
  gates: number[];
  recurrent: number[]; // a layer's weights [U, 4U] for its previous output
  recurrentStride: number;
  transposed: number; // x[L] as [U + 1, tokens]
  logits: number; // [V, tokens], then their gradient
}

export interface Plan {
  V: number;
  U: number;
  L: number;
  unitPanels: number; // of U columns
  inputPanels: number; // of U + 1 columns
  gatePanels: number; // of 4U columns
  kernelStride: number;
  transposedStride: number; // of inputTransposed and recurrentTransposed
  vocabularyStride: number; // of softmax and logits
  featureStride: number; // of `transposed`
  embedding: number; // where its rows begin; the softmax where they are tied
  embeddingRow: number; // bytes from word to word
  embeddingPanel: number; // bytes from 16 units of a word to the next 16
  softmax: number;
  softmaxGradient: number;
  layers: Layer[];
  average: Average | undefined; // where the settings want none
  weightDrop: WeightDrop | undefined; // likewise
  training: Sequence;
  scoring: Sequence;
  targets: number; // i32 [tokens]
  leads: number; // i32 [tokens], 1 where an id occurs for the first time
  next: number; // i32 [tokens], where it occurs again, −1 for never
  losses: number; // f32 [tokens]
  inputGradient: number; // [tokens, U], of x[L], x[L − 1], … x[0] one after the other
  cellGradient: number; // [B, U]
  logProbabilities: number; // f32 [SCORE_LENGTH, V], row-major
  scratch: number[]; // a thread each
  squares: number; // f64, sums of squares of the gradients' parts
  bytes: number;
}

const SCRATCH_BYTES = 256;

export function planMemory(
  model: LanguageModelConfig,
  training: TrainingSettings,
  threads: number,
): Plan {
  const { vocabularySize: V, hiddenSize: H, layers: L, tied } = model;
  const { batchSize, numSteps, keepProb, recurrentKeepProb } = training;
  const U = Math.ceil(H / 4) * 4;
  const unitPanels = panelsOf(U);
  const inputPanels = panelsOf(U + 1);
  const gatePanels = U / 4;
  const kernelStride = strideOf(2 * U + 1);
  const transposedStride = strideOf(4 * U);
  const vocabularyStride = strideOf(V);
  const featureStride = strideOf(inputPanels * 16);
  const longest = Math.max(batchSize * numSteps, SCORE_LENGTH);

  let end = FIRST_BYTE;
  const take = (bytes: number) => {
    const begin = end;
    end += Math.ceil(bytes / ROW_BYTES) * ROW_BYTES;
    return begin;
  };
  const perLayer = (bytes: number) => Array.from({ length: L }, () => take(bytes));

  const softmaxBytes = inputPanels * vocabularyStride;
  const softmax = take(softmaxBytes);
  const softmaxGradient = take(softmaxBytes);
  const rowBytes = unitPanels * ROW_BYTES;
  const layers = Array.from({ length: L }, () => ({
    kernel: take(gatePanels * kernelStride),
    kernelGradient: take(gatePanels * kernelStride),
    inputTransposed: take(unitPanels * transposedStride),
    recurrentTransposed: take(unitPanels * transposedStride),
  }));
  const embedding = tied ? softmax : take(V * rowBytes);

  // training and scoring never run at once and share what neither keeps
  const transposed = take(panelsOf(longest) * featureStride);
  const logits = take(panelsOf(longest) * vocabularyStride);

  const planSequence = (
    batch: number,
    steps: number,
    dropout: boolean,
    drop: WeightDrop | undefined,
  ): Sequence => {
    const tokens = batch * steps;
    const tokenStride = strideOf(panelsOf(tokens) * 16);
    const stateStride = strideOf(batch + panelsOf(tokens) * 16);
    const x = [take(inputPanels * tokenStride)];
    const h = perLayer(inputPanels * stateStride);
    const outputs = dropout
      ? perLayer(inputPanels * tokenStride)
      : h.map((slots) => slots + batch * ROW_BYTES);
    const outputStride = dropout ? tokenStride : stateStride;
    return {
      batch,
      steps,
      tokens,
      tokenPanels: panelsOf(tokens),
      tokenStride,
      stateStride,
      ids: take(4 * tokens),
      x: [...x, ...outputs],
      xStride: [tokenStride, ...outputs.map(() => outputStride)],
      masks: dropout ? Array.from({ length: L + 1 }, () => take(unitPanels * tokenStride)) : [],
      h,
      c: perLayer(unitPanels * stateStride),
      gates: perLayer(gatePanels * tokenStride),
      recurrent: drop ? drop.recurrent : layers.map(({ kernel }) => kernel + (U + 1) * ROW_BYTES),
      recurrentStride: drop ? drop.stride : kernelStride,
      transposed,
      logits,
    };
  };
  const planAverage = (): Average => {
    const average = take(softmaxBytes);
    return {
      softmax: average,
      embedding: tied ? average : take(V * rowBytes),
      kernels: perLayer(gatePanels * kernelStride),
    };
  };
  const planWeightDrop = (): WeightDrop => {
    const stride = strideOf(U);
    const matrices = () => perLayer(gatePanels * stride);
    return { stride, masks: matrices(), recurrent: matrices() };
  };
  const weightDrop = recurrentKeepProb < 1 ? planWeightDrop() : undefined;
  const step = planSequence(batchSize, numSteps, keepProb < 1, weightDrop);

  const plan: Plan = {
    V,
    U,
    L,
    unitPanels,
    inputPanels,
    gatePanels,
    kernelStride,
    transposedStride,
    vocabularyStride,
    featureStride,
    embedding,
    embeddingRow: tied ? ROW_BYTES : rowBytes,
    embeddingPanel: tied ? vocabularyStride : ROW_BYTES,
    softmax,
    softmaxGradient,
    layers,
    average: training.averageAfter > 0 ? planAverage() : undefined,
    weightDrop,
    training: step,
    scoring: planSequence(1, SCORE_LENGTH, false, undefined),
    targets: take(4 * step.tokens),
    leads: take(4 * step.tokens),
    next: take(4 * step.tokens),
    losses: take(4 * step.tokens),
    inputGradient: take(unitPanels * step.tokenStride),
    cellGradient: take(unitPanels * step.batch * ROW_BYTES),
    logProbabilities: take(4 * SCORE_LENGTH * V),
    scratch: Array.from({ length: threads }, () => take(SCRATCH_BYTES)),
    squares: 0,
    bytes: 0,
  };
  plan.squares = take(8 * planBackward(plan).squares);
  // transposing whole blocks of 16 reads a little past the last matrix
  const needed = Math.max(end + PAGE_BYTES, FIRST_BYTE + CALIBRATION_BYTES);
  plan.bytes = Math.ceil(needed / PAGE_BYTES) * PAGE_BYTES;
  if (plan.bytes > MEMORY_LIMIT_BYTES) {
    const needed = (plan.bytes / GIBIBYTE).toFixed(1);
    throw new Error(
      `training needs ${needed} GiB, more than the 4 GiB of a WebAssembly memory; ` +
        "choose a smaller hiddenSize, vocabularySize, batchSize or numSteps",
    );
  }
  return plan;
}

/** The same plan with the average in the weights' place. */
export function ofAverage(plan: Plan, { softmax, embedding, kernels }: Average): Plan {
  const layers = plan.layers.map((layer, l) => ({ ...layer, kernel: kernels[l]! }));
  return { ...plan, softmax, embedding, layers };
}

/** How many panels of 16 columns hold that many. */
export function panelsOf(columns: number): number {
  return Math.ceil(columns / 16);
}

// 64 rows go once around the cache sets; 17 spreads whatever is read from neighbouring panels evenly over them.
function strideOf(rows: number): number {
  return (rows + ((17 + 64 - (rows % 64)) % 64)) * ROW_BYTES;
}
