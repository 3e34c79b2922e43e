// inference/memory-plan: what an edge model takes of an isolate's memory, whether that fits, and where everything lies in its
// WebAssembly memories, which never grow. Holds no memory itself.
//
// An isolate has 128 MB for all that is in it. 18 of them are JavaScript's; the rest is for models, each planned with
//
//   network      one memory: the module's own constants, the edge file as it is (model/edge-file), scratch
//   cache        another: the module's constants, the outputs of a neural cache's window, scratch
//   vocabulary   its words as JavaScript objects
//   sessions     what AWAKE_SESSIONS remember of their texts
//
// L layers, H hidden size, V vocabulary size; K, P, W as in model/edge-tensors; R the largest rank of a band. Parts lie at multiples of 64 bytes.

import { bandsOfFile, edgeSizes } from "#model/edge-tensors";
import type { EdgeFileHeader } from "#model/edge-file";
import { DEFAULT_NEURAL_CACHE } from "#model/metadata";
import type { NgramSettings } from "#model/ngram";

const ISOLATE_BYTES = 128_000_000;
/**
 * JavaScript's code and objects, 6 MB while 64 sessions type, at most 4 of texts that were read for calls and 6 of writers'
 * profiles, and garbage, of which V8 keeps as much as there is room for.
 */
const JAVASCRIPT_BYTES = 18_000_000;
/** What all models of an isolate may take together. */
export const MAX_MODEL_BYTES = ISOLATE_BYTES - JAVASCRIPT_BYTES;

const PAGE_BYTES = 65_536;
/** Where the first part of a memory lies, behind the module's own constants. */
export const FIRST_BYTE = PAGE_BYTES;
/** How many words one call may choose. */
export const MAX_CHOICES = 256;
/** How many sequences may go through the network together. */
export const MAX_BATCH = 8;

/** So many that hold all they can, or 64 that have just begun: of medium 12.7 MB, where 64 were measured to hold 9.2. */
const AWAKE_SESSIONS = 16;
/** The states that a session remembers at most, see inference/session-text. */
export const SESSION_STATES = 25;
/** So many outputs more than its cache's window a session may hold, see inference/user-words. */
export const SPARE_OUTPUTS = 32;
/** Measured: a word's objects beside its output. */
const RECENT_WORD_BYTES = 350;

// Measured in Node, with the list that is sorted for prefixes: 2.2 MB for 10,000 words of English text, 11.1 MB for 50,000,
// 22.1 MB where these are 30 letters long. The objects of an entry have one size, which V8 was seen to
// choose 16 bytes larger or smaller for the same vocabulary: this is the larger; its spellings are there three times, and
// twice in the file. In workerd, whose pointers are half as long, 50,000 keep 5.5 MB, but took 11 while they were read.
const ENTRY_BYTES = 166;
const BYTES_PER_FILE_BYTE = 4;
/** A word's place in another list of words, whose entries are there already. */
const LISTED_WORD_BYTES = 60;

/** Where the parts of the network's memory begin; the file is at FIRST_BYTE. */
export interface MemoryPlan {
  embedded: number; // [MAX_BATCH, K], words as 7-bit inputs
  embeddedSteps: number; // f32 [MAX_BATCH], what 1 of those is worth
  outputSteps: number; // f32 [MAX_BATCH], what 1 of a layer's output is worth: all the same
  outputs: number[]; // L × [MAX_BATCH, K], each layer's outputs in 7 bits
  cells: number[]; // L × f32 [MAX_BATCH, P], c
  hiddens: number[]; // L × f32 [MAX_BATCH, K], h, zero from H on
  projected: number; // f32 [MAX_BATCH, R], the last layer's outputs by a band's projection
  projectedSteps: number; // f32 [MAX_BATCH], what 1 of `reduced` is worth
  reduced: number; // [MAX_BATCH, R], the same in 7 bits
  zeros: number; // f32 [R]
  gates: number; // f32 [MAX_BATCH, 4, P]
  scores: number; // f32 [MAX_BATCH, W], logits or probabilities
  ids: number; // i32 [W], the rows to gather
  suggestible: number; // u8 [W], 1 for words that may be chosen
  gathered: number; // u8 [W], the same for gathered rows
  chosen: number; // i32 [MAX_CHOICES]
  pages: number; // of the whole memory
}

/** Where the parts of a neural cache's memory begin; N is its window rounded up to 4. */
export interface CachePlan {
  outputs: number; // [N, K]
  now: number; // [K]
  floats: number; // f32 [K], an output to quantise
  offsets: number; // i32 [N]
  scores: number; // f32 [N]
  pages: number; // of the whole memory
}

/** What a model takes, in bytes. */
export interface ModelMemory {
  network: number;
  cache: number;
  vocabulary: number;
  ngrams: number; // beside the tables, which are of the network's memory: their words, and a list of all words
  sessions: number;
  total: number;
}

