// kernels/reference/lstm: one LSTM layer through time, forward and backward, in plain TypeScript and float64.
//
// B batch, T time steps, H hidden size. All tensors are flat and row-major.

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

export interface LayerTrace {
  x: Float64Array; // [T, B, H], the layer's dropped input
  gates: Float64Array; // [T, B, 4H]: σ(i), tanh(j), σ(f), σ(o)
  c: Float64Array; // [T + 1, B, H], slot 0 before the batch
  h: Float64Array; // [T + 1, B, H]
}

export function zeroStates({ layers, hiddenSize }: LanguageModelConfig, B: number): LayerState[] {
  return Array.from({ length: layers }, () => ({
    c: new Float64Array(B * hiddenSize),
    h: new Float64Array(B * hiddenSize),
  }));
}

/** A layer's forward pass; the rows of its kernel are the input's, then the previous output's. */
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

/** The layer's backward pass: adds to the gradients of its tensors and returns its input's [T, B, H]. */
export function runLayerBack(
  weights: Tensors,
  gradients: Tensors,
  layer: number,
  { x, gates, c, h }: LayerTrace,
  dOutput: Float64Array, // [T, B, H]
): Float64Array<ArrayBuffer> {
  const kernel = weights.get(`lstm.${layer}.kernel`)!;
  const dKernel = gradients.get(`lstm.${layer}.kernel`)!;
  const dBias = gradients.get(`lstm.${layer}.bias`)!;
  const H = dBias.length / 4;
  const B = (h.length - x.length) / H; // h has one time step more
  const T = x.length / (B * H);
  const dx = new Float64Array(T * B * H);
  const dh = new Float64Array((T + 1) * B * H); // slot t + 1 belongs to time step t
  const dc = new Float64Array((T + 1) * B * H);
  dh.set(dOutput, B * H);
  for (let token = T * B - 1; token >= 0; token--) {
    const dSums = new Float64Array(4 * H);
    for (let unit = 0; unit < H; unit++) {
      const gate = (g: number) => gates[(token * 4 + g) * H + unit]!;
      const [i, j, f, o] = [gate(0), gate(1), gate(2), gate(3)];
      const after = (token + B) * H + unit;
      const before = token * H + unit;
      const tanhC = Math.tanh(c[after]!);
      const dCell = dc[after]! + dh[after]! * o * (1 - tanhC * tanhC);
      dSums[unit] = dCell * j * i * (1 - i);
      dSums[H + unit] = dCell * i * (1 - j * j);
      dSums[2 * H + unit] = dCell * c[before]! * f * (1 - f);
      dSums[3 * H + unit] = dh[after]! * tanhC * o * (1 - o);
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

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
