// registry/measure-secrets: how much a candidate for others gives away of what one document alone told it, measured on the file
// itself and its training text. What it may give away is the gate's.

import { LanguageModel } from "#inference/language-model";
import { readEdgeHeader } from "#model/edge-file";
import type { ModelMetadata } from "#model/metadata";
import { readNgramTables } from "#model/ngram";
import { tokenizerOf } from "#model/tokenizers/find";
import { documentBegins, wordsOfOneDocument } from "#training/data/documents";
import { digestSplit, encodeSplit, withRepeats } from "#training/data/spans";
import type { SplitText } from "#training/data/split-text";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { measureExposure } from "#training/evaluation/exposure";
import { countSecretNgrams, countSecretWords } from "#training/evaluation/secrets";
import { MAX_COUNTED } from "#training/ngram/build-ngrams";

/** What was measured of secrets. */
export interface MeasuredSecrets {
  words: number; // of the model, that one document alone holds
  ngrams: number; // likewise
  exposure: number; // mean of words that one document alone holds, in bits; 1 where none can be told from another
  settings: Pick<ModelMetadata["training"], "minCount" | "scrub">;
}

const TRIED = 200; // words whose exposure is measured
const CANDIDATES = 1_024; // that each of them is ranked among
const CONTEXT = 12; // words before it

/**
 * Whether a model is to keep what one document alone says: it is for others, or was told to keep words seen once.
 * @example
 * mayHoldSecrets(readEdgeHeader(edge).metadata); // true of a model for others
 */
export function mayHoldSecrets({ sharing, training }: ModelMetadata): boolean {
  return sharing !== undefined || training.minCount === 1;
}

/**
 * Measures an edge file on the text that it was trained on; where that is not at hand, tells what its run counted.
 * @param read split as the model's own was, and scrubbed if that was
 * @returns null where nobody can tell
 * @example
 * const { heldOut: unit } = metadata.trainingText!;
 * const text = await splitText(await findSources("notes/"), tokenizer, { unit, scrub: true });
 * (await measureSecrets(edge, text))?.words; // 0 where no word stands in one document alone
 */
export async function measureSecrets(
  edge: Uint8Array,
  read: SplitText,
): Promise<MeasuredSecrets | null> {
  const header = readEdgeHeader(edge);
  const { metadata } = header;
  const { sharing, parentVersion, trainingText, training } = metadata;
  const { minCount, scrub } = training;
  const settings = { minCount, scrub };
  const tokenizer = tokenizerOf(metadata);
  const text = withRepeats(read); // a model of an earlier release has counted them
  if (digestSplit(text, "train") !== trainingText?.digests.train) {
    if (!sharing) return null;
    const { secretWords, secretNgrams } = sharing;
    return { words: secretWords, ngrams: secretNgrams, exposure: Number.NaN, settings };
  }
  const network = LanguageModel.open(await readEdgeModule(), edge);
  const { words } = network;
  const isReserved = (word: string) => tokenizer.reserved.includes(word);
  const ones = wordsOfOneDocument(text);
  const scored = {
    ids: encodeSplit(text, "train", words).ids,
    begins: documentBegins(text, "train"),
  };
  // what a parent brought is not this text's to give away, and its run knew it
  const isInherited = parentVersion !== null && sharing !== undefined;
  const secret = [...ones].filter((word) => !isReserved(word) && !(isInherited && words.has(word)));
  const { ngram, config } = metadata;
  const tables = ngram && readNgramTables(header.tensors, edge, { ...ngram, networkWords: config.vocabularySize }); // prettier-ignore
  const counted = { ids: scored.ids.subarray(0, MAX_COUNTED), begins: scored.begins };
  return {
    words: isInherited
      ? sharing.secretWords
      : countSecretWords(ones, words, { reserved: tokenizer.reserved }),
    ngrams: tables ? countSecretNgrams(counted, tables, words.endId) : 0,
    exposure: meanExposure(network, text, new Set(secret)),
    settings,
  };
}

/** The mean exposure of words that one document alone holds, each where it first stands, in bits. */
function meanExposure(network: LanguageModel, { store }: SplitText, secrets: Set<string>): number {
  const wordAt = (at: number) => store.spellings[store.at(at)]!.word;
  const places = new Map<string, number>();
  for (let at = 0; at < store.size; at++) {
    const word = wordAt(at);
    if (secrets.has(word) && !places.has(word)) places.set(word, at);
  }
  const found = [...places];
  if (found.length < 2) return 1; // nothing to be told apart
  const spread = (count: number) =>
    Array.from({ length: Math.min(count, found.length) }, (_, index) =>
      Math.floor((index * found.length) / Math.min(count, found.length)),
    );
  const others = spread(CANDIDATES).map((index) => found[index]!);
  const tried = spread(TRIED).map((index) => found[index]!);
  const bits = tried.map(([word, at]) => {
    const begin = Math.max(at - CONTEXT, 0);
    const context = Array.from({ length: at - begin }, (_, index) => wordAt(begin + index));
    const rivals = others.filter(([other]) => other !== word).map(([other]) => [other]);
    return measureExposure(network, { context, words: [word] }, rivals);
  });
  return bits.reduce((sum, value) => sum + value, 0) / bits.length;
}
