// inference/file-ngrams: what an edge file's n-grams add to its network: words, and a mixture.

import type { ModelMetadata } from "#model/metadata";
import type { NgramTables } from "#model/ngram";
import { Vocabulary } from "#model/vocabulary";
import { NgramMixture } from "./ngram-mixture.ts";
import { NgramModel } from "./ngram.ts";

/**
 * The network's words, and behind them those that only the n-grams know.
 *
 * @example
 * withExtraWords(vocabulary, null); // vocabulary
 */
export function withExtraWords(vocabulary: Vocabulary, ngrams: NgramTables | null): Vocabulary {
  if (!ngrams || ngrams.extraWords.length === 0) return vocabulary;
  return new Vocabulary([...vocabulary.entries, ...ngrams.extraWords]);
}

/**
 * The mixture of the network and the file's n-grams.
 *
 * @example
 * makeMixture(ngrams, vocabulary, header.metadata).words; // N
 */
export function makeMixture(
  ngrams: NgramTables,
  { size, unknownId, endId }: Vocabulary,
  { ngram }: ModelMetadata,
): NgramMixture {
  const options = { weights: ngram!.weights, networkWords: size, unknownId };
  return new NgramMixture(new NgramModel(ngrams, endId), options);
}
