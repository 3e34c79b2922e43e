// training/evaluation/exposure: how much a model gives away of a secret that its text has (Carlini et al. 2019, "The Secret
// Sharer"): where it ranks among all that might stand in its place.
//
//   exposure = log2(candidates) − log2(rank)        1 bit for one that cannot be told from the others
//
// A candidate with words that the model does not know comes behind all that have fewer of these: it can be told in no way.

import type { LanguageModel } from "#inference/language-model";

/** A secret of a text, in the tokenizer's words. */
export interface Secret {
  context: string[]; // what stands before it
  words: string[];
}

/** Bits of exposure of a secret that so many candidates, itself among them, are more or just as probable than. */
export function exposureBits({
  better,
  equal,
  candidates,
}: {
  better: number;
  equal: number; // itself among them
  candidates: number;
}): number {
  return Math.log2(candidates) - Math.log2(better + (equal + 1) / 2);
}

/**
 * The exposure of a secret among others of its kind, in bits.
 * @param others what might stand in its place; as many as are to tell it apart: 1,023 tell up to 10 bits
 */
export function measureExposure(
  network: LanguageModel,
  { context, words }: Secret,
  others: string[][],
): number {
  const { words: known } = network;
  const { endId } = network.vocabulary;
  const idsOf = (words: string[]) => words.map((word) => known.idOf(word));
  const state = network.consume(network.initialState(), [endId, ...idsOf(context)]);
  const row = network.mixtureProbabilities(state);
  const scores = new Map<string, number>(); // by ids
  const scoreOf = (words: string[]) => {
    const ids = idsOf(words);
    const key = ids.join();
    let score = scores.get(key);
    if (score === undefined) scores.set(key, (score = scoreSequence(network, { state, row }, ids)));
    return score;
  };
  const own = scoreOf(words);
  const rivals = others.map(scoreOf);
  return exposureBits({
    better: rivals.filter((score) => score > own).length,
    equal: 1 + rivals.filter((score) => score === own).length,
    candidates: 1 + rivals.length,
  });
}

const PER_UNKNOWN = 1e6; // nats: more than any words that are known come to

function scoreSequence(
  network: LanguageModel,
  before: { state: Float32Array; row: Float32Array },
  ids: number[],
): number {
  let { state, row } = before;
  let score = 0;
  for (const [index, id] of ids.entries()) {
    if (id === network.words.unknownId) score -= PER_UNKNOWN;
    else score += Math.log(row[id]!);
    if (index + 1 === ids.length) break;
    state = network.consume(state, [id]);
    row = network.mixtureProbabilities(state);
  }
  return score;
}
