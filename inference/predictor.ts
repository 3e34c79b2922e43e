// inference/predictor: from a text to the words that may come next, with one model. Pure: remembers nothing, asks nobody.
//
// A point is what there is to know of a text up to a position: the word before it and the network's state. Reading on
// from a point gives the same bits as reading from the start, however the text was cut into pieces. What else a caller
// knows of the writer, such as the words that came lately, it hands in as a memory.

import { cachedOutput } from "./neural-cache.ts";
import type { LanguageModel, Step, Trace } from "./language-model.ts";
import { completeWord, insertWord } from "./insertion.ts";
import { buildSuggestionMask } from "./suggestion-mask.ts";
import { END_OF_SENTENCE, findTokenizer } from "#model/tokenizers/text";
import type { Token, Tokenizer } from "#model/tokenizers/text";
import type { Vocabulary } from "#model/vocabulary";
import { Candidates, rank } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { NO_MEMORY } from "./cache-mixture.ts";
import type { Memory, ReadWord } from "./cache-mixture.ts";

export interface StateSnapshot {
  position: number; // in the text, in UTF-16 code units; white space follows
  previous: string; // the word before it, as the vocabulary has it
  state: Float32Array; // [L, 2, H]
}

/** A text, the point in it that is read up to, and what has not been. */
export interface TextCursor {
  point: StateSnapshot;
  before: string; // the text before the point, or the end of that
  rest: string; // the text from the point on
}

export interface Prediction {
  word: string; // as it is mostly written
  probability: number;
  insert: string; // what to type, with its space and its case
}

export class Predictor {
  readonly #network: LanguageModel;
  readonly #vocabulary: Vocabulary;
  readonly #tokenizer: Tokenizer;
  readonly #candidates: Candidates;
  /** The word that was read after a state on trial, for as long as somebody keeps that: mostly it is the next to come. */
  readonly #tried = new WeakMap<Float32Array, { id: number } & Trace>();

  constructor(network: LanguageModel) {
    this.#network = network;
    this.#vocabulary = network.vocabulary;
    this.#tokenizer = findTokenizer(network.metadata.tokenizer);
    this.#candidates = new Candidates(
      network,
      buildSuggestionMask(this.#vocabulary, this.#tokenizer.name),
    );
  }

  /** How many of the last words a memory is made of. */
  get window(): number {
    const { window, lambda } = this.#network.cache.settings;
    return lambda === 0 ? 0 : window;
  }

  /** The point before a text's first word. */
  start(position = 0): StateSnapshot {
    const state = this.#network.consume(this.#network.initialState(), [this.#vocabulary.endId]);
    return { position, previous: END_OF_SENTENCE, state };
  }

  /** The furthest point in `rest`, the text from `point` on, that no later text can change. */
  commit(point: StateSnapshot, rest: string): StateSnapshot {
    return this.read(point, rest).point;
  }

  /** The same, with the words up to there. */
  read(point: StateSnapshot, rest: string): { point: StateSnapshot; words: ReadWord[] } {
    const { tokens, settled, stableEnd } = this.#tokenizer.read(rest, point.previous);
    const reached = this.#consume(point, tokens.slice(0, settled), stableEnd);
    if (settled > 0) this.#tried.delete(point.state); // or a text's first state would hold on to all the later ones
    return reached;
  }

  /** The same text, read as far as no later text can change it. */
  advance({ point, before, rest }: TextCursor): TextCursor {
    const reached = this.commit(point, rest);
    const read = reached.position - point.position;
    return { point: reached, before: before + rest.slice(0, read), rest: rest.slice(read) };
  }

  /** A word as the vocabulary would have it. */
  keyOf(word: string): string {
    const { tokens, prefix } = this.#tokenizer.read(word);
    return (tokens[0] ?? prefix)?.word ?? word;
  }

  /**
   * The topK words after `before` + `rest`, where `point` stands between the two.
   *
   * predict(start, "", "the united", 5); // [{ word: "States", probability: 0.93, insert: " States" }, …]
   */
  predict(
    point: StateSnapshot,
    before: string,
    rest: string,
    limit: number,
    memory = NO_MEMORY,
  ): Prediction[] {
    const { tokens, prefix } = this.#tokenizer.read(rest, point.previous);
    const read = this.#consume(point, tokens, rest.length);
    const known = remember(memory, read.words);
    const text = before + rest;
    if (!prefix) return this.#continue(read.point, text, limit, known);
    const [start, end] = [point.position + prefix.start, point.position + prefix.end];
    return this.#complete(read.point, text, { ...prefix, start, end }, limit, known);
  }

