// kernels/reference/training: the training step once more in plain TypeScript and float64: what is true, not how it is
// made fast. The tests hold the fast one to it.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers. All tensors are flat and row-major.

import type { LanguageModelConfig } from "#model/hyper-parameters";

export type Tensors = Map<string, Float64Array>; // as in the tensor table

export interface Batch {
  inputs: Int32Array; // [T, B]
  targets: Int32Array; // [T, B]
  B: number;
  T: number;
}

export interface LayerState {
  c: Float64Array; // [B, H]
  h: Float64Array; // [B, H]
}

/** What dropout multiplies a unit with; site 0 is the embedding, l + 1 the output of layer l. */
export type Mask = (site: number, token: number, unit: number) => number;

export interface Pass {
  loss: number; // summed over time, averaged over the batch
  gradients: Tensors;
  states: LayerState[]; // after the batch
}

interface LayerTrace {
  x: Float64Array; // [T, B, H], the layer's dropped input
  gates: Float64Array; // [T, B, 4H]: σ(i), tanh(j), σ(f), σ(o)
  c: Float64Array; // [T + 1, B, H], slot 0 before the batch
  h: Float64Array; // [T + 1, B, H]
}

/** Forward and backward through a batch, from the states before it. */
export function runPass(
  model: LanguageModelConfig,
  weights: Tensors,
  batch: Batch,
  states: LayerState[],
  mask: Mask,
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
  const { loss, dLogits } = crossEntropy(
    computeLogits(x, words, weights.get("softmax.bias")!, H),
    batch,
  );
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
    dx = runLayerBack(weights, gradients, l, traces[l]!, dh, batch, H);
  }
  const dEmbedding = gradients.get("embedding")!;
  dropOut(dx, 0, mask, H).forEach((d, at) => {
    dEmbedding[batch.inputs[Math.floor(at / H)]! * H + (at % H)]! += d;
  });

  const last = T * B * H;
  const after = traces.map(({ c, h }) => ({ c: c.slice(last), h: h.slice(last) }));
  return { loss, gradients, states: after };
}

/** What weight-drop multiplies an element of a layer's recurrent matrix [H, 4H] with. */
export type RecurrentMask = (layer: number, row: number, column: number) => number;

/**
 * A copy of the tensors with every recurrent matrix multiplied by its mask: what a step with weight-drop runs on, and,
 * of the gradients that come of it, those of the weights themselves.
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

export function zeroStates({ layers, hiddenSize }: LanguageModelConfig, B: number): LayerState[] {
  return Array.from({ length: layers }, () => ({
    c: new Float64Array(B * hiddenSize),
    h: new Float64Array(B * hiddenSize),
  }));
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
): { loss: number; dLogits: Float64Array } {
  const V = logits.length / targets.length;
  const dLogits = new Float64Array(logits.length);
  let loss = 0;
  targets.forEach((target, token) => {
    const row = logSoftmax(logits.subarray(token * V, (token + 1) * V));
    loss -= row[target]! / B;
    for (let v = 0; v < V; v++) {
      dLogits[token * V + v] = (Math.exp(row[v]!) - (v === target ? 1 : 0)) / B;
    }
  });
  return { loss, dLogits };
}

export function logSoftmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(sum));
}

/** A layer's outputs through time; its kernel's rows are the input's, then its previous output's. */
export function runLayer(
  { hiddenSize: H, forgetBias }: LanguageModelConfig,
  weights: Tensors,
  layer: number,
  x: Float64Array, // [T, B, H]
  state: LayerState,
  { B, T }: Pick<Batch, "B" | "T">,
): LayerTrace {
  const kernel = weights.get(`lstm.${layer}.kernel`)!; // [2H, 4H]
  const bias = weights.get(`lstm.${layer}.bias`)!; // [4H]
  const trace: LayerTrace = {
    x,
    gates: new Float64Array(T * B * 4 * H),
    c: new Float64Array((T + 1) * B * H),
    h: new Float64Array((T + 1) * B * H),
  };
  trace.c.set(state.c);
  trace.h.set(state.h);
  for (let token = 0; token < T * B; token++) {
    const sums = Float64Array.from(bias);
    for (let row = 0; row < 2 * H; row++) {
      const from = row < H ? x[token * H + row]! : trace.h[token * H + row - H]!;
      for (let g = 0; g < 4 * H; g++) sums[g]! += from * kernel[row * 4 * H + g]!;
    }
    for (let unit = 0; unit < H; unit++) {
      const i = sigmoid(sums[unit]!);
      const j = Math.tanh(sums[H + unit]!);
      const f = sigmoid(sums[2 * H + unit]! + forgetBias);
      const o = sigmoid(sums[3 * H + unit]!);
      [i, j, f, o].forEach((gate, g) => (trace.gates[(token * 4 + g) * H + unit] = gate));
      const c = f * trace.c[token * H + unit]! + i * j;
      trace.c[(token + B) * H + unit] = c;
      trace.h[(token + B) * H + unit] = o * Math.tanh(c);
    }
  }
  return trace;
}

// Adds to the gradients of the layer's tensors and returns its input's [T, B, H].
function runLayerBack(
  weights: Tensors,
  gradients: Tensors,
  layer: number,
  { x, gates, c, h }: LayerTrace,
  dOutput: Float64Array, // [T, B, H]
  { B, T }: Batch,
  H: number,
): Float64Array<ArrayBuffer> {
  const kernel = weights.get(`lstm.${layer}.kernel`)!;
  const dKernel = gradients.get(`lstm.${layer}.kernel`)!;
  const dBias = gradients.get(`lstm.${layer}.bias`)!;
  const dx = new Float64Array(T * B * H);
  const dh = new Float64Array((T + 1) * B * H); // of the output that slot t holds
  const dc = new Float64Array((T + 1) * B * H);
  dh.set(dOutput, B * H);
  for (let token = T * B - 1; token >= 0; token--) {
    const dSums = new Float64Array(4 * H);
    for (let unit = 0; unit < H; unit++) {
      const [i, j, f, o] = [0, 1, 2, 3].map((g) => gates[(token * 4 + g) * H + unit]!) as [
        number,
        number,
        number,
        number,
      ];
      const after = (token + B) * H + unit;
      const before = token * H + unit;
      const shown = Math.tanh(c[after]!);
      const dCell = dc[after]! + dh[after]! * o * (1 - shown * shown);
      dSums[unit] = dCell * j * i * (1 - i);
      dSums[H + unit] = dCell * i * (1 - j * j);
      dSums[2 * H + unit] = dCell * c[before]! * f * (1 - f);
      dSums[3 * H + unit] = dh[after]! * shown * o * (1 - o);
      dc[before] = dCell * f;
    }
    for (let row = 0; row < 2 * H; row++) {
      const at = token * H + (row < H ? row : row - H);
      const from = row < H ? x[at]! : h[at]!;
      let sum = 0;
      for (let g = 0; g < 4 * H; g++) {
        sum += dSums[g]! * kernel[row * 4 * H + g]!;
        dKernel[row * 4 * H + g]! += from * dSums[g]!;
      }
      if (row < H) dx[at] = sum;
      else dh[at]! += sum;
    }
    for (let g = 0; g < 4 * H; g++) dBias[g]! += dSums[g]!;
  }
  return dx;
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

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
