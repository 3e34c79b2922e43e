// kernels/assembly/gates: an LSTM layer's step between its matrix products, forward and backward, one pass each.
//
// Panels of 16 columns, 64 bytes a row. A gate panel holds four units: i, j, f, o of units 4g … 4g+3, so that a step's
// whole cell is one row. Panels of c, h and what follows from them hold 16 units: those of four gate panels.

import { sigmoid, tanh } from "./activations";

/**
 * For gate panels first … last−1: gates become activations, c and h the new state, and `out`, where it is not h itself,
 * h · mask.
 */
export function lstmCellForward(
  gates: usize, // in: sums of the products; out: σ(i), tanh(j), σ(f + forgetBias), σ(o)
  gatesStride: usize,
  c: usize,
  previous: usize, // c one step earlier
  h: usize,
  stateStride: usize, // of c and h
  out: usize,
  mask: usize, // 0: there is no dropout, h is the output
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
    let dropped = (g >> 2) * outStride + ((g & 3) << 4);
    for (const end = gate + (rows << 6); gate < end; gate += 64) {
      const i = sigmoid(v128.load(gate));
      const j = tanh(v128.load(gate, 16));
      const f = sigmoid(f32x4.add(v128.load(gate, 32), bias));
      const o = sigmoid(v128.load(gate, 48));
      v128.store(gate, i);
      v128.store(gate, j, 16);
      v128.store(gate, f, 32);
      v128.store(gate, o, 48);
      const cell = f32x4.add(f32x4.mul(f, v128.load(previous + unit)), f32x4.mul(i, j));
      v128.store(c + unit, cell);
      const output = f32x4.mul(o, tanh(cell));
      v128.store(h + unit, output);
      if (mask) v128.store(out + dropped, f32x4.mul(output, v128.load(mask + dropped)));
      unit += 64;
      dropped += 64;
    }
  }
}

/** For gate panels first … last−1: activations become the gradient of the sums; dc moves on to the step before. */
export function lstmCellBackward(
  gates: usize, // in: activations; out: gradients of the sums of the products
  gatesStride: usize,
  dh: usize, // from the layer above and from the step after
  dhStride: usize,
  dc: usize, // in: from the step after; out: for the step before
  dcStride: usize,
  c: usize,
  previous: usize, // c one step earlier
  stateStride: usize, // of c
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
      const shown = tanh(v128.load(c + unit));
      const outer = v128.load(atDh);
      // dc + dh · o · (1 − tanh²)
      const slope = f32x4.sub(one, f32x4.mul(shown, shown));
      const cell = f32x4.add(v128.load(atDc), f32x4.mul(f32x4.mul(outer, o), slope));
      v128.store(gate, f32x4.mul(f32x4.mul(cell, j), slopeOfSigmoid(i)));
      v128.store(gate, f32x4.mul(f32x4.mul(cell, i), f32x4.sub(one, f32x4.mul(j, j))), 16);
      const remembered = v128.load(previous + unit);
      v128.store(gate, f32x4.mul(f32x4.mul(cell, remembered), slopeOfSigmoid(f)), 32);
      v128.store(gate, f32x4.mul(f32x4.mul(outer, shown), slopeOfSigmoid(o)), 48);
      v128.store(atDc, f32x4.mul(cell, f));
      unit += 64;
      atDh += 64;
      atDc += 64;
    }
  }
}

function slopeOfSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
}
