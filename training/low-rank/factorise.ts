// training/low-rank/factorise: the factors of a matrix that lose least of its products. Knows nothing of words.
//
// n rows, H columns, R rank. The loss of a row e whose approximation is ê, times vectors h, is E[(e·h − ê·h)²] =
// (e − ê) · M · (e − ê)ᵀ with the metric M = E[h·hᵀ]. With M = L·Lᵀ that is the squared length of (e − ê)·L, so the best factors are
// those of a truncated singular value decomposition of E·L (as in Chen et al. 2021, "DRONE").

import type { BandFactors } from "#model/low-rank";

const RIDGE = 1e-3; // of M's mean variance, added to each: vectors that were not seen may come
const ITERATIONS = 100;

export interface FactoriseOptions {
  weights: Float64Array; // [n], how much the loss of each row counts
  metric: Float64Array; // [H, H], M
  rank: number;
}

/**
 * Factors of rows [n, H]: row · down · up is near the row.
 * @example
 * const { down, up } = factorise(rows, { weights, metric, rank: 32 });
 */
export function factorise(
  rows: Float32Array,
  { weights, metric, rank: R }: FactoriseOptions,
): BandFactors {
  const H = Math.sqrt(metric.length);
  const L = cholesky(metric, H);
  const gram = momentsOf(weights.length, H, (at) => rows.subarray(at * H, (at + 1) * H), weights);
  const Q = rotate(largestEigenvectors(multiplyLeft(L, multiplyRight(gram, L, H), H), H, R), H, R);
  const down = new Float32Array(H * R); // L·Q
  const up = new Float32Array(R * H); // Qᵀ·L⁻¹: each row y solves y·L = q
  const row = new Float64Array(H);
  for (let r = 0; r < R; r++) {
    for (let k = 0; k < H; k++) {
      let sum = 0;
      for (let j = 0; j <= k; j++) sum += L[k * H + j]! * Q[r * H + j]!;
      down[k * R + r] = sum;
    }
    for (let k = H - 1; k >= 0; k--) {
      let rest = Q[r * H + k]!;
      for (let j = k + 1; j < H; j++) rest -= row[j]! * L[j * H + k]!;
      row[k] = rest / L[k * H + k]!;
    }
    up.set(row, r * H);
  }
  return { down, up };
}

/**
 * The sum of w · v·vᵀ over vectors v [H].
 * @param weights 1 each where there are none
 * @example
 * momentsOf(2, 1, (at) => [at + 1]); // [5], 1 · 1 + 2 · 2
 */
export function momentsOf(
  n: number,
  H: number,
  vector: (at: number) => ArrayLike<number>,
  weights?: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(H * H);
  for (let at = 0; at < n; at++) {
    const values = vector(at);
    for (let i = 0; i < H; i++) {
      const factor = (weights ? weights[at]! : 1) * values[i]!;
      for (let j = 0; j <= i; j++) sums[i * H + j]! += factor * values[j]!;
    }
  }
  for (let i = 0; i < H; i++) for (let j = 0; j < i; j++) sums[j * H + i] = sums[i * H + j]!;
  return sums;
}

/**
 * The sum of a matrix's diagonal.
 * @example
 * traceOf(Float64Array.of(1, 2, 3, 4), 2); // 5
 */
export function traceOf(matrix: Float64Array, H: number): number {
  let trace = 0;
  for (let i = 0; i < H; i++) trace += matrix[i * H + i]!;
  return trace;
}

/** L [H, H], lower, of a matrix that is made positive. */
function cholesky(matrix: Float64Array, H: number): Float64Array {
  const ridge = (RIDGE * traceOf(matrix, H)) / H || 1;
  const L = new Float64Array(H * H);
  for (let i = 0; i < H; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * H + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= L[i * H + k]! * L[j * H + k]!;
      L[i * H + j] = i === j ? Math.sqrt(Math.max(sum, ridge)) : sum / L[j * H + j]!;
    }
  }
  return L;
}

/** A·L, of a lower L. */
function multiplyRight(A: Float64Array, L: Float64Array, H: number): Float64Array {
  const product = new Float64Array(H * H);
  for (let i = 0; i < H; i++) {
    for (let k = 0; k < H; k++) {
      const factor = A[i * H + k]!;
      for (let j = 0; j <= k; j++) product[i * H + j]! += factor * L[k * H + j]!;
    }
  }
  return product;
}

/** Lᵀ·A. */
function multiplyLeft(L: Float64Array, A: Float64Array, H: number): Float64Array {
  const product = new Float64Array(H * H);
  for (let k = 0; k < H; k++) {
    for (let i = 0; i <= k; i++) {
      const factor = L[k * H + i]!;
      for (let j = 0; j < H; j++) product[i * H + j]! += factor * A[k * H + j]!;
    }
  }
  return product;
}

/** R orthonormal rows [R, H] that span those of a symmetric matrix's largest eigenvalues, by orthogonal iteration. */
function largestEigenvectors(matrix: Float64Array, H: number, R: number): Float64Array {
  let Q: Float64Array = Float64Array.from({ length: R * H }, (_, at) =>
    Math.cos((at + 1) * (at + 1)),
  ); // no two rows alike
  for (let round = 0; round < ITERATIONS; round++) {
    const next = new Float64Array(R * H);
    for (let r = 0; r < R; r++) {
      for (let k = 0; k < H; k++) {
        const factor = Q[r * H + k]!;
        for (let j = 0; j < H; j++) next[r * H + j]! += factor * matrix[k * H + j]!;
      }
    }
    Q = orthonormalise(next, H, R);
  }
  return Q;
}

/** Gram–Schmidt, twice, since once loses digits; rows that depend on those before become 0. */
function orthonormalise(Q: Float64Array, H: number, R: number): Float64Array {
  for (let r = 0; r < R; r++) {
    const row = Q.subarray(r * H, (r + 1) * H);
    const before = Math.hypot(...row);
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < r; other++) {
        const known = Q.subarray(other * H, (other + 1) * H);
        let share = 0;
        for (let k = 0; k < H; k++) share += row[k]! * known[k]!;
        for (let k = 0; k < H; k++) row[k]! -= share * known[k]!;
      }
    }
    const length = Math.hypot(...row);
    const isNew = length > 1e-9 * before;
    for (let k = 0; k < H; k++) row[k] = isNew ? row[k]! / length : 0;
  }
  return Q;
}

/** The same space by rows that share its variance, by a cosine transform: int8 has one scale for all R numbers of a word. */
function rotate(Q: Float64Array, H: number, R: number): Float64Array {
  const rotated = new Float64Array(R * H);
  for (let r = 0; r < R; r++) {
    for (let s = 0; s < R; s++) {
      const cosine = Math.sqrt((r === 0 ? 1 : 2) / R) * Math.cos((Math.PI * r * (s + 0.5)) / R);
      for (let k = 0; k < H; k++) rotated[r * H + k]! += cosine * Q[s * H + k]!;
    }
  }
  return rotated;
}
