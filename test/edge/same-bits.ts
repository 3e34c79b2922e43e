// test/edge/same-bits: one computation to be run in Node and in workerd, its result as text, exact to the last bit.

import { cachedOutput } from "#inference/neural-cache";
import type { LanguageModel } from "#inference/language-model";

export const SHAPES = [
  { hiddenSize: 20, layers: 2 },
  { hiddenSize: 17, layers: 1 },
  { hiddenSize: 64, layers: 2, vocabularySize: 500 },
];

/** The bits of a network's state, its probabilities and its neural cache after fifty words. */
export function runWords(network: LanguageModel): string {
  const ids = Array.from({ length: 50 }, (_, at) => (at * 7 + (at >> 2)) % 33);
  const { state, outputs } = network.trace(network.initialState(), ids);
  const words = ids.map((word, at) => ({ word, output: cachedOutput(outputs[at]!) }));
  const { cacheMass: shares } = network.cache.share(words, cachedOutput(network.output(state)));
  return [state, network.probabilities(state), Float64Array.from(shares.values())]
    .map((floats) => hex(new Uint32Array(floats.buffer)))
    .join(" | ");
}

function hex(bits: Uint32Array): string {
  return Array.from(bits, (word) => word.toString(16).padStart(8, "0")).join("");
}

declare module "vitest" {
  interface ProvidedContext {
    nodeBits: string[]; // from node-truth.ts, one of each of SHAPES
  }
}
