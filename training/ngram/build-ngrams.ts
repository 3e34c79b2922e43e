// training/ngram/build-ngrams: the n-grams of a training text for a model that is there: their order and weights are those
// that a validation text is most probable with. Where they do not pay for their bytes there, there are none.

import type { LanguageModel } from "#inference/language-model";
import { NgramModel, ngramProbability } from "#inference/ngram";
import { countWeights, NgramMixture, weightIndex } from "#inference/ngram-mixture";
import { ngramBytes, NGRAM_VERSION } from "#model/ngram";
import type { NgramSettings, NgramTables } from "#model/ngram";
import type { Vocabulary } from "#model/vocabulary";
import { countNgrams } from "./count.ts";
import type { CountedOrder } from "./count.ts";
import { estimateKneserNey } from "./kneser-ney.ts";
import { mergeNgrams } from "./merge.ts";
import type { InheritedNgrams } from "./merge.ts";
import { packNgrams } from "./prune.ts";
import { mixtureLogLikelihood, tuneMixture } from "./tune-mixture.ts";
import type { MixtureSample } from "./tune-mixture.ts";

export interface TextToBuildFrom {
  words: Vocabulary; // all, those of the network first
  train: Int32Array; // ids of those
  valid: Int32Array;
  begins?: Int32Array; // where each document begins in `train`
  onlyOfSeveral?: boolean; // leave out n-grams that one document alone has
  inherited?: InheritedNgrams; // of the model that training goes on from
}

/** N-grams for a model file. */
export interface BuiltNgrams {
  tables: NgramTables;
  settings: NgramSettings;
  samples: MixtureSample[]; // of the validation text's first tokens
  perplexity: number; // of these, with the n-grams and without the neural cache
  networkPerplexity: number; // of the network alone: words that are `<unk>` to it share its probability
}

/** What the tables may take of a file. */
const MAX_NGRAM_BYTES = 2_500_000;
const ORDERS = [3, 4] as const;
/** How many times as much an occurrence in the text may count as one in a parent's. */
const OWN_WEIGHTS = [4, 16, 64];
export const MAX_COUNTED = 6_000_000; // tokens of the training text: 4-grams of more would not fit in memory unpruned
const MAX_TUNED = 10_000; // tokens of the validation text
/** A longer order has to be so much better on the validation text, relatively. */
const MIN_ORDER_GAIN = 0.005;
/** N-grams stay where they make the validation text so much more probable, relatively: for a megabyte, and at least. */
const MIN_GAIN_PER_MEGABYTE = 0.005;
const MIN_GAIN = 0.005;

/** The n-grams of a training text, of every order that may be used. */
export function countText({ words, train, begins }: TextToBuildFrom): CountedOrder[] {
  const ids = train.subarray(0, MAX_COUNTED);
  return countNgrams({ ids, words: words.size, endId: words.endId, begins }, ORDERS[1]);
}

/** The n-grams that a network has to beat: all of them, of the longest order. */
export function countsAlone({ words }: TextToBuildFrom, counted: CountedOrder[]): NgramModel {
  const { size, unknownId, endId } = words;
  const estimated = estimateKneserNey(counted, { words: size, unknownId, order: ORDERS[1] });
  return new NgramModel(packNgrams(estimated, { maxBytes: Infinity, extraWords: [] }), endId);
}

/**
 * Builds them for a network.
 * @param counted of the same text, see `countText`
 * @returns null where they do not pay for their bytes
 */
