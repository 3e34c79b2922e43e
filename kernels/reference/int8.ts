// kernels/reference/int8: the int8 kernels in plain TypeScript: readable, slow, and what the tests compare them with.
//
// Integer sums agree exactly. Floats are rounded to 32 bits where the kernels round; only exp, σ and tanh may differ, in
// their last bits.

const { fround } = Math;

export interface Int8Rows {
  weight: Int8Array; // [rows, K], each in −63…63
  scale: Float32Array; // [rows]
  zeroPointCorrection: Int32Array; // [rows]
}

/** For each vector n: start[n,r] + activationScale[n] · scale[r] · (Σ weight[r,k]·q[n,k] + zeroPointCorrection[r]). */
export function multiplyRows(
  starts: Float32Array[],
  rows: Int8Rows,
  vectors: Uint8Array[],
  activationScales: number[],
): Float32Array[] {
  return vectors.map((q, n) =>
    starts[n]!.map((_, row) => multiplyRow(starts[n]!, rows, q, activationScales[n]!, row)),
  );
}

/** The same for one vector and the rows listed in `ids`. */
export function gatherRows(
  ids: Int32Array,
  start: Float32Array,
  rows: Int8Rows,
  q: Uint8Array,
  activationScale: number,
): Float32Array {
  return Float32Array.from(ids, (id) => multiplyRow(start, rows, q, activationScale, id));
}

function multiplyRow(
  start: Float32Array,
  { weight, scale, zeroPointCorrection }: Int8Rows,
  q: Uint8Array,
  activationScale: number,
  row: number,
): number {
  const K = q.length;
  let sum = 0;
  for (let k = 0; k < K; k++) sum += weight[row * K + k]! * q[k]!;
  const exact = sum + zeroPointCorrection[row]!;
  return fround(
    start[row]! + fround(fround(exact) * fround(scale[row]! * fround(activationScale))),
  );
}

/** Outputs in 7 bits: 64 + round(63·h), ties to even; NaN counts as 0. */
export function quantiseOutput(h: Float32Array): Uint8Array {
  return quantise(h, 63);
}

/** Numbers of any size in 7 bits: 64 + round(63·x ÷ the largest |x|), and what 1 of that is worth. */
export function quantiseScaled(x: Float32Array): { q: Uint8Array; step: number } {
  const largest = Math.max(...x.map(Math.abs));
  return { q: quantise(x, largest > 0 ? fround(63 / largest) : 0), step: fround(largest / 63) };
}

function quantise(x: Float32Array, factor: number): Uint8Array {
  return Uint8Array.from(x, (value) => {
    const steps = roundHalfToEven(fround((Number.isNaN(value) ? 0 : value) * factor));
    return Math.min(Math.max(64 + steps, 0), 127);
  });
}

/** An embedding's row in 7 bits: 64 + w. */
export function quantiseEmbedding(row: Int8Array): Uint8Array {
  return Uint8Array.from(row, (weight) => 64 + weight);
}

/** c = σ(f)·c + σ(i)·tanh(j) and h = σ(o)·tanh(c); gates [4, P] stand in the order i, j, f, o. */
export function stepCell(
  c: Float32Array,
  gates: Float32Array,
): { c: Float32Array; h: Float32Array } {
  const P = c.length;
  const gate = (index: number) => gates.subarray(index * P, (index + 1) * P);
  const [i, j, f, o] = [gate(0), gate(1), gate(2), gate(3)];
  const next = c.map((value, u) => sigmoid(f[u]!) * value + sigmoid(i[u]!) * Math.tanh(j[u]!));
  return { c: next, h: next.map((value, u) => sigmoid(o[u]!) * Math.tanh(value)) };
}

/** e^value / Σ e^value. */
export function softmax(values: Float32Array): Float32Array {
  const largest = Math.max(...values);
  const powers = Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/** Top-k: the indices of the k largest allowed values in descending order, ties by index. */
export function softmaxTopK(values: Float32Array, allowed: Uint8Array, k: number): number[] {
  return Array.from(values.keys())
    .filter((index) => allowed[index] === 1)
    .toSorted((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, k);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
