// test/edge/same-bits: one computation to be run in Node and in workerd, its result as text, exact to the last bit.

import { NO_MEMORY } from "#inference/cache-mixture";
import { Predictor } from "#inference/predictor";
import type { Prediction } from "#inference/predictor";
import { listPredictions } from "#inference/suggestion-list";
import { cachedOutput } from "#inference/neural-cache";
import type { LanguageModel } from "#inference/language-model";
import { mixtureOf } from "#inference/profile-mixture";
import { ProfileNgrams } from "#inference/profile-ngrams";
import type { MasterModel } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

export const SHAPES = [
  { hiddenSize: 20, layers: 2 },
  { hiddenSize: 17, layers: 1 },
  { hiddenSize: 64, layers: 2, vocabularySize: 500 },
  { hiddenSize: 40, layers: 2, vocabularySize: 500, tied: true, bands: [{ begin: 8, rank: 48 }, { begin: 16, rank: 16 }, { begin: 48, rank: 32 }] }, // prettier-ignore
];

/** A tiny model of that shape, with n-grams and words that only these know. */
export function modelOf({ bands, ...config }: (typeof SHAPES)[number]): MasterModel {
  return withTinyNgrams(makeTinyModel({ config, bands }), { order: 2 + config.layers });
}

/** The bits of a network's state, its probabilities and its neural cache after fifty words. */
export function runWords(network: LanguageModel): string {
  const ids = Array.from({ length: 50 }, (_, at) => (at * 7 + (at >> 2)) % 33);
  const { state, outputs } = network.trace(network.initialState(), ids);
  const words = ids.map((word, at) => ({ word, output: cachedOutput(outputs[at]!) }));
  const { cacheMass: shares } = network.cache.share(words, cachedOutput(network.output(state)));
  const all = network.mixtureProbabilities(state);
  const some = network.probabilitiesOf(state, [...all.keys()].reverse());
  const bits = [
    state,
    network.probabilities(state),
    all,
    some,
    Float64Array.from(shares.values()),
    predictWithProfile(network),
  ]
    .map((floats) => hex(new Uint32Array(floats.buffer)))
    .join(" | ");
  return bits + JSON.stringify(listsOf(network));
}

/** Lists with all that may be asked of them. */
function listsOf(network: LanguageModel): Prediction[][] {
  const predictor = new Predictor(network, ["of"]);
  return ["the ", "the uni", "the peoplr", "our unitrd"].map((rest) =>
    listPredictions(predictor, { point: predictor.start(), before: "", rest }, NO_MEMORY, {
      limit: 40,
      after: "world",
      phrases: true,
      correct: true,
    }),
  );
}

/** The probabilities after some texts of words that a writer's profile raises. */
function predictWithProfile(network: LanguageModel): Float64Array {
  const predictor = new Predictor(network);
  const phrases = new Map([["<eos> the united Kowalski of Zyxquor", 3], ["the State of union", 2], ["the world", 7]]); // prettier-ignore
  const profile = new ProfileNgrams(new Map([[20_000, { phrases, rejected: new Map([["States", 2]]) }]]), predictor); // prettier-ignore
  const memory = { ...NO_MEMORY, profile: mixtureOf(profile), rejected: profile.rejected };
  const texts = ["", "the ", "the united ", "of Zyx", "the State o", "the u", "Kow"];
  return Float64Array.from(
    texts.flatMap((text) => predictor.predict(predictor.start(), "", text, 60, memory)),
    ({ probability }) => probability,
  );
}

function hex(bits: Uint32Array): string {
  return Array.from(bits, (word) => word.toString(16).padStart(8, "0")).join("");
}

declare module "vitest" {
  interface ProvidedContext {
    nodeBits: string[]; // from node-truth.ts, one of each of SHAPES
  }
}
