// model/ngram: the tables of an n-gram model as they lie in a model file. Counting is training's, looking up inference's.
//
//   n order           N words: the network's V words, then those that only the counts know
//   k = 2 … n         E_k entries of order k, E_1 = N; C_k contexts: entries of order k − 1 that have followers
//
//   ngram.base          F32 [N]        p_1(w), what is known of a word without its context; adds up to 1
//   ngram.{k}.context   I32 [C_k]      ascending: a context's place among the entries of order k − 1; for k = 2 a word's id
//   ngram.{k}.begin     I32 [C_k + 1]  where the followers of each context begin; the last number is E_k
//   ngram.{k}.level     F32 [256]      the share that a code stands for
//   ngram.{k}.word      U16 [E_k]      the followers, ascending within a context
//   ngram.{k}.share     U8  [E_k]      their codes
//   ngram.vocabulary    U8  [bytes]    the words V … N − 1, in the format of `vocabulary`
//
// All of 4 bytes an element come first, then all of 2, then all of 1, so that each lies where a typed array may begin. The
// probability of a word w after the context u … v is interpolated from the longest context to none:
//
//   p_k(w | u … v) = share(u … v w) + γ(u … v) · p_(k−1)(w | … v)      γ(u … v) = 1 − Σ_w share(u … v w)
//
// γ is not stored: it is what the shares leave, so the probabilities add up to 1 whatever rounding the codes brought.
// Where a context is not in the table, share is 0 and γ is 1. No context reaches back over the end of a sentence.

import type { TensorEntry, TensorToWrite } from "./safetensors.ts";
import { decodeEntries, encodeEntries } from "./vocabulary.ts";
import type { VocabularyEntry } from "./vocabulary.ts";

/** Word ids have 16 bits. */
export const MAX_NGRAM_WORDS = 65_536;
const MAX_NGRAM_ORDER = 5;
/** How many different shares an order knows. */
export const SHARE_LEVELS = 256;
/** Of the tensors above; a file with another version is refused. */
export const NGRAM_VERSION = 1;

/** The entries of one order k ≥ 2. */
export interface NgramOrder {
  contexts: Int32Array; // [C]
  begins: Int32Array; // [C + 1]
  levels: Float32Array; // [SHARE_LEVELS]
  words: Uint16Array; // [E]
  shares: Uint8Array; // [E]
}

/** Packed n-grams. N words, of the network and of the counts alone. */
export interface NgramTables {
  base: Float32Array; // [N]
  orders: NgramOrder[]; // of order 2, 3, …
  extraWords: readonly VocabularyEntry[]; // the words that only the counts know
}

/** What the metadata of a file says of its n-gram tables. */
export interface NgramSettings {
  version: number; // NGRAM_VERSION
  order: number; // n
  words: number; // N
  weights: number[]; // of the mixture, see inference/ngram-mixture
}

/**
 * The tensors of a model file that hold the tables.
 * @param tables as `quantiseNgrams` of training makes them
 * @returns tensors to write before `vocabulary`, behind tensors whose bytes are multiples of 4
 * @example
 * ngramTensors(tables)[0]; // { name: "ngram.base", dtype: "F32", shape: [N], data: tables.base }
 */
export function ngramTensors({ base, orders, extraWords }: NgramTables): TensorToWrite[] {
  const words = encodeEntries(extraWords);
  const each = (write: (order: NgramOrder, k: number) => TensorToWrite[]) =>
    orders.flatMap((order, index) => write(order, index + 2));
  return [
    tensor("ngram.base", "F32", base),
    ...each(({ contexts, begins, levels }, k) => [
      tensor(`ngram.${k}.context`, "I32", contexts),
      tensor(`ngram.${k}.begin`, "I32", begins),
      tensor(`ngram.${k}.level`, "F32", levels),
    ]),
    ...each(({ words }, k) => [tensor(`ngram.${k}.word`, "U16", words)]),
    ...each(({ shares }, k) => [tensor(`ngram.${k}.share`, "U8", shares)]),
    tensor("ngram.vocabulary", "U8", words),
  ];
}

function tensor(
  name: string,
  dtype: TensorToWrite["dtype"],
  data: TensorToWrite["data"] & { length: number },
): TensorToWrite {
  return { name, dtype, shape: [data.length], data };
}

