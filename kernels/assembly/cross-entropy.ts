// kernels/assembly/cross-entropy: softmax cross-entropy, its loss and its gradient in place of the logits; log-softmax.
//
// V vocabulary size. A panel holds 16 tokens side by side: row v, 64 bytes, has their logits of word v. So sums over the
// vocabulary run down a panel, never across SIMD lanes. Pointers are multiples of 64; `scratch` belongs to the thread.

import { exp } from "./activations";
import { transposeFour } from "./panels";

// Which of two ways is a template parameter, so that the compiler makes a loop for each.
type InPlace = i8;
type SumsOnly = i16;

/**
 * Turns a panel's logits into the gradient of the loss, (softmax − [v = target]) · scale, and writes each token's loss
 * in nats. Only the first `tokens` of the 16 have targets and losses.
 */
export function crossEntropy(
  logits: usize, // f32 [V, 16]
  losses: usize, // f32 [tokens]
  targets: usize, // i32 [tokens], each below V
  tokens: i32,
  V: i32,
  scale: f32,
  scratch: usize, // f32 [2, 16]
): void {
  const largest = scratch;
  const sums = scratch + 64;
  largestOfColumns(largest, logits, V);
  for (let token = 0; token < tokens; token++) {
    const lane = token << 2;
    store<f32>(losses + lane, load<f32>(logits + (load<i32>(targets + lane) << 6) + lane));
  }
  exponentials<InPlace>(logits, sums, largest, V);
  for (let token = 0; token < tokens; token++) {
    const lane = token << 2;
    const logSum = load<f32>(largest + lane) + <f32>Math.log(<f64>load<f32>(sums + lane));
    store<f32>(losses + lane, logSum - load<f32>(losses + lane));
  }
  multiplyColumns(logits, sums, V, scale);
  for (let token = 0; token < tokens; token++) {
    const lane = token << 2;
    const at = logits + (load<i32>(targets + lane) << 6) + lane;
    store<f32>(at, load<f32>(at) - scale);
  }
}

/** log-softmax of a panel's first `tokens` columns, transposed to a row of V log-probabilities for each. */
export function logSoftmax(
  out: usize, // f32 [tokens, V], a multiple of 4
  logits: usize, // f32 [V, 16]; overwritten
  tokens: i32,
  V: i32,
  scratch: usize, // f32 [2, 16]
): void {
  const largest = scratch;
  const sums = scratch + 64;
  largestOfColumns(largest, logits, V);
  exponentials<SumsOnly>(logits, sums, largest, V);
  for (let lane = 0; lane < 64; lane += 4) {
    const logSum = load<f32>(largest + lane) + <f32>Math.log(<f64>load<f32>(sums + lane));
    store<f32>(sums + lane, logSum);
  }
  for (let token = 0; token < tokens; token++) {
    const four = token + 4 <= tokens;
    const done = four ? V & ~3 : 0;
    if (four)
      writeFourRows(out + ((token * V) << 2), logits + (token << 2), sums + (token << 2), V);
    for (const last = four ? token + 3 : token; ; token++) {
      const logSum = load<f32>(sums + (token << 2));
      for (let v = done; v < V; v++) {
        const logit = load<f32>(logits + (v << 6) + (token << 2));
        store<f32>(out + ((token * V + v) << 2), logit - logSum);
      }
      if (token == last) break;
    }
  }
}

// Four columns minus their logSums, transposed to four rows, for V rounded down to a multiple of 4.
function writeFourRows(out: usize, logits: usize, logSums: usize, V: i32): void {
  const shift = v128.load(logSums);
  const rowBytes = (<usize>V) << 2;
  for (const end = logits + ((V & ~3) << 6); logits < end; logits += 256) {
    for (let row = 0; row < 256; row += 64) {
      v128.store(logits + row, f32x4.sub(v128.load(logits + row), shift));
    }
    transposeFour(out, rowBytes, logits, 64);
    out += 16;
  }
}

function largestOfColumns(largest: usize, logits: usize, V: i32): void {
  let m0 = v128.load(logits);
  let m1 = v128.load(logits, 16);
  let m2 = v128.load(logits, 32);
  let m3 = v128.load(logits, 48);
  for (const end = logits + (V << 6); logits < end; logits += 64) {
    m0 = f32x4.pmax(m0, v128.load(logits));
    m1 = f32x4.pmax(m1, v128.load(logits, 16));
    m2 = f32x4.pmax(m2, v128.load(logits, 32));
    m3 = f32x4.pmax(m3, v128.load(logits, 48));
  }
  v128.store(largest, m0);
  v128.store(largest, m1, 16);
  v128.store(largest, m2, 32);
  v128.store(largest, m3, 48);
}

// sums = Σ e^(logits − largest) down each column; with `InPlace` the exponentials also replace the logits.
function exponentials<Way>(logits: usize, sums: usize, largest: usize, V: i32): void {
  const m0 = v128.load(largest);
  const m1 = v128.load(largest, 16);
  const m2 = v128.load(largest, 32);
  const m3 = v128.load(largest, 48);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = logits + (V << 6); logits < end; logits += 64) {
    const e0 = exp(f32x4.sub(v128.load(logits), m0));
    const e1 = exp(f32x4.sub(v128.load(logits, 16), m1));
    const e2 = exp(f32x4.sub(v128.load(logits, 32), m2));
    const e3 = exp(f32x4.sub(v128.load(logits, 48), m3));
    if (sizeof<Way>() == sizeof<InPlace>()) {
      v128.store(logits, e0);
      v128.store(logits, e1, 16);
      v128.store(logits, e2, 32);
      v128.store(logits, e3, 48);
    }
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
    s2 = f32x4.add(s2, e2);
    s3 = f32x4.add(s3, e3);
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

// logits *= scale / sums
function multiplyColumns(logits: usize, sums: usize, V: i32, scale: f32): void {
  const scales = f32x4.splat(scale);
  const f0 = f32x4.div(scales, v128.load(sums));
  const f1 = f32x4.div(scales, v128.load(sums, 16));
  const f2 = f32x4.div(scales, v128.load(sums, 32));
  const f3 = f32x4.div(scales, v128.load(sums, 48));
  for (const end = logits + (V << 6); logits < end; logits += 64) {
    v128.store(logits, f32x4.mul(v128.load(logits), f0));
    v128.store(logits, f32x4.mul(v128.load(logits, 16), f1), 16);
    v128.store(logits, f32x4.mul(v128.load(logits, 32), f2), 32);
    v128.store(logits, f32x4.mul(v128.load(logits, 48), f3), 48);
  }
}
