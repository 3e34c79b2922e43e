// inference/sampling: draws one word from logits. The same seed draws the same word on every machine: exponentials are the
// kernels', all else is single operations of IEEE 754 in a fixed order, and the random numbers are whole.

import type { LanguageModel } from "./language-model.ts";
import { philox } from "#kernels/philox";

/** How a word is drawn, by OpenAI's names. */
export interface SamplingSettings {
  temperature: number; // 0 takes the most probable word
  topP: number; // only the most probable words that together reach this probability
  frequencyPenalty: number; // off a logit for each time the word was drawn
  presencePenalty: number; // off a logit if the word was drawn
  logitBias: ReadonlyMap<number, number>;
}

/** Where in the stream of random numbers a draw stands. */
export interface Draw {
  seed: bigint;
  choice: number;
  step: number;
}

/**
 * One of the words that `allowed` marks with 1 [N].
 *
 * @example
 * sampleWord(model, model.logits(state), mask, { settings, drawn: [], draw: { seed: 1n, choice: 0, step: 0 } });
 * // an id
 */
export function sampleWord(
  network: LanguageModel,
  logits: Float32Array,
  allowed: Uint8Array,
  { settings, drawn, draw }: { settings: SamplingSettings; drawn: readonly number[]; draw: Draw },
): number {
  const adjusted = adjust(logits, settings, drawn);
  const best = mostProbable(adjusted, 1, allowed)[0]!;
  if (settings.temperature === 0) return best;
  const largest = adjusted[best]!;
  const scaled = adjusted.map((logit) => (logit - largest) / settings.temperature);
  for (let id = 0; id < scaled.length; id++) if (allowed[id] !== 1) scaled[id] = -Infinity;
  const weights = network.softmax(scaled);
  const ids = settings.topP < 1 ? nucleus(weights, allowed, settings.topP) : weights.keys();
  const words = [...ids].filter((id) => allowed[id] === 1);
  return drawWord(weights, words, uniform(draw)) ?? best;
}

function adjust(
  logits: Float32Array,
  { frequencyPenalty, presencePenalty, logitBias }: SamplingSettings,
  drawn: readonly number[],
): Float32Array {
  const adjusted = logits.slice();
  for (const [id, bias] of logitBias) adjusted[id]! += bias;
  for (const id of new Set(drawn)) adjusted[id]! -= presencePenalty;
  for (const id of drawn) adjusted[id]! -= frequencyPenalty;
  return adjusted;
}

/**
 * The places of the `count` largest scores [V], of equals the first, among those that `allowed` marks with 1.
 *
 * @example
 * mostProbable(Float32Array.of(1, 3, 2), 2); // [1, 2]
 */
export function mostProbable(scores: Float32Array, count: number, allowed?: Uint8Array): number[] {
  const best: number[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (allowed && allowed[id] !== 1) continue;
    const score = scores[id]!;
    if (best.length === count && !(score > scores[best.at(-1)!]!)) continue;
    let place = best.length;
    while (place > 0 && scores[best[place - 1]!]! < score) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** The most probable words up to that share of all, of equals the first; one at least. */
function nucleus(weights: Float32Array, allowed: Uint8Array, topP: number): number[] {
  const ids = sortByWeight(weights, allowed);
  const total = ids.reduce((sum, id) => sum + weights[id]!, 0);
  let share = 0;
  const end = ids.findIndex((id) => (share += weights[id]!) >= topP * total);
  return ids.slice(0, end === -1 ? ids.length : end + 1);
}

/** More words than any vocabulary has; times all the bits of a float's magnitude still exact in a double. */
const MAX_WORDS = 2 ** 20;

/** The allowed words, the largest weight first, of equals the first; sorted as plain numbers, which takes no callback. */
function sortByWeight(weights: Float32Array, allowed: Uint8Array): number[] {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  const keys = new Float64Array(weights.length);
  let count = 0;
  // of floats that are not negative, the bits are in the numbers' order
  for (let id = 0; id < weights.length; id++) {
    if (allowed[id] === 1) keys[count++] = (0x7f80_0000 - bits[id]!) * MAX_WORDS + id;
  }
  return Array.from(keys.subarray(0, count).sort(), (key) => key % MAX_WORDS);
}

/**
 * One of some words by their weights; undefined where all of these are 0.
 * @param u from 0 to 1, says how far down the list
 * @example
 * drawWord(Float32Array.of(0.5, 0.25, 0.25), [0, 1, 2], 0.6); // 1
 */
export function drawWord(
  weights: Float32Array,
  ids: readonly number[],
  u: number,
): number | undefined {
  const total = ids.reduce((sum, id) => sum + weights[id]!, 0);
  let reached = 0;
  return ids.find((id) => (reached += weights[id]!) > u * total);
}

/** In 0…1, from 53 random bits. */
function uniform({ seed, choice, step }: Draw): number {
  const key = [Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n))] as const;
  const [high, low] = philox([step, choice, 0, 0], key);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
