// training/engines/wasm/layout: the addresses and strides of everything in the shared memory, as types. plan computes them.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers. U is H rounded up to 4: the units that the kernels
// see, of which those past H stay 0.
//
// Matrices lie in panels of 16 columns, 64 bytes a row; a stride is the distance of two panels. Addresses and strides
// are in bytes.
//
//   x[l]      [tokens, U + 1]  a layer's input, x[L] the softmax's; column U is 1, the factor of the bias
//   h[l]      [(T+1)·B, U + 1] outputs, slot 0 is the carried state; without dropout x[l + 1] is h[l], one slot on
//   c[l]      [(T+1)·B, U]
//   gates[l]  [tokens, 4U]     unit by unit: four units' i, j, f, o fill a panel
//   kernel    [2U + 1, 4U]     rows: input, bias, previous output
//   softmax   [V, U + 1]       column U is the bias; logits lie [V, tokens], so that this one layout serves all products
//
// Where a training step samples its softmax, its logits and their gradient have the sampled words in place of all V, and
// it multiplies by a copy of their rows.

/** Sizes that follow from the model's shape. */
export interface Sizes {
  V: number;
  U: number;
  L: number;
  unitPanels: number; // of U columns
  inputPanels: number; // of U + 1 columns
  gatePanels: number; // of 4U columns
  kernelStride: number;
  transposedStride: number; // of inputTransposed and recurrentTransposed
  vocabularyStride: number; // of softmax
  featureStride: number; // of `transposed`
}

export interface Layer {
  kernel: number; // [2U + 1, 4U]
  kernelGradient: number;
  inputTransposed: number; // [4U, U], of the kernel's input rows
  recurrentTransposed: number; // [4U, U], of its previous output's rows
}

export interface WeightsLayout {
  embedding: number; // where its rows begin; the softmax where they are tied
  embeddingRow: number; // from word to word
  embeddingPanel: number; // from 16 units of a word to the next 16
  softmax: number;
  layers: Layer[];
}

/** The weights' average; each tensor is laid out as the weight itself. */
export interface Average {
  softmax: number;
  embedding: number; // the softmax's where they are tied
  kernels: number[]; // of each layer
}

/** Weight-drop: for each layer's recurrent matrix [U, 4U] a mask, and the masked copy. */
export interface WeightDrop {
  stride: number;
  masks: number[];
  recurrent: number[];
}

/** The buffers of one pass through time: a training step, or a chunk of words to score. */
export interface Sequence {
  batch: number;
  steps: number; // T, at most
  tokens: number; // batch · steps
  tokenPanels: number;
  tokenStride: number; // of x[0], gates and dropped outputs
  stateStride: number; // of h and c
  ids: number; // i32 [tokens]
  x: number[];
  xStride: number[];
  masks: number[]; // one for each x; empty without dropout
  h: number[];
  c: number[];
  gates: number[];
  recurrent: number[]; // a layer's weights [U, 4U] for its previous output
  recurrentStride: number;
  transposed: number; // x[L] as [U + 1, tokens]
  softmax: number; // [columns, U + 1], what logits are computed with: the model's, or a copy of sampled rows
  softmaxStride: number; // of it, of logits and of softmaxGradient
  logits: number; // [columns, tokens], then their gradient
}

/** Sampled softmax: the words of a step, which the main thread writes. */
export interface Sampling {
  columns: number; // of a step, at most: sampled words and other targets
  rows: number; // of its gradient, at most: those and, where weights are tied, other inputs
  ids: number; // i32 [rows]
  logProbabilities: number; // f32 [columns], of being in the sample; 0 for other targets
}

/** What the backward pass needs beside a sequence. */
export interface BackwardLayout {
  softmaxGradient: number; // [rows, U + 1]
  inputRows: number; // i32 [tokens], the softmax gradient's row of each input, where weights are tied
  targets: number; // i32 [tokens], columns of logits
  firstOccurrence: number; // i32 [tokens], 1 where an id occurs for the first time, else 0
  nextOccurrence: number; // i32 [tokens], where the id occurs next, −1 after the last time
  losses: number; // f32 [tokens]
  inputGradient: number; // [tokens, U], of x[L], x[L − 1], … x[0] one after the other
  cellGradient: number; // [B, U]
}

export interface MemoryLayout extends Sizes, WeightsLayout, BackwardLayout {
  threads: number;
  average: Average | undefined; // undefined where the settings do not average
  weightDrop: WeightDrop | undefined; // undefined without weight-drop
  sampling: Sampling | undefined; // undefined where a step's softmax is over all words
  training: Sequence;
  scoring: Sequence;
  logProbabilities: number; // f32 [SCORE_LENGTH, V], row-major
  scratch: number[]; // of each thread
  squares: number; // f64, sums of squares of parts of the gradients
  bytes: number;
}
