// inference/language-model: runs an edge file: its network, and its n-grams where it has some. Deals in word ids; which words may
// be chosen, and what a text's ids are, is for the caller.
//
// Where the file holds n-grams, words that only the counts know have ids behind the network's, which reads them as `<unk>`,
// and whatever tells a word's probability tells the mixture's (see ngram-mixture). `probabilities` alone is the network's.
//
// K, V as in model/edge-file; N ≥ V words in all, n the order of the n-grams, 1 where there are none. A state is [L, 2, H]
// floats, index 0 = c, 1 = h, as in the reference program, and behind them the ids of the last n − 1 words; the one given to
// a call stays as it is.

import { readEdgeHeader, readEdgeNgrams, readEdgeVocabulary } from "#model/edge-file";
import { DEFAULT_NEURAL_CACHE } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import { checkFileBytes } from "#model/safetensors";
import { tokenizerOf } from "#model/tokenizers/find";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { placeEdgeFile } from "./model-memory.ts";
import type { Placement } from "./model-memory.ts";
import type { Candidate, SoftmaxStats } from "./batch-slots.ts";
import { NeuralCache } from "./neural-cache.ts";
import { makeMixture, withExtraWords } from "./file-ngrams.ts";
import type { MixtureContext, MixtureTerms, NgramMixture } from "./ngram-mixture.ts";
import { NO_WORD } from "./ngram.ts";
import { inBatches, NetworkModel } from "./network-model.ts";
import { normaliseTopK, topPlaces } from "./top-k.ts";

const SMALLEST_FLOAT = 2 ** -149;

/** A word to read after a state, of one of n texts. */
export interface Step {
  state: Float32Array; // [L, 2, H] + [n − 1]
  id: number; // the word that comes next
}

/** What comes of some words. */
export interface Trace {
  state: Float32Array; // [L, 2, H] + [n − 1], after them
  outputs: Uint8Array[]; // [K] in 7 bits, the last layer's before each of them
}

/** How an edge file is opened. */
export interface ModelOptions {
  useNgrams?: boolean; // @default true; false runs the network of a file that has n-grams alone
}

/**
 * The model of an edge file: its network, n-grams and neural cache, with the memory that they compute in.
 *
 * V words of the network, N words in all; states are [L, 2, H].
 *
 * @example
 * const model = LanguageModel.open(module, file);
 * const state = model.consume(model.initialState(), [model.vocabulary.idOf("the")]);
 * model.mixtureProbabilities(state); // [N]
 */
export class LanguageModel extends NetworkModel {
  readonly metadata: ModelMetadata;
  readonly vocabulary: Vocabulary; // of the network, V
  readonly words: Vocabulary; // all, N
  readonly tokenizer: Tokenizer;
  readonly cache: NeuralCache; // set as this model wants it
  readonly memoryBytes: number;
  readonly #mixture: NgramMixture | null;
  #mask: Uint8Array; // [N]
  #candidates = new WeakMap<Float32Array, Candidate[]>(); // by the state, which stays while a word is typed

