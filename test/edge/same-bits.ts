// test/edge/same-bits: one computation to be run in Node and in workerd, its result as text, exact to the last bit.

import { cachedOutput } from "#inference/neural-cache";
import type { LanguageModel } from "#inference/language-model";
import type { MasterModel } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

export const SHAPES = [
  { hiddenSize: 20, layers: 2 },
  { hiddenSize: 17, layers: 1 },
  { hiddenSize: 64, layers: 2, vocabularySize: 500 },
];

/** A tiny model of that shape, with n-grams and words that only these know. */
export function modelOf(config: (typeof SHAPES)[number]): MasterModel {
  return withTinyNgrams(makeTinyModel({ config }), { order: 2 + config.layers });
}

/** The bits of a network's state, its probabilities and its neural cache after fifty words. */
export function runWords(network: LanguageModel): string {
  const ids = Array.from({ length: 50 }, (_, at) => (at * 7 + (at >> 2)) % 33);
  const { state, outputs } = network.trace(network.initialState(), ids);
  const words = ids.map((word, at) => ({ word, output: cachedOutput(outputs[at]!) }));
  const { cacheMass: shares } = network.cache.share(words, cachedOutput(network.output(state)));
  const all = network.mixtureProbabilities(state);
  const some = network.probabilitiesOf(state, [...all.keys()].reverse());
  return [state, network.probabilities(state), all, some, Float64Array.from(shares.values())]
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
