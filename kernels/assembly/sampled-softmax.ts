// kernels/assembly/sampled-softmax: a softmax over some of the words: its weights are copied together, its cross-entropy counts
// sampled words by their probabilities, and its gradient goes back to the words' own rows.
//
// U units, N sampled words. A step's columns are the N sampled words and after them the other targets. Matrices lie in
// panels of 16 columns, `…Stride` bytes apart; a word is a row of 64 bytes in each. Pointers are multiples of 64.

import { crossEntropy } from "./cross-entropy";

/**
 * Copies the rows of words first … last−1 of `ids`. Their biases become those of the estimated sum: less the logarithm of
 * the probability that the word is in the sample.
 */
export function gatherWords(
  out: usize, // f32 [columns, U + 1]
  outStride: usize,
  softmax: usize, // f32 [V, U + 1]
  softmaxStride: usize,
  ids: usize, // i32 [columns]
  logProbabilities: usize, // f32 [columns]
  first: i32,
  last: i32,
  U: i32,
): void {
  for (let unit = 0; unit <= U; unit += 16) {
    for (let column = first; column < last; column++) {
      const from = softmax + (load<i32>(ids + (column << 2)) << 6);
      const to = out + (column << 6);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
    }
    softmax += softmaxStride;
    out += outStride;
  }
  const bias = out - outStride + ((U & 15) << 2); // in the last panel
  for (let column = first; column < last; column++) {
    const at = bias + (column << 6);
    store<f32>(at, load<f32>(at) - load<f32>(logProbabilities + (column << 2)));
  }
}

/** The SGD step of the words first … last−1 of `ids`: softmax[ids[r]] −= rate · gradient[r]. */
export function updateWords(
  softmax: usize, // f32 [V, 16 · panels]
  softmaxStride: usize,
  gradient: usize, // f32 [rows, 16 · panels]
  gradientStride: usize,
  ids: usize, // i32 [rows], each once
  first: i32,
  last: i32,
  panels: i32,
  rate: f32,
): void {
  const rates = f32x4.splat(rate);
  for (let panel = 0; panel < panels; panel++) {
    for (let row = first; row < last; row++) {
      const weight = softmax + (load<i32>(ids + (row << 2)) << 6);
      const from = gradient + (row << 6);
      for (let lane = 0; lane < 64; lane += 16) {
        const change = f32x4.mul(rates, v128.load(from + lane));
        v128.store(weight + lane, f32x4.sub(v128.load(weight + lane), change));
      }
    }
    softmax += softmaxStride;
    gradient += gradientStride;
  }
}

/**
 * `crossEntropy` of a panel of 16 tokens with an estimate of the sum of exponentials: a token's own target counts with
 * weight 1, in the sample or not; the targets of others do not count beside the sample.
 */
export function sampledCrossEntropy(
  logits: usize, // f32 [columns, 16], of weights from gatherWords; then their gradient
  losses: usize, // f32 [tokens]
  targets: usize, // i32 [tokens], each below `columns`
  tokens: i32,
  sampled: i32, // N
  columns: i32,
  logProbabilities: usize, // f32 [columns]
  scale: f32,
  scratch: usize, // f32 [3, 16]
): void {
  for (let token = 0; token < tokens; token++) {
    const target = load<i32>(targets + (token << 2));
    const own = logits + (target << 6) + (token << 2);
    store<f32>(own, load<f32>(own) + load<f32>(logProbabilities + (target << 2)));
  }
  const kept = scratch + 128;
  fillOthers(logits, targets, tokens, sampled, columns, -Infinity, kept);
  crossEntropy(logits, losses, targets, tokens, columns, scale, scratch);
  // exp does not reach 0, and products with numbers just above it are slow
  fillOthers(logits, targets, tokens, sampled, columns, 0, kept);
}

// Writes `value` into columns `sampled` … columns−1 but for each token's own target.
function fillOthers(
  logits: usize,
  targets: usize,
  tokens: i32,
  sampled: i32,
  columns: i32,
  value: f32,
  kept: usize, // f32 [tokens]
): void {
  for (let token = 0; token < tokens; token++) {
    const lane = token << 2;
    store<f32>(kept + lane, load<f32>(logits + (load<i32>(targets + lane) << 6) + lane));
  }
  const values = f32x4.splat(value);
  const end = logits + (columns << 6);
  for (let at = logits + (sampled << 6); at < end; at += 16) v128.store(at, values);
  for (let token = 0; token < tokens; token++) {
    const lane = token << 2;
    store<f32>(logits + (load<i32>(targets + lane) << 6) + lane, load<f32>(kept + lane));
  }
}
