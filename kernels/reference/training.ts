// kernels/reference/training: the training step in plain TypeScript and float64: readable, slow, and what the tests
// compare the engines with. The LSTM layers are in lstm.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers. All tensors are flat and row-major.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { runLayer, runLayerBack } from "./lstm.ts";
import type { Batch, LayerState, LayerTrace, Tensors } from "./lstm.ts";

/** The factor of dropout for one unit; site 0 is the embedding, l + 1 the output of layer l. */
export type Mask = (site: number, token: number, unit: number) => number;

export interface Pass {
  loss: number; // summed over time, averaged over the batch
  gradients: Tensors;
  states: LayerState[]; // after the batch
}

/** The sampled words of a step, each with the logarithm of its probability to be in the sample. */
export type Sample = ReadonlyMap<number, number>;

/** Forward and backward through a batch, from the states before it; without a sample the softmax is over all words. */
export function runPass(
  model: LanguageModelConfig,
  weights: Tensors,
  batch: Batch,
  states: LayerState[],
  mask: Mask,
  sample?: Sample,
): Pass {
  const { hiddenSize: H, layers: L, tied } = model;
  const { B, T } = batch;
  const tokens = B * T;
  const gradients: Tensors = new Map(
    [...weights].map(([name, { length }]) => [name, new Float64Array(length)]),
  );

  let x = dropOut(gatherRows(weights.get("embedding")!, batch.inputs, H), 0, mask, H);
  const traces: LayerTrace[] = [];
  for (let l = 0; l < L; l++) {
    const trace = runLayer(model, weights, l, x, states[l]!, batch);
    traces.push(trace);
    x = dropOut(trace.h.slice(B * H), l + 1, mask, H);
  }

  // softmax weight as rows of words [V, H], whichever tensor it is
  const words = tied ? weights.get("embedding")! : transpose(weights.get("softmax.weight")!, H);
  const logits = computeLogits(x, words, weights.get("softmax.bias")!, H);
  const { loss, dLogits } = crossEntropy(logits, batch, sample);
  let dx = new Float64Array(tokens * H);
  const dWords = new Float64Array(words.length); // [V, H]
  const dBias = gradients.get("softmax.bias")!;
  const V = dBias.length;
  for (let token = 0; token < tokens; token++) {
    for (let v = 0; v < V; v++) {
      const d = dLogits[token * V + v]!;
      dBias[v]! += d;
      for (let unit = 0; unit < H; unit++) {
        dx[token * H + unit]! += d * words[v * H + unit]!;
        dWords[v * H + unit]! += d * x[token * H + unit]!;
      }
    }
  }
  if (tied) gradients.set("embedding", dWords);
  else gradients.set("softmax.weight", transpose(dWords, V));

  for (let l = L - 1; l >= 0; l--) {
    const dh = dropOut(dx, l + 1, mask, H);
    dx = runLayerBack(weights, gradients, l, traces[l]!, dh);
  }
  const dEmbedding = gradients.get("embedding")!;
  dropOut(dx, 0, mask, H).forEach((d, at) => {
    dEmbedding[batch.inputs[Math.floor(at / H)]! * H + (at % H)]! += d;
  });

  const last = T * B * H;
  const after = traces.map(({ c, h }) => ({ c: c.slice(last), h: h.slice(last) }));
  return { loss, gradients, states: after };
}

/** The factor of weight-drop for one element of a layer's recurrent matrix [H, 4H]. */
export type RecurrentMask = (layer: number, row: number, column: number) => number;

/**
 * A copy of the tensors with every recurrent matrix multiplied by its mask: applied to the weights before a step with
 * weight-drop, and to the gradients after it.
 */
export function dropRecurrent(
  tensors: Tensors,
  { hiddenSize: H, layers }: LanguageModelConfig,
  mask: RecurrentMask,
): Tensors {
  const dropped: Tensors = new Map(tensors);
  for (let layer = 0; layer < layers; layer++) {
    const name = `lstm.${layer}.kernel`;
    const masked = Float64Array.from(tensors.get(name)!, (value, at) => {
      const row = Math.floor(at / (4 * H)) - H; // rows before are the input's
      return row < 0 ? value : value * mask(layer, row, at % (4 * H));
    });
    dropped.set(name, masked);
  }
  return dropped;
}

/** The global norm of all gradients. */
export function globalNorm(gradients: Tensors): number {
  let squares = 0;
  for (const gradient of gradients.values()) for (const g of gradient) squares += g * g;
  return Math.sqrt(squares);
}

/** Plain SGD in place, with the gradients scaled down to the norm. */
export function updateWeights(
  weights: Tensors,
  gradients: Tensors,
  learningRate: number,
  clipNorm: number,
): void {
  const rate = learningRate * Math.min(1, clipNorm / globalNorm(gradients));
  for (const [name, weight] of weights) {
    const gradient = gradients.get(name)!;
    for (let i = 0; i < weight.length; i++) weight[i]! -= rate * gradient[i]!;
  }
}

/** Logits of every token [tokens, V] for words [V, H]. */
export function computeLogits(
  x: Float64Array, // [tokens, H]
  words: Float64Array,
  bias: Float64Array, // [V]
  H: number,
): Float64Array {
  const V = bias.length;
  const logits = new Float64Array((x.length / H) * V);
  for (let at = 0; at < logits.length; at++) {
    const token = Math.floor(at / V);
    const v = at % V;
    let sum = bias[v]!;
    for (let unit = 0; unit < H; unit++) sum += x[token * H + unit]! * words[v * H + unit]!;
    logits[at] = sum;
  }
  return logits;
}

function crossEntropy(
  logits: Float64Array, // [T · B, V]
  { targets, B }: Batch,
  sample?: Sample,
): { loss: number; dLogits: Float64Array } {
  const V = logits.length / targets.length;
  const dLogits = new Float64Array(logits.length);
  let loss = 0;
  targets.forEach((target, token) => {
    const all = logits.subarray(token * V, (token + 1) * V);
    const row = logSoftmax(sample ? weightSample(all, target, sample) : all);
    loss -= row[target]! / B;
    for (let v = 0; v < V; v++) {
      dLogits[token * V + v] = (Math.exp(row[v]!) - (v === target ? 1 : 0)) / B;
    }
  });
  return { loss, dLogits };
}

// The sum of exponentials of the result is an unbiased estimate of that of the logits: a word of the sample stands for
// 1 / its probability words, the target for itself alone.
function weightSample(logits: Float64Array, target: number, sample: Sample): Float64Array {
  return logits.map((logit, v) => {
    if (v === target) return logit;
    return sample.has(v) ? logit - sample.get(v)! : -Infinity;
  });
}

export function logSoftmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(sum));
}

function dropOut(x: Float64Array, site: number, mask: Mask, H: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(x, (value, at) => value * mask(site, Math.floor(at / H), at % H));
}

function gatherRows(table: Float64Array, ids: Int32Array, H: number): Float64Array {
  const rows = new Float64Array(ids.length * H);
  ids.forEach((id, row) => rows.set(table.subarray(id * H, (id + 1) * H), row * H));
  return rows;
}

/** The transpose of a matrix with that many rows. */
export function transpose(matrix: Float64Array, rows: number): Float64Array {
  const columns = matrix.length / rows;
  return Float64Array.from(matrix, (_, at) => {
    const row = at % rows;
    return matrix[row * columns + Math.floor(at / rows)]!;
  });
}
