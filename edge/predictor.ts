// edge/predictor: from a text to the words that may come next, with one model. Pure: remembers nothing, asks nobody.
//
// A point is what there is to know of a text up to a position: the word before it and the network's state. Reading on
// from a point gives the same bits as reading from the start, however the text was cut into pieces.

import type { Choice, Network } from "#kernels/network";
import { completeWord, insertWord } from "#model/insert";
import { markOffered } from "#model/offered";
import { END_OF_SENTENCE, findTokenizer } from "#model/tokenizer";
import type { Token, Tokenizer } from "#model/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

export interface Point {
  position: number; // in the text, in UTF-16 code units; white space follows
  previous: string; // the word before it, as the vocabulary has it
  state: Float32Array; // [L, 2, H]
}

/** A text, the point in it that is read up to, and what has not been. */
export interface Passage {
  point: Point;
  before: string; // the text before the point, or the end of that
  rest: string; // the text from the point on
}

export interface Prediction {
  word: string; // as it is mostly written
  probability: number;
  insert: string; // what to type, with its space and its case
}

export class Predictor {
  readonly #network: Network;
  readonly #vocabulary: Vocabulary;
  readonly #tokenizer: Tokenizer;
  readonly #offered: Uint8Array; // [V]
  /** What was worked out about a state for as long as somebody keeps that: the next call mostly asks for the same. */
  readonly #tried = new WeakMap<Float32Array, { id: number; next: Float32Array }>();
  readonly #likeliest = new WeakMap<Float32Array, { limit: number; choices: Choice[] }>();

  constructor(network: Network) {
    this.#network = network;
    this.#vocabulary = network.vocabulary;
    this.#tokenizer = findTokenizer(network.metadata.tokenizer);
    this.#offered = markOffered(this.#vocabulary, this.#tokenizer.name);
    network.offer(this.#offered);
  }

  /** The point before a text's first word. */
  start(position = 0): Point {
    const state = this.#network.consume(this.#network.initialState(), [this.#vocabulary.endId]);
    return { position, previous: END_OF_SENTENCE, state };
  }

  /** The furthest point in `rest`, the text from `point` on, that no later text can change. */
  settle(point: Point, rest: string): Point {
    const { tokens, settled, settledEnd } = this.#tokenizer.read(rest, point.previous);
    return this.#consume(point, tokens.slice(0, settled), settledEnd);
  }

  /** The same text, read as far as no later text can change it. */
  advance({ point, before, rest }: Passage): Passage {
    const reached = this.settle(point, rest);
    const read = reached.position - point.position;
    return { point: reached, before: before + rest.slice(0, read), rest: rest.slice(read) };
  }

  /**
   * The likeliest words after `before` + `rest`, where `point` stands between the two.
   *
   * predict(start, "", "the united", 5); // [{ word: "States", probability: 0.93, insert: " States" }, …]
   */
  predict(point: Point, before: string, rest: string, limit: number): Prediction[] {
    const { tokens, prefix } = this.#tokenizer.read(rest, point.previous);
    const { previous, state } = this.#consume(point, tokens, rest.length);
    const text = before + rest;
    if (prefix) return this.#complete(state, text, prefix, limit);
    return this.#continue(state, text, previous, limit);
  }

  #consume(point: Point, tokens: Token[], length: number): Point {
    if (tokens.length === 0) return point;
    const ids = tokens.map(({ word }) => this.#vocabulary.idOf(word));
    return {
      position: point.position + length,
      previous: tokens.at(-1)!.word,
      state: this.#read(point.state, ids),
    };
  }

  #read(state: Float32Array, ids: number[]): Float32Array {
    const tried = this.#tried.get(state);
    if (tried?.id !== ids[0]) return this.#network.consume(state, ids);
    this.#tried.delete(state); // kept, a text's first state would hold on to all the later ones
    return ids.length === 1 ? tried!.next : this.#network.consume(tried!.next, ids.slice(1));
  }

  #choose(state: Float32Array, limit: number): Choice[] {
    const known = this.#likeliest.get(state);
    if (known?.limit === limit) return known.choices;
    const choices = this.#network.likeliest(state, limit);
    this.#likeliest.set(state, { limit, choices });
    return choices;
  }

  /** After a finished word: the words that follow it. */
  #continue(state: Float32Array, text: string, previous: string, limit: number): Prediction[] {
    const context = { tokenizer: this.#tokenizer.name, previous };
    return this.#choose(state, limit).map(({ id, probability }) => {
      const word = this.#vocabulary.entries[id]!.display;
      return { word, probability, insert: insertWord(text, word, context) };
    });
  }

  /**
   * Inside a word: the words that start so, as if one of them had to come. Where the letters are a whole word already,
   * its share of the probability goes to the words that follow it.
   */
  #complete(state: Float32Array, text: string, prefix: Token, limit: number): Prediction[] {
    const whole = this.#vocabulary.has(prefix.word) ? this.#vocabulary.idOf(prefix.word) : null;
    const ids = this.#vocabulary
      .idsStartingWith(prefix.word)
      .filter((id) => this.#offered[id] || id === whole)
      .sort((a, b) => a - b);
    // one more than asked for: a whole word that is not even among those has followers that are less likely still
    const choices = this.#network.likeliestOf(state, ids, limit + 1);
    const completions = choices
      .filter(({ id }) => id !== whole)
      .map(({ id, probability }): Prediction => {
        const word = this.#vocabulary.entries[id]!.display;
        return { word, probability, insert: completeWord(prefix.surface, word) };
      });
    const followers = this.#follow(state, text, prefix, choices.find(({ id }) => id === whole), limit); // prettier-ignore
    return [...completions, ...followers]
      .sort((a, b) => b.probability - a.probability)
      .slice(0, limit);
  }

  #follow(
    state: Float32Array,
    text: string,
    { word: previous }: Token,
    whole: Choice | undefined,
    limit: number,
  ): Prediction[] {
    if (!whole) return [];
    const next = this.#network.consume(state, [whole.id]);
    this.#tried.set(state, { id: whole.id, next }); // most people type a space now
    return this.#continue(next, text, previous, limit).map((prediction) => ({
      ...prediction,
      probability: prediction.probability * whole.probability,
    }));
  }
}
