// test/tiny-ngrams: gives a small model n-grams of a made-up text, with words that its network does not know.

import type { MasterModel } from "#model/master-file";
import { NGRAM_VERSION } from "#model/ngram";
import { countWeights } from "#inference/ngram-mixture";
import { countNgrams } from "#training/ngram/count";
import { estimateKneserNey } from "#training/ngram/kneser-ney";
import { packNgrams } from "#training/ngram/prune";
import { seededRandom } from "./tiny-model.ts";

const EXTRA_WORDS = "senate Congress statesman unions thereof peace".split(" ");
const TOKENS = 3_000;

export interface TinyNgramOptions {
  order?: number;
  extraWords?: string[]; // as they are shown
  weight?: number; // of the n-grams, in place of weights that differ
}

/** The same model with n-grams. */
export function withTinyNgrams(
  model: MasterModel,
  { order = 3, extraWords = EXTRA_WORDS, weight }: TinyNgramOptions = {},
): MasterModel & Required<Pick<MasterModel, "ngrams">> {
  const { endId, unknownId, size } = model.vocabulary;
  const N = size + extraWords.length;
  const random = seededRandom(N + order);
  let last = endId;
  const ids = Int32Array.from({ length: TOKENS }, () => {
    if (random() < 0.1) return (last = endId);
    return (last = random() < 0.5 ? (5 * last + 3) % N : Math.floor(N * random() ** 2));
  });
  const counted = countNgrams({ ids, words: N, endId }, order);
  const entries = extraWords.map((display, at) => ({ word: display.toLowerCase(), display, count: 6 - at })); // prettier-ignore
  const ngrams = packNgrams(estimateKneserNey(counted, { words: N, unknownId, order }), {
    maxBytes: 1e9,
    extraWords: entries,
  });
  const weights = Array.from({ length: countWeights(order) }, () => weight ?? random());
  const ngram = { version: NGRAM_VERSION, order, words: N, weights };
  return { ...model, metadata: { ...model.metadata, ngram }, ngrams };
}
