// kernels/reference/int8: the edge's kernels again in plain TypeScript, to be read and to be tested against. Not fast.
//
// Sums of whole numbers are the same here and there; floats are rounded to 32 bits where the kernels' are, and differ in
// the last bits of exp, σ and tanh alone.

const { fround } = Math;

export interface Int8Rows {
  weight: Int8Array; // [rows, K], each in −63…63
  scale: Float32Array; // [rows]
  offset: Int32Array; // [rows]
}

/** For every vector n: start[n,r] + step[n] · scale[r] · (Σ weight[r,k]·q[n,k] + offset[r]) */
export function multiplyRows(
  starts: Float32Array[],
  rows: Int8Rows,
  vectors: Uint8Array[],
  steps: number[],
): Float32Array[] {
  return vectors.map((q, n) =>
    starts[n]!.map((_, row) => multiplyRow(starts[n]!, rows, q, steps[n]!, row)),
  );
}

/** The same for the rows that `ids` names. */
export function gatherRows(
  ids: Int32Array,
  start: Float32Array,
  rows: Int8Rows,
  q: Uint8Array,
  step: number,
): Float32Array {
  return Float32Array.from(ids, (id) => multiplyRow(start, rows, q, step, id));
}

function multiplyRow(
  start: Float32Array,
  { weight, scale, offset }: Int8Rows,
  q: Uint8Array,
  step: number,
  row: number,
): number {
  const K = q.length;
  let sum = 0;
  for (let k = 0; k < K; k++) sum += weight[row * K + k]! * q[k]!;
  const exact = sum + offset[row]!;
  return fround(start[row]! + fround(fround(exact) * fround(scale[row]! * fround(step))));
}

/** An output in 7 bits: 64 + round(63·h), halves to even; what is no number is 0. */
export function quantiseOutput(h: Float32Array): Uint8Array {
  return Uint8Array.from(h, (value) => {
    const steps = roundHalfToEven(fround((Number.isNaN(value) ? 0 : value) * 63));
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

/** e^value ÷ the sum of all of them. */
export function softmax(values: Float32Array): Float32Array {
  const largest = Math.max(...values);
  const powers = Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/** The indices of the largest allowed values, largest first, of equals the first; at most k. */
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
