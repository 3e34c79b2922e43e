// kernels/assembly/gates: the LSTM cell of training, forward and backward: everything of a time step but its matrix
// products, in one pass over the gates. The int8 model's cell is in cell.
//
// Panels of 16 columns, 64 bytes a row. A gate panel holds four units: i, j, f, o of units 4g … 4g+3, so that one row
// has all that a cell needs. Panels of c, h, dh and dc hold 16 units: those of four gate panels.

import { sigmoid, tanh } from "./activations";

/**
 * c = σ(f + forgetBias) · cPrev + σ(i) · tanh(j), h = σ(o) · tanh(c) and, with dropout, out = h · mask, for gate panels
 * first … last−1. The gates become their activations, for the backward pass.
 */
export function lstmCellForward(
  gates: usize, // in: sums of the products; out: σ(i), tanh(j), σ(f + forgetBias), σ(o)
  gatesStride: usize,
  c: usize,
  cPrev: usize, // one time step earlier
  h: usize,
  stateStride: usize, // of c and h
  out: usize,
  mask: usize, // 0 without dropout: then `out` is not written
  outStride: usize, // of out and mask
  rows: i32,
  first: i32,
  last: i32,
  forgetBias: f32,
): void {
  const bias = f32x4.splat(forgetBias);
  for (let g = first; g < last; g++) {
    let gate = gates + g * gatesStride;
    let unit = (g >> 2) * stateStride + ((g & 3) << 4);
    let atOut = (g >> 2) * outStride + ((g & 3) << 4);
    for (const end = gate + (rows << 6); gate < end; gate += 64) {
      const i = sigmoid(v128.load(gate));
      const j = tanh(v128.load(gate, 16));
      const f = sigmoid(f32x4.add(v128.load(gate, 32), bias));
      const o = sigmoid(v128.load(gate, 48));
      v128.store(gate, i);
      v128.store(gate, j, 16);
      v128.store(gate, f, 32);
      v128.store(gate, o, 48);
      const cNew = f32x4.add(f32x4.mul(f, v128.load(cPrev + unit)), f32x4.mul(i, j));
      v128.store(c + unit, cNew);
      const output = f32x4.mul(o, tanh(cNew));
      v128.store(h + unit, output);
      if (mask) v128.store(out + atOut, f32x4.mul(output, v128.load(mask + atOut)));
      unit += 64;
      atOut += 64;
    }
  }
}

/**
 * The gradients of the gates' sums in place of their activations, and dc for the time step before, for gate panels
 * first … last−1.
 */
export function lstmCellBackward(
  gates: usize, // in: activations; out: gradients of the sums of the products
  gatesStride: usize,
  dh: usize, // from the layer above and from the time step after
  dhStride: usize,
  dc: usize, // in: from the time step after; out: for the one before
  dcStride: usize,
  c: usize,
  cPrev: usize, // one time step earlier
  stateStride: usize, // of c and cPrev
  rows: i32,
  first: i32,
  last: i32,
): void {
  const one = f32x4.splat(1);
  for (let g = first; g < last; g++) {
    let gate = gates + g * gatesStride;
    const lane = (g & 3) << 4;
    let unit = (g >> 2) * stateStride + lane;
    let atDh = dh + (g >> 2) * dhStride + lane;
    let atDc = dc + (g >> 2) * dcStride + lane;
    for (const end = gate + (rows << 6); gate < end; gate += 64) {
      const i = v128.load(gate);
      const j = v128.load(gate, 16);
      const f = v128.load(gate, 32);
      const o = v128.load(gate, 48);
      const tanhC = tanh(v128.load(c + unit));
      const dhHere = v128.load(atDh);
      // dc + dh · o · (1 − tanh² c)
      const dTanh = f32x4.sub(one, f32x4.mul(tanhC, tanhC));
      const dcHere = f32x4.add(v128.load(atDc), f32x4.mul(f32x4.mul(dhHere, o), dTanh));
      v128.store(gate, f32x4.mul(f32x4.mul(dcHere, j), dSigmoid(i)));
      v128.store(gate, f32x4.mul(f32x4.mul(dcHere, i), f32x4.sub(one, f32x4.mul(j, j))), 16);
      const cBefore = v128.load(cPrev + unit);
      v128.store(gate, f32x4.mul(f32x4.mul(dcHere, cBefore), dSigmoid(f)), 32);
      v128.store(gate, f32x4.mul(f32x4.mul(dhHere, tanhC), dSigmoid(o)), 48);
      v128.store(atDc, f32x4.mul(dcHere, f));
      unit += 64;
      atDh += 64;
      atDc += 64;
    }
  }
}

// The derivative of σ, from its value y.
function dSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
}