/**
 * Lays out the memory that an edge file's network runs in.
 *
 * @example
 * planNetwork(readEdgeHeader(file)).pages; // of 65,536 bytes each
 */
export function planNetwork({ metadata, fileBytes }: EdgeFileHeader): MemoryPlan {
  const { layers } = metadata.config;
  const { K, P, W } = edgeSizes(metadata);
  const R = Math.max(0, ...bandsOfFile(metadata).map(({ rank }) => rank));
  const { take, pages } = layOut(fileBytes);
  const perLayer = (bytes: number) => Array.from({ length: layers }, () => take(bytes));
  const parts = {
    embedded: take(MAX_BATCH * K),
    embeddedSteps: take(4 * MAX_BATCH),
    outputSteps: take(4 * MAX_BATCH),
    outputs: perLayer(MAX_BATCH * K),
    cells: perLayer(MAX_BATCH * 4 * P),
    hiddens: perLayer(MAX_BATCH * 4 * K),
    projected: take(MAX_BATCH * 4 * R),
    projectedSteps: take(4 * MAX_BATCH),
    reduced: take(MAX_BATCH * R),
    zeros: take(4 * R),
    gates: take(MAX_BATCH * 4 * 4 * P),
    scores: take(MAX_BATCH * 4 * W),
    ids: take(4 * W),
    suggestible: take(W),
    gathered: take(W),
    chosen: take(4 * MAX_CHOICES),
  };
  return { ...parts, pages: pages() };
}

/**
 * Lays out the memory of a neural cache for outputs of K bytes.
 *
 * @example
 * planCache(256, 500).outputs; // where [500, 256] bytes begin
 */
export function planCache(K: number, window: number): CachePlan {
  const N = Math.ceil(window / 4) * 4;
  const { take, pages } = layOut(0);
  const parts = {
    outputs: take(N * K),
    now: take(K),
    floats: take(4 * K),
    offsets: take(4 * N),
    scores: take(4 * N),
  };
  return { ...parts, pages: pages() };
}

/**
 * What the model of an edge file takes, by the header alone.
 *
 * @example
 * memoryOf(readEdgeHeader(file)).total; // bytes
 */
export function memoryOf(header: EdgeFileHeader): ModelMemory {
  const { config, neuralCache = DEFAULT_NEURAL_CACHE, ngram } = header.metadata;
  const { layers, hiddenSize, vocabularySize } = config;
  const { window } = neuralCache;
  const { K } = edgeSizes(header.metadata);
  const { begin, end } = header.tensors.get("vocabulary")!;
  const stateBytes = 4 * layers * 2 * hiddenSize;
  const session = SESSION_STATES * stateBytes + (window + SPARE_OUTPUTS) * (K + RECENT_WORD_BYTES);
  const parts = {
    network: planNetwork(header).pages * PAGE_BYTES,
    cache: planCache(K, window).pages * PAGE_BYTES,
    vocabulary: ENTRY_BYTES * vocabularySize + BYTES_PER_FILE_BYTE * (end - begin),
    ngrams: ngram ? ngramMemory(header, ngram) : 0,
    sessions: AWAKE_SESSIONS * session,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

function ngramMemory({ metadata, tensors }: EdgeFileHeader, { words }: NgramSettings): number {
  const extra = words - metadata.config.vocabularySize;
  if (extra === 0) return 0;
  const { begin, end } = tensors.get("ngram.vocabulary")!;
  return (
    LISTED_WORD_BYTES * words + (ENTRY_BYTES + 4) * extra + BYTES_PER_FILE_BYTE * (end - begin)
  );
}

/**
 * The same; throws where an isolate could not hold it.
 * @throws Error where the model would not fit, saying by how much and what would
 * @example
 * checkMemory(readEdgeHeader(file)).total <= MAX_MODEL_BYTES; // true, or it throws
 */
export function checkMemory(header: EdgeFileHeader): ModelMemory {
  const memory = memoryOf(header);
  const { network, cache, vocabulary, ngrams, sessions, total } = memory;
  if (total <= MAX_MODEL_BYTES) return memory;
  throw new Error(
    `the model takes ${megabytes(total)} of memory (network ${megabytes(network)}, vocabulary ${megabytes(vocabulary + ngrams)}, ` +
      `neural cache ${megabytes(cache)}, sessions ${megabytes(sessions)}); an isolate has ${megabytes(MAX_MODEL_BYTES)} ` +
      "for it: train with a smaller hidden size or vocabulary, or a shorter window of the neural cache",
  );
}

/** Gives out a memory's bytes, one part behind the other, from `firstBytes` behind the constants on. */
function layOut(firstBytes: number) {
  let end = FIRST_BYTE + firstBytes;
  const take = (bytes: number) => {
    const begin = Math.ceil(end / 64) * 64;
    end = begin + bytes;
    return begin;
  };
  return { take, pages: () => Math.ceil(end / PAGE_BYTES) };
}

/**
 * Bytes as a reader has them.
 *
 * @example
 * megabytes(6_700_000); // "6.7 MB"
 */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