export async function buildNgrams(
  network: LanguageModel,
  text: TextToBuildFrom,
  counted: CountedOrder[],
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (tokensDone: number) => void } = {},
): Promise<BuiltNgrams | null> {
  const valid = text.valid.subarray(0, MAX_TUNED);
  if (valid.length === 0) return null;
  const tables = chooseTables(text, counted, network.vocabulary.size);
  const samples = await sampleText(network, { tables, valid }, { signal, onProgress });
  const order = tables.orders.length + 1;
  const weights = tuneMixture(samples, countWeights(order));
  const perplexityWith = (weights: number[]) =>
    Math.exp(-mixtureLogLikelihood(samples, weights) / samples.length);
  const perplexity = perplexityWith(weights);
  const networkPerplexity = perplexityWith(weights.map(() => 0));
  const price = MIN_GAIN_PER_MEGABYTE * (ngramBytes(tables) / 1e6);
  if (perplexity > networkPerplexity * (1 - Math.max(price, MIN_GAIN))) return null;
  const settings = { version: NGRAM_VERSION, order, words: text.words.size, weights };
  return { tables, settings, samples, perplexity, networkPerplexity };
}

/** The tables of the order, and with the weight beside a parent's, that the validation text is most probable with. */
function chooseTables(
  { words, valid, onlyOfSeveral, inherited }: TextToBuildFrom,
  counted: CountedOrder[],
  V: number,
): NgramTables {
  const { size: N, endId, unknownId } = words;
  const extraWords = words.entries.slice(V);
  const ofText = onlyOfSeveral ? counted.map((entries) => entries.holders) : undefined;
  const pack = (order: number, ownWeight: number) => {
    const estimated = estimateKneserNey(counted, { words: N, unknownId, order });
    const merged = inherited && mergeNgrams({ counted, estimated }, inherited, words, ownWeight);
    const holders = onlyOfSeveral && merged ? merged.holders : ofText;
    const tables = packNgrams(merged ?? estimated, { maxBytes: MAX_NGRAM_BYTES, extraWords, holders }); // prettier-ignore
    const perplexity = perplexityOf(new NgramModel(tables, endId), valid.subarray(0, MAX_TUNED), endId); // prettier-ignore
    return { tables, perplexity, ownWeight };
  };
  const [shorter, longer] = ORDERS;
  const best = (inherited ? OWN_WEIGHTS : [1])
    .map((ownWeight) => pack(shorter, ownWeight))
    .reduce((best, next) => (next.perplexity < best.perplexity ? next : best));
  const long = pack(longer, best.ownWeight);
  return long.perplexity < best.perplexity * (1 - MIN_ORDER_GAIN) ? long.tables : best.tables;
}

function perplexityOf(model: NgramModel, ids: Int32Array, endId: number): number {
  let sum = 0;
  const text = [endId, ...ids];
  for (let at = 1; at < text.length; at++) {
    const context = model.lookUp(text.slice(Math.max(at - model.order + 1, 0), at));
    sum += Math.log(ngramProbability(model, context, text[at]!));
  }
  return Math.exp(-sum / ids.length);
}

const TOKENS_PER_TURN = 64; // between two looks at signals and progress

async function sampleText(
  network: LanguageModel,
  { tables, valid }: { tables: NgramTables; valid: Int32Array },
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (tokensDone: number) => void },
): Promise<MixtureSample[]> {
  const { size: V, endId, unknownId } = network.vocabulary;
  const model = new NgramModel(tables, endId);
  const weights = Array.from({ length: countWeights(model.order) }, () => 0);
  const mixture = new NgramMixture(model, { weights, networkWords: V, unknownId });
  const networkId = (id: number) => (id < V ? id : unknownId);
  const samples: MixtureSample[] = [];
  const last = [endId];
  let state = network.consume(network.initialState(), [endId]);
  for (const id of valid) {
    const context = model.lookUp(last);
    const probabilities = network.probabilities(state);
    const known = probabilities[networkId(id)]!;
    const confidence = probabilities.reduce((a, b) => Math.max(a, b), 0);
    samples.push({
      network: networkId(id) === unknownId ? mixture.shareOfUnknown(id, known) : known,
      ngram: ngramProbability(model, context, id),
      weight: weightIndex(context, confidence),
    });
    state = network.consume(state, [networkId(id)]);
    last.push(id);
    if (last.length >= model.order) last.shift();
    if (samples.length % TOKENS_PER_TURN !== 0) continue;
    signal?.throwIfAborted();
    onProgress?.(samples.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return samples;
}
