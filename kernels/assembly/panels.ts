// kernels/assembly/panels: element-wise work on matrices in panels of 16 columns: transpose, mask, sum of squares.
//
// A panel's rows are 64 bytes; panels are `…Stride` bytes apart. Pointers and strides are multiples of 64.

/** out[16·panels, rows] = inputᵀ for input[rows, 16·panels]; rows are rounded up to a multiple of 16. */
export function transposePanels(
  out: usize,
  outStride: usize,
  input: usize,
  inputStride: usize,
  rows: i32,
  panels: i32,
): void {
  for (let panel = 0; panel < panels; panel++) {
    for (let row = 0; row < rows; row += 16) {
      const to = out + (row >> 4) * outStride + (panel << 10);
      transposeBlock(to, input + panel * inputStride + (row << 6));
    }
  }
}

/** out = inputᵀ for a block of 16 × 16 floats, row after row. */
export function transposeBlock(out: usize, input: usize): void {
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      transposeFour(out + (column << 8) + (row << 4), 64, input + (row << 8) + (column << 4), 64);
    }
  }
}

/** out = inputᵀ for 4 × 4 floats whose rows are `…Bytes` apart; pointers are multiples of 4. */
export function transposeFour(out: usize, outBytes: usize, input: usize, inputBytes: usize): void {
  const a = v128.load(input);
  const b = v128.load(input + inputBytes);
  const c = v128.load(input + 2 * inputBytes);
  const d = v128.load(input + 3 * inputBytes);
  const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5)); // a0 b0 c0 d0
  v128.store(out + outBytes, v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7));
  v128.store(out + 2 * outBytes, v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5));
  v128.store(out + 3 * outBytes, v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7));
}

/** out[rows, 16·panels] = values · mask, element by element; `out` may be `values`. */
export function maskPanels(
  out: usize,
  outStride: usize,
  values: usize,
  valuesStride: usize,
  mask: usize,
  maskStride: usize,
  rows: i32,
  panels: i32,
): void {
  for (let panel = 0; panel < panels; panel++) {
    let to = out + panel * outStride;
    let from = values + panel * valuesStride;
    let by = mask + panel * maskStride;
    for (const end = to + (rows << 6); to < end; to += 16) {
      v128.store(to, f32x4.mul(v128.load(from), v128.load(by)));
      from += 16;
      by += 16;
    }
  }
}

/** Σ values² over [rows, 16·panels]: in float32 down a panel's column, from there on in float64. */
export function sumSquares(values: usize, stride: usize, rows: i32, panels: i32): f64 {
  let total: f64 = 0;
  for (let panel = 0; panel < panels; panel++) {
    let at = values + panel * stride;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (const end = at + (rows << 6); at < end; at += 64) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      const x2 = v128.load(at, 32);
      const x3 = v128.load(at, 48);
      s0 = f32x4.add(s0, f32x4.mul(x0, x0));
      s1 = f32x4.add(s1, f32x4.mul(x1, x1));
      s2 = f32x4.add(s2, f32x4.mul(x2, x2));
      s3 = f32x4.add(s3, f32x4.mul(x3, x3));
    }
    total += sumLanes(s0) + sumLanes(s1) + sumLanes(s2) + sumLanes(s3);
  }
  return total;
}

function sumLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    <f64>f32x4.extract_lane(x, 2) +
    <f64>f32x4.extract_lane(x, 3)
  );
}
