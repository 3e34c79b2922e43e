// inference/sampling: draws one word from logits. The same seed draws the same word on every machine: exponentials are the
// kernels', all else is single operations of IEEE 754 in a fixed order, and the random numbers are whole.

import type { LanguageModel } from "./language-model.ts";
import { philox } from "#kernels/philox";

export interface SamplingSettings {
  temperature: number; // 0 takes the topK word
  topP: number; // only the topK words that together reach this probability
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

/** One of the words that `allowed` marks with 1 [V]. */
export function sampleWord(
  network: LanguageModel,
  logits: Float32Array,
  allowed: Uint8Array,
  { settings, drawn, draw }: { settings: SamplingSettings; drawn: readonly number[]; draw: Draw },
): number {
  const adjusted = adjust(logits, settings, drawn);
  const best = topK(adjusted, allowed);
  if (settings.temperature === 0) return best;
  const largest = adjusted[best]!;
  const scaled = adjusted.map((logit) => (logit - largest) / settings.temperature);
  for (let id = 0; id < scaled.length; id++) if (allowed[id] !== 1) scaled[id] = -Infinity;
  const weights = network.softmax(scaled);
  const ids = settings.topP < 1 ? nucleus(weights, allowed, settings.topP) : weights.keys();
  return walk(weights, allowed, [...ids], uniform(draw)) ?? best;
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

function topK(logits: Float32Array, allowed: Uint8Array): number {
  let best = allowed.indexOf(1);
  for (let id = best; id < logits.length; id++) {
    if (allowed[id] === 1 && logits[id]! > logits[best]!) best = id;
  }
  return best;
}

/** The topK words up to that share of all, of equals the first; one at least. */
function nucleus(weights: Float32Array, allowed: Uint8Array, topP: number): number[] {
  const ids = Array.from(weights.keys()).filter((id) => allowed[id] === 1);
  ids.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const total = ids.reduce((sum, id) => sum + weights[id]!, 0);
  let share = 0;
  const end = ids.findIndex((id) => (share += weights[id]!) >= topP * total);
  return ids.slice(0, end === -1 ? ids.length : end + 1);
}

function walk(weights: Float32Array, allowed: Uint8Array, ids: number[], u: number) {
  const candidates = ids.filter((id) => allowed[id] === 1);
  const total = candidates.reduce((sum, id) => sum + weights[id]!, 0);
  let reached = 0;
  return candidates.find((id) => (reached += weights[id]!) > u * total);
}

/** In 0…1, from 53 random bits. */
function uniform({ seed, choice, step }: Draw): number {
  const key = [Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n))] as const;
  const [high, low] = philox([step, choice, 0, 0], key);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
