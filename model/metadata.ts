// model/metadata: what a model file says of itself besides its tensors, and how that is checked when read.

import { readModelConfig } from "./settings.ts";
import type { LanguageModelConfig, TrainingSettings } from "./hyper-parameters.ts";
import type { TokenizerSettings } from "./tokenizers/tokenizer.ts";
import { checkNgramSettings } from "./ngram.ts";
import type { NgramSettings } from "./ngram.ts";
import { checkBands } from "./low-rank.ts";
import type { Band } from "./low-rank.ts";

/** What a file is written in; one with bands of low rank in EDGE_WITH_BANDS. Files of another format are refused. */
export const FORMAT_VERSIONS = { master: 1, edge: 2 };
/** Older programs cannot read such bands. */
export const EDGE_WITH_BANDS = 3;
/** The key of the safetensors header's metadata that holds ours, as JSON. */
const METADATA_KEY = "afterword";

/**
 * What the run measured, in float32 but where the name says otherwise: `valid_perplexity`, `test_perplexity` and the test
 * text's other figures under the names of training/evaluation/metrics, `int8_perplexity` of the edge file,
 * `cached_perplexity` with its neural cache, `mixture_perplexity` and `mixture_cached_perplexity` with its n-grams over all
 * words that they know, `kneser_ney_perplexity` of n-grams alone, counted on the same text with all its words,
 * `served_keystroke_savings` of the edge file with all that it has, `kneser_ney_keystroke_savings`, and
 * `parent_perplexity` of the version it was trained on from.
 */
export type ModelMetrics = Record<string, number>;

/** How a text's own recent words raise their probability, see inference/neural-cache; lambda 0 switches it off. */
export interface NeuralCacheSettings {
  window: number; // so many of the last words count
  theta: number; // how much likeness of the outputs counts
  lambda: number; // the share of the probability that the cache gives out
}

/** What serves most models well: tuned on the Penn Treebank with a medium model. */
export const DEFAULT_NEURAL_CACHE: NeuralCacheSettings = { window: 500, theta: 1, lambda: 0.1 };

/** What a model's text was, so that another text can be told from it, and what was held out of it. */
export interface TrainingText {
  heldOut: "file" | "document" | "passage"; // what was held out whole, by its content; `file`: the text came split
  digests: Record<"train" | "valid" | "test", string>; // sha256 of each split's words
  encoding?: string; // of its files that were not Unicode
  exclude?: string[]; // patterns of files that were left out
  without?: string[]; // files that were left out by name
}

/** What a model for others says of its training text. */
export interface Sharing {
  documents: number; // that its training text has
  secretWords: number; // words that one of them alone holds and that its parent lacks
  secretNgrams: number; // n-grams likewise
}

/** What a model's file says of the model, in the safetensors header's key `afterword`. */
export interface ModelMetadata extends TokenizerSettings {
  formatVersion: number;
  kind: "master" | "edge";
  config: LanguageModelConfig;
  training: TrainingSettings;
  metrics: ModelMetrics;
  corpusDigest: string; // sha256 of the bytes of the text it was trained on
  trainingText?: TrainingText; // lacking in files of the first release
  sharing?: Sharing; // where the model is for others than the text's writer
  parentVersion: string | null; // the version it was trained on from; sha256:… where that was a file
  codeVersion: string; // of the program that wrote it
  neuralCache?: NeuralCacheSettings; // where it was tuned for this model
  ngram?: NgramSettings; // where the file holds n-grams
  bands?: Band[]; // where the rows of rarer words have a low rank in the edge file
}

/**
 * The metadata of a safetensors header, from which `decodeMetadata` reads it.
 * @example
 * Object.keys(encodeMetadata(metadata)); // ["afterword"]
 */
export function encodeMetadata(metadata: ModelMetadata): Record<string, string> {
  return { [METADATA_KEY]: JSON.stringify(metadata) };
}

/**
 * Which of the two files of a model a header belongs to.
 * @throws Error where it is neither, or of another format version
 * @example
 * kindOf(readSafetensorsHeader(file).metadata); // "edge"
 */
export function kindOf(header: Record<string, string>): ModelMetadata["kind"] {
  return parseMetadata(header).kind;
}

/**
 * Reads the metadata of a file's header; what an older release did not write of the model's shape is as it was before there was
 * that setting. How it was trained stays as it is written.
 * @throws Error where it is not a model of that kind that this code can read
 * @example
 * decodeMetadata(readSafetensorsHeader(file).metadata, "master").config.hiddenSize; // 650
 */
export function decodeMetadata(
  header: Record<string, string>,
  kind: ModelMetadata["kind"],
): ModelMetadata {
  const metadata = parseMetadata(header);
  if (metadata.kind !== kind) {
    throw new Error(
      `this is the ${metadata.kind} file of a model; the ${kind} file is needed here`,
    );
  }
  metadata.config = readModelConfig(metadata.config);
  if (metadata.neuralCache) checkNeuralCache(metadata.neuralCache);
  if (metadata.ngram) checkNgramSettings(metadata.ngram);
  if (metadata.bands) checkBands(metadata.bands, metadata.config);
  return metadata;
}

/** A window's outputs are held in memory for every session that is awake. */
const MAX_CACHE_WINDOW = 2_000;

/**
 * @throws Error where a neural cache cannot work with these settings
 * @example
 * checkNeuralCache({ window: 500, theta: 1, lambda: 1 }); // throws: a lambda is below 1
 */
export function checkNeuralCache({ window, theta, lambda }: NeuralCacheSettings): void {
  const fits =
    Number.isInteger(window) &&
    window >= 1 &&
    window <= MAX_CACHE_WINDOW &&
    theta >= 0 &&
    theta < Infinity &&
    lambda >= 0 &&
    lambda < 1;
  if (fits) return;
  throw new Error(
    `a neural cache needs a window of 1 to ${MAX_CACHE_WINDOW} words, a theta from 0 and a lambda from 0 to below 1, ` +
      `got ${JSON.stringify({ window, theta, lambda })}`,
  );
}

function parseMetadata(header: Record<string, string>): ModelMetadata {
  const json = header[METADATA_KEY];
  if (json === undefined) throw new Error(`not a model file: its header lacks "${METADATA_KEY}"`);
  const metadata = JSON.parse(json) as ModelMetadata;
  const { kind, formatVersion, bands } = metadata;
  const expected = kind === "edge" && bands ? EDGE_WITH_BANDS : FORMAT_VERSIONS[kind];
  if (formatVersion !== expected) {
    throw new Error(
      `${kind} file has format ${formatVersion}; this program reads ${expected}: ` +
        "deploy the edge and the trainer from the same release, and publish older models again",
    );
  }
  return metadata;
}