  /** The word at the end of `rest` that `predict` would follow, where it does not know yet what comes of that. */
  pendingStep(point: StateSnapshot, rest: string): Step | null {
    const { tokens, prefix } = this.#tokenizer.read(rest, point.previous);
    if (tokens.length > 0 || !prefix || !this.#vocabulary.has(prefix.word)) return null;
    const step = { state: point.state, id: this.#vocabulary.idOf(prefix.word) };
    return this.#tried.get(step.state)?.id === step.id ? null : step;
  }

  /** Reads such words, and chooses what may follow each, in passes over the weights that they share. */
  prefetch(steps: Step[], limit: number): void {
    const traces = this.#network.traceTogether(steps);
    const states = traces.map(({ state }) => state);
    this.#network.likeliestTogether(states, limit);
    steps.forEach(({ state, id }, at) => this.#tried.set(state, { id, ...traces[at]! }));
  }

  #consume(
    point: StateSnapshot,
    tokens: Token[],
    length: number,
  ): { point: StateSnapshot; words: ReadWord[] } {
    if (tokens.length === 0) return { point, words: [] };
    const ids = tokens.map(({ word }) => this.#vocabulary.idOf(word));
    const { state, outputs } = this.#trace(point.state, ids);
    const words = tokens.map(({ word, surface, start, end }, at): ReadWord => {
      const opens = (tokens[at - 1]?.word ?? point.previous) === END_OF_SENTENCE;
      const output = cachedOutput(outputs[at]!);
      return { word, surface, opens, start: point.position + start, end: point.position + end, output }; // prettier-ignore
    });
    const position = point.position + length;
    return { point: { position, previous: tokens.at(-1)!.word, state }, words };
  }

  #trace(state: Float32Array, ids: number[]): Trace {
    const tried = this.#tried.get(state);
    if (tried?.id !== ids[0]) return this.#network.trace(state, ids);
    if (ids.length === 1) return tried!;
    const { state: last, outputs } = this.#network.trace(tried!.state, ids.slice(1));
    return { state: last, outputs: [...tried!.outputs, ...outputs] };
  }

  /** After a finished word: the words that follow it. */
  #continue(
    { state, previous }: StateSnapshot,
    text: string,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const context = { tokenizer: this.#tokenizer.name, previous };
    return this.#candidates.next(state, limit, memory).map(({ display, probability }) => {
      return { word: display, probability, insert: insertWord(text, display, context) };
    });
  }

  /**
   * Inside a word: the words that start so, as if one of them had to come. Where the letters are a whole word already,
   * its share of the probability goes to the words that follow it.
   */
  #complete(
    point: StateSnapshot,
    text: string,
    prefix: Token,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    // one more than asked for: the whole word may be among them
    const candidates = this.#candidates.startingWith(point.state, prefix.word, limit + 1, memory);
    const completions = candidates
      .filter(({ word }) => word !== prefix.word)
      .map(({ display, probability }): Prediction => {
        return { word: display, probability, insert: completeWord(prefix.surface, display) };
      });
    // behind so many others, its followers are less likely still
    const whole = candidates.slice(0, limit).find(({ word }) => word === prefix.word);
    const followers = whole ? this.#follow(point, text, prefix, whole, limit, memory) : [];
    return rank([...completions, ...followers], limit);
  }

  #follow(
    point: StateSnapshot,
    text: string,
    { surface, start, end }: Token,
    { word, probability }: Candidate,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const id = this.#vocabulary.idOf(word);
    if (this.#tried.get(point.state)?.id !== id) {
      this.#tried.set(point.state, { id, ...this.#network.trace(point.state, [id]) });
    }
    const token = { word, surface, start: start - point.position, end: end - point.position };
    const read = this.#consume(point, [token], end - point.position);
    const known = remember(memory, read.words);
    return this.#continue(read.point, text, limit, known).map((prediction) => ({
      ...prediction,
      probability: prediction.probability * probability,
    }));
  }
}

function remember(memory: Memory, words: ReadWord[]): Memory {
  return words.length === 0 ? memory : { ...memory, words: [...memory.words, ...words] };
}