  /** The placement's file is whole by now; throws when it is not what its header promised. */
  constructor(
    module: WebAssembly.Module,
    placement: Placement,
    { useNgrams = true }: ModelOptions = {},
  ) {
    super(module, placement);
    const { header, memory, file } = placement;
    this.metadata = header.metadata;
    this.vocabulary = readEdgeVocabulary(header, file);
    this.tokenizer = tokenizerOf(header.metadata);
    const { config, neuralCache = DEFAULT_NEURAL_CACHE } = header.metadata;
    this.cache = new NeuralCache(module, config.hiddenSize, neuralCache);
    this.memoryBytes = memory.buffer.byteLength + this.cache.memoryBytes;
    const ngrams = useNgrams ? readEdgeNgrams(header, file) : null;
    this.words = withExtraWords(this.vocabulary, ngrams);
    this.#mixture = ngrams && makeMixture(ngrams, this.vocabulary, header.metadata);
    this.#mask = new Uint8Array(this.words.size).fill(1);
    this.setMask(this.#mask);
  }

  /** A model from a whole file in the host's own memory. */
  static open(module: WebAssembly.Module, file: Uint8Array, options?: ModelOptions): LanguageModel {
    const placement = placeEdgeFile(readEdgeHeader(file));
    checkFileBytes(placement.header, file.length);
    placement.file.set(file);
    return new LanguageModel(module, placement, options);
  }

  /** Says which words `topK` may choose, 1 for each [N]; all of them until this is called. */
  setMask(words: Uint8Array): void {
    this.#mask = words;
    this.slots.setMask(words.subarray(0, this.vocabulary.size));
    this.#candidates = new WeakMap();
  }

  /** The state before any word. */
  initialState(): Float32Array {
    const state = new Float32Array(this.stateLength + (this.#mixture?.contextLength ?? 0));
    return state.fill(NO_WORD, this.stateLength);
  }

  /** The state after these words. */
  consume(state: Float32Array, ids: Iterable<number>): Float32Array {
    return this.#read(state, ids, () => {});
  }

  /** The state after these words, and the outputs that they followed. */
  trace(state: Float32Array, ids: Iterable<number>): Trace {
    const outputs: Uint8Array[] = [];
    const reached = this.#read(state, ids, () => outputs.push(this.slots.output()));
    return { state: reached, outputs };
  }

  /** What `trace` would make of each state and one word, in passes over the weights that MAX_BATCH of them share. */
  traceBatch(steps: Step[]): Trace[] {
    return inBatches(steps, (some) => {
      some.forEach(({ state }, slot) => this.restore(state, slot));
      const outputs = some.map((_, slot) => this.slots.output(slot));
      this.slots.step(some.map(({ id }) => this.#networkId(id)));
      return outputs.map((output, slot) => {
        const { state, id } = some[slot]!;
        return { state: this.#save(slot, [...this.#lastWords(state), id]), outputs: [output] };
      });
    });
  }

  #read(state: Float32Array, ids: Iterable<number>, beforeEach: () => void): Float32Array {
    this.restore(state);
    const last = [...this.#lastWords(state)];
    for (const id of ids) {
      beforeEach();
      this.slots.step([this.#networkId(id)]);
      last.push(id);
    }
    return this.#save(0, last);
  }

  /** The state of a slot, after words of which the last are these. */
  #save(slot: number, last: readonly number[]): Float32Array {
    if (!this.#mixture) return this.slots.save(slot);
    const state = this.initialState();
    state.set(this.slots.save(slot));
    state.set(last.slice(-this.#mixture.contextLength), this.stateLength);
    return state;
  }

  /** The ids of the last n − 1 words. */
  #lastWords(state: Float32Array): Float32Array {
    return state.subarray(this.stateLength);
  }

  /** The network knows no more than its words. */
  #networkId(id: number): number {
    const { size, unknownId } = this.vocabulary;
    return id >= size && id < this.words.size ? unknownId : id;
  }

  /** The k words, among those offered, that most probably come next; the topK first. */
  topK(state: Float32Array, k: number): Candidate[] {
    const known = this.#candidates.get(state);
    if (known && known.length >= k) return known.slice(0, k);
    return this.#chooseSuggestible(state, this.softmaxAll(state), k);
  }

  /** What `topK` would choose after each of these states, in passes that MAX_BATCH of them share. */
  topKBatch(states: Float32Array[], k: number): Candidate[][] {
    return inBatches(states, (some) => {
      const stats = this.softmaxBatch(some);
      return some.map((state, slot) => this.#chooseSuggestible(state, stats[slot]!, k, slot));
    });
  }

  /** The k topK among `ids`, whether offered or not, as if one of them had to come. */
  topKOf(state: Float32Array, ids: ArrayLike<number>, k: number): Candidate[] {
    if (ids.length === 0) return [];
    if (this.#mixture) return normaliseTopK(ids, this.probabilitiesOf(state, ids), k);
    this.restore(state);
    this.slots.computeLogitsOf(ids);
    this.slots.normaliseSome(ids.length);
    const found = this.slots.chooseFirst(ids.length, k);
    return found.map(({ id: place, probability }) => ({ id: ids[place]!, probability }));
  }

  /** The probabilities of some words to come next, in their order: the same bits as among those of all words. */
  probabilitiesOf(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    if (ids.length === 0) return new Float32Array();
    const network = this.#sharesOf(state, ids);
    const mixture = this.#mixture;
    if (!mixture) return network;
    const context = this.#contextOf(state);
    return network.map((p, at) => mixture.mix(context, ids[at]!, p));
  }

  /** What the probability of each of some words is the sum of, before the neural cache. */
  termsOf(state: Float32Array, ids: ArrayLike<number>): MixtureTerms[] {
    const network = this.#sharesOf(state, ids);
    const mixture = this.#mixture;
    if (!mixture) return Array.from(network, (p) => ({ network: p, ngrams: [] }));
    const context = this.#contextOf(state);
    return Array.from(network, (p, at) => mixture.termsOf(context, ids[at]!, p));
  }

  /** The mixture's probability of every word to come next [N]. */
  mixtureProbabilities(state: Float32Array): Float32Array {
    const stats = this.softmaxAll(state);
    if (!this.#mixture) return this.slots.scores().slice();
    const { known, extra } = this.#mixAll(this.#mixture, state, stats, 0);
    const all = new Float32Array(this.words.size);
    all.set(known);
    all.set(extra, known.length);
    return all;
  }

  /** What the softmax makes the probabilities of [N]; of a mixture their logarithms, which are logits of the same. */
  override logits(state: Float32Array): Float32Array {
    return this.#mixture ? this.#logMixture(state) : super.logits(state);
  }

  /** The natural logarithms of the probabilities of every word to come next [N], finite even where they round to 0. */
  override logProbabilities(state: Float32Array): Float32Array {
    return this.#mixture ? this.#logMixture(state) : super.logProbabilities(state);
  }

  /** That of one word: the same number. */
  override logProbability(state: Float32Array, id: number): number {
    if (!this.#mixture) return super.logProbability(state, id);
    return logarithmOf(this.probabilitiesOf(state, [id])[0]!);
  }

  #logMixture(state: Float32Array): Float32Array {
    return this.mixtureProbabilities(state).map(logarithmOf);
  }

  #contextOf(state: Float32Array): MixtureContext {
    return this.#mixture!.after(this.#lastWords(state), 1 / this.statsOf(state).sum);
  }

  /** The network's probability of each of some words; those that are `<unk>` to it share that of `<unk>`. */
  #sharesOf(state: Float32Array, ids: ArrayLike<number>): Float32Array {
    const mixture = this.#mixture;
    if (!mixture) return this.networkProbabilities(state, ids);
    const { size, unknownId } = this.vocabulary;
    const known: number[] = [];
    for (let at = 0; at < ids.length; at++) {
      if (ids[at]! < size && ids[at] !== unknownId) known.push(ids[at]!);
    }
    const probabilities = this.networkProbabilities(state, known);
    if (known.length === ids.length) return probabilities;
    const unknown = this.networkProbabilities(state, [unknownId])[0]!;
    const shares = new Float32Array(ids.length);
    let next = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      const isUnknown = id >= size || id === unknownId;
      shares[at] = isUnknown ? mixture.shareOfUnknown(id, unknown) : probabilities[next++]!;
    }
    return shares;
  }

  /** Mixes the probabilities of all words in a slot; overwritten by the next call. */
  #mixAll(mixture: NgramMixture, state: Float32Array, { sum }: SoftmaxStats, slot: number) {
    const known = this.slots.scores(slot);
    const unknown = known[this.vocabulary.unknownId]!;
    const context = mixture.after(this.#lastWords(state), 1 / sum);
    mixture.mixAll(context, known);
    return { known, extra: mixture.mixExtra(context, unknown) };
  }

  #chooseSuggestible(state: Float32Array, stats: SoftmaxStats, k: number, slot = 0): Candidate[] {
    const extra = this.#mixture && this.#mixAll(this.#mixture, state, stats, slot).extra;
    let found = this.slots.chooseSuggestible(k, slot);
    if (extra && extra.length > 0) {
      const V = this.vocabulary.size;
      const others = topPlaces(extra, k, (at) => this.#mask[V + at] === 1);
      found = [...found, ...others.map((at) => ({ id: V + at, probability: extra[at]! }))];
      // the sort is stable: of equals the first
      found = found.sort((a, b) => b.probability - a.probability).slice(0, k);
    }
    this.#candidates.set(state, found);
    return found;
  }
}

/** In float32; of what rounds to 0, that of the least number above it. */
function logarithmOf(probability: number): number {
  return Math.fround(Math.log(Math.max(probability, SMALLEST_FLOAT)));
}