/**
 * The tables of a file, as views of its bytes where those lie; only the words are decoded.
 * @param settings of the file's metadata, and V
 * @throws where a table is missing, or does not fit the others
 * @example
 * const { tensors, metadata } = readEdgeHeader(file);
 * readNgramTables(tensors, file, { ...metadata.ngram!, networkWords: metadata.config.vocabularySize });
 */
export function readNgramTables(
  tensors: Map<string, TensorEntry>,
  file: Uint8Array,
  settings: NgramSettings & { networkWords: number },
): NgramTables {
  const { order, words: N, networkWords: V } = settings;
  const bytesOf = (name: string, dtype: TensorEntry["dtype"]) => {
    const entry = tensors.get(name);
    if (entry?.dtype !== dtype) throw new Error(`model file lacks ${dtype} "${name}"; write it again`); // prettier-ignore
    return { offset: file.byteOffset + entry.begin, length: entry.shape[0]!, ...entry };
  };
  const floats = (name: string) => {
    const { offset, length } = bytesOf(name, "F32");
    return new Float32Array(file.buffer, offset, length);
  };
  const ints = (name: string) => {
    const { offset, length } = bytesOf(name, "I32");
    return new Int32Array(file.buffer, offset, length);
  };
  const base = floats("ngram.base");
  let below = N;
  const orders = Array.from({ length: order - 1 }, (_, index): NgramOrder => {
    const k = index + 2;
    const [words, shares] = [bytesOf(`ngram.${k}.word`, "U16"), bytesOf(`ngram.${k}.share`, "U8")];
    const read = {
      contexts: ints(`ngram.${k}.context`),
      begins: ints(`ngram.${k}.begin`),
      levels: floats(`ngram.${k}.level`),
      words: new Uint16Array(file.buffer, words.offset, words.length),
      shares: new Uint8Array(file.buffer, shares.offset, shares.length),
    };
    if (!fits(read, { below, N })) throw new Error(`ngram tables of order ${k} do not fit each other; write the file again`); // prettier-ignore
    below = read.words.length;
    return read;
  });
  const { begin, end } = bytesOf("ngram.vocabulary", "U8");
  const extraWords = decodeEntries(file.slice(begin, end));
  if (base.length !== N || extraWords.length !== N - V) {
    throw new Error(
      `ngram tables of ${N} words have ${base.length} probabilities and, behind the network's ${V} words, ` +
        `${extraWords.length} more; write the file again`,
    );
  }
  return { base, orders, extraWords };
}

/** Whether every place that a table names exists. */
function fits(
  { contexts, begins, levels, words, shares }: NgramOrder,
  { below, N }: { below: number; N: number },
): boolean {
  const E = words.length;
  return (
    levels.length === SHARE_LEVELS &&
    shares.length === E &&
    begins.length === contexts.length + 1 &&
    begins[0] === 0 &&
    begins.at(-1) === E &&
    begins.every((begin, at) => at === 0 || begin > begins[at - 1]!) &&
    contexts.every((place, at) => place > (contexts[at - 1] ?? -1) && place < below) &&
    words.every((word) => word < N)
  );
}

/**
 * How many bytes the tables take in a file.
 * @example
 * ngramBytes(tables) / 1e6; // megabytes
 */
export function ngramBytes(tables: NgramTables): number {
  return ngramTensors(tables).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/**
 * Throws where the settings cannot be those of tables that this code reads.
 * @throws Error where they are none that this version reads
 * @example
 * checkNgramSettings({ version: 1, order: 9, words: 20_000, weights: [] }); // throws: an order is 2 to 5
 */
export function checkNgramSettings({ version, order, words, weights }: NgramSettings): void {
  if (version !== NGRAM_VERSION) {
    throw new Error(
      `ngram tables have version ${version}; this program reads ${NGRAM_VERSION}: ` +
        "deploy the edge and the trainer from the same release",
    );
  }
  const isInteger = (value: number, min: number, max: number) =>
    Number.isInteger(value) && value >= min && value <= max;
  if (
    !isInteger(order, 2, MAX_NGRAM_ORDER) ||
    !isInteger(words, 1, MAX_NGRAM_WORDS) ||
    !weights.every((weight) => weight >= 0 && weight <= 1)
  ) {
    throw new Error(
      `ngram tables need an order of 2 to ${MAX_NGRAM_ORDER}, up to ${MAX_NGRAM_WORDS} words and weights of 0 to 1, ` +
        `got ${JSON.stringify({ order, words, weights })}`,
    );
  }
}
