// inference/text-reader: reads a text with one model, from snapshot to snapshot. Reading on from a snapshot gives the same bits
// as reading from the start, however the text was cut into pieces. Keeps nothing of the text.

import { cachedOutput } from "./neural-cache.ts";
import type { ReadWord } from "./cache-mixture.ts";
import type { LanguageModel, Step, Trace } from "./language-model.ts";
import type { StateSnapshot, TextCursor } from "./text-cursor.ts";
import { END_OF_SENTENCE, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Reading, Token, Tokenizer } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

/** Words that were read, and the snapshot behind them. */
export interface ReadWords {
  point: StateSnapshot;
  words: ReadWord[];
}

/**
 * Reads texts with a model.
 *
 * @example
 * const reader = new TextReader(model);
 * const { position } = reader.commit(reader.start(), "the united sta"); // 10
 */
export class TextReader {
  protected readonly model: LanguageModel;
  protected readonly vocabulary: Vocabulary;
  protected readonly tokenizer: Tokenizer;
  /** What was read behind a snapshot where it is all unstable: asked for several times until more is typed. */
  readonly #readings = new WeakMap<StateSnapshot, Reading & { rest: string }>();
  /** The word that was read after a state though it may still change: mostly it is the next to come. */
  readonly #speculation = new WeakMap<Float32Array, { id: number } & Trace>();

  constructor(model: LanguageModel) {
    this.model = model;
    this.vocabulary = model.words;
    this.tokenizer = model.tokenizer;
  }

  /** How many of the last words a memory is made of. */
  get window(): number {
    const { window, lambda } = this.model.cache.settings;
    return lambda === 0 ? 0 : window;
  }

  /** The snapshot before a text's first word. */
  start(position = 0): StateSnapshot {
    const state = this.model.consume(this.model.initialState(), [this.vocabulary.endId]);
    return { position, previous: END_OF_SENTENCE, state };
  }

  /** The furthest snapshot in `rest`, the text from `point` on, that no later text can change. */
  commit(point: StateSnapshot, rest: string): StateSnapshot {
    return this.read(point, rest).point;
  }

  /** The same, with the words up to there. */
  read(point: StateSnapshot, rest: string): ReadWords {
    const { tokens, stableTokens, stableEnd } = this.tokensBehind(point, rest);
    const reached = this.consume(point, tokens.slice(0, stableTokens), stableEnd);
    if (stableTokens > 0) this.#speculation.delete(point.state); // or a text's first state would hold on to all the later ones
    return reached;
  }

  /** The same text, read as far as no later text can change it. */
  advance({ point, before, rest }: TextCursor): TextCursor {
    const reached = this.commit(point, rest);
    const read = reached.position - point.position;
    return { point: reached, before: before + rest.slice(0, read), rest: rest.slice(read) };
  }

  /** A word as the vocabulary would have it; null where a text is no word, or more than one. */
  keyOf(word: string): string | null {
    const { tokens } = this.tokenizer.read(`${word} `, UNKNOWN_WORD);
    const [token] = tokens;
    return tokens.length === 1 && token!.end === word.length ? token!.word : null;
  }

  /** Whether the model has a word of its vocabulary's spelling. */
  isKnown(word: string): boolean {
    return this.vocabulary.has(word);
  }

  /** Whether a word stands for others. */
  isPlaceholder(word: string): boolean {
    return this.tokenizer.placeholders.includes(word);
  }

  /** The words of a text, but for one that may go on. */
  finishedWords(text: string): Token[] {
    return this.tokenizer.read(text).tokens;
  }

  /** The tokens of `rest`, the text from `point` on. */
  tokensBehind(point: StateSnapshot, rest: string): Reading {
    const known = this.#readings.get(point);
    if (known?.rest === rest) return known;
    const reading = { rest, ...this.tokenizer.read(rest, point.previous) };
    if (reading.stableTokens === 0) this.#readings.set(point, reading);
    return reading;
  }

  /** The word at the end of `rest` that predictions would follow, where it is not known yet what comes of that. */
  pendingStep(point: StateSnapshot, rest: string): Step | null {
    const { tokens, prefix } = this.tokensBehind(point, rest);
    if (tokens.length > 0 || !prefix || !this.vocabulary.has(prefix.word)) return null;
    const step = { state: point.state, id: this.vocabulary.idOf(prefix.word) };
    return this.#speculation.get(step.state)?.id === step.id ? null : step;
  }

  /** Reads such words, and chooses what may follow each, in passes over the weights that they share. */
  prefetch(steps: Step[], limit: number): void {
    const traces = this.model.traceBatch(steps);
    const states = traces.map(({ state }) => state);
    this.model.topKBatch(states, limit);
    steps.forEach(({ state, id }, at) => this.#speculation.set(state, { id, ...traces[at]! }));
  }

  /** Reads a word that may still change, and remembers what comes of it. */
  protected speculate(point: StateSnapshot, token: Token): ReadWords {
    const id = this.vocabulary.idOf(token.word);
    if (this.#speculation.get(point.state)?.id !== id) {
      this.#speculation.set(point.state, { id, ...this.model.trace(point.state, [id]) });
    }
    return this.consume(point, [token], token.end);
  }

  /** Reads tokens, whose places are counted from `point`; the text goes on `length` characters behind it. */
  protected consume(point: StateSnapshot, tokens: Token[], length: number): ReadWords {
    if (tokens.length === 0) return { point, words: [] };
    const ids = tokens.map(({ word }) => this.vocabulary.idOf(word));
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
    const known = this.#speculation.get(state);
    if (known?.id !== ids[0]) return this.model.trace(state, ids);
    if (ids.length === 1) return known!;
    const { state: last, outputs } = this.model.trace(known!.state, ids.slice(1));
    return { state: last, outputs: [...known!.outputs, ...outputs] };
  }
}
