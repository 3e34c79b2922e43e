// inference/predictor: from a text to the words that may come next, with one model. Pure: remembers nothing, asks nobody. What
// a caller knows of the writer, such as the words that came lately, it hands in as a memory.

import { isAddress } from "./address-parts.ts";
import { Candidates, rank } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { NO_MEMORY } from "./cache-mixture.ts";
import type { Memory, ReadWord } from "./cache-mixture.ts";
import { mayCorrect, weighCorrections } from "./corrections.ts";
import { completeWord, contextAfter, insertWord } from "./insertion.ts";
import type { WritingContext } from "./insertion.ts";
import type { LanguageModel } from "./language-model.ts";
import { isShouting, startsCapital } from "./letter-case.ts";
import { buildSuggestionMask, isSuggestible, suppressWords } from "./suggestion-mask.ts";
import type { StateSnapshot, TextCursor } from "./text-cursor.ts";
import { TextReader } from "./text-reader.ts";
import { readFinished, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Prefix } from "#model/tokenizers/tokenizer";

/** A word that may come next, or that completes the one the text ends in. */
export interface Prediction {
  word: string; // as it is mostly written
  probability: number;
  insert: string; // what to type, with its space and its case
  replace: number; // after so many UTF-16 units were taken back from the end of the text
  corrected?: true; // not what the letters typed begin, but what they miss by one key
  phrase?: PhraseWord[]; // what surely follows, where that was asked for
}

/** A word of a phrase. */
export interface PhraseWord {
  word: string; // as it is mostly written
  probability: number; // of it and of all words before it in the phrase
  insert: string; // what to type after those, with its space
}

/** What a writer may have meant by letters with a typing error in them. */
export interface Corrections {
  corrections: Prediction[];
  share: number; // of the probability: of all such words; what is left is for everything else
}

/** So far back the words are read that a profile goes by. */
const CONTEXT_REACH = 160;
/** What some texts write apart from the apostrophe before it; behind one that ends a word it is no word. */
const CLITICS = new Set(["s", "t", "m", "d", "re", "ve", "ll"]);

/**
 * Predicts the words that come after a text.
 *
 * @example
 * const predictor = new Predictor(LanguageModel.open(module, file));
 * predictor.predict(predictor.start(), "", "the united", 5);
 * // [{ word: "States", probability: 0.93, insert: " States", replace: 0 }, …]
 */
export class Predictor extends TextReader {
  readonly #candidates: Candidates;

  /** @param suppressed words that are never to be suggested, in whatever case */
  constructor(model: LanguageModel, suppressed: readonly string[] = []) {
    super(model);
    const words = suppressWords(suppressed);
    const mask = buildSuggestionMask(this.vocabulary, this.tokenizer.name, words);
    this.#candidates = new Candidates(model, mask, words);
  }

  /**
   * The most probable words after `before` + `rest`, where `point` stands between the two.
   * @param before the text before the snapshot, or the end of that
   * @param limit how many words at most
   */
  predict(
    point: StateSnapshot,
    before: string,
    rest: string,
    limit: number,
    memory = NO_MEMORY,
  ): Prediction[] {
    const { tokens, prefix } = this.tokensBehind(point, rest);
    const read = this.consume(point, tokens, prefix?.start ?? rest.length);
    const known = remember(memory, read.words);
    const text = before + rest;
    if (!prefix) return this.#continue(read.point, text, limit, known);
    const { position } = read.point;
    const moved = point.position - position;
    const shifted = { ...prefix, start: prefix.start + moved, end: prefix.end + moved };
    return this.#complete(read.point, text, shifted, limit, known);
  }

  /** The words whose beginning the letters at the end of a text miss by one key, where hardly anything begins as they do. */
  correct({ point, before, rest }: TextCursor, limit: number, memory = NO_MEMORY): Corrections {
    const nothing = { corrections: [], share: 0 };
    const { tokens, prefix } = this.tokensBehind(point, rest);
    if (!prefix || !mayCorrect(prefix.word, memory)) return nothing;
    const near = this.#candidates.near(prefix.word);
    if (near.length === 0) return nothing;
    const { state, previous } = this.consume(point, tokens, prefix.start).point;
    const { words, share } = weighCorrections(this.model, state, prefix.word, near);
    const text = before + rest;
    const typed = text.slice(text.length - (prefix.end - prefix.start));
    const context = this.#contextAfter(text.slice(0, text.length - typed.length), previous);
    const corrections = words.map(({ id, probability }): Prediction => {
      const { word, display } = this.vocabulary.entries[id]!;
      const factor = memory.rejected.get(word) ?? 1;
      return { word: display, probability: factor * probability, ...completeWord(typed, display, context), corrected: true }; // prettier-ignore
    });
    return { corrections: rank(corrections, limit), share };
  }

  /** Whether a text is one word, of those that may be suggested. */
  maySuggest(word: string): boolean {
    const key = this.keyOf(word);
    return key !== null && isSuggestible(key) && !this.tokenizer.placeholders.includes(key);
  }

  /** After a finished word: the words that follow it. */
  #continue(
    { state, previous }: StateSnapshot,
    text: string,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const context = this.#contextAfter(text, previous);
    const isBehindApostrophe = /\p{L}['’]$/u.test(text);
    return this.#candidates
      .next(
        state,
        isBehindApostrophe ? limit + CLITICS.size : limit,
        this.#inContext(memory, text, previous),
      ) // prettier-ignore
      .filter(({ word }) => !(isBehindApostrophe && CLITICS.has(word)))
      .slice(0, limit)
      .map(({ display, probability }) => {
        return { word: display, probability, insert: insertWord(display, context), replace: 0 };
      });
  }

  /**
   * Inside a word: the words that start so, as if one of them had to come. Where the letters are a whole word already,
   * its share of the probability goes to the words that follow it.
   */
  #complete(
    point: StateSnapshot,
    text: string,
    prefix: Prefix,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const typed = text.slice(text.length - (prefix.end - prefix.start));
    const context = this.#contextAfter(text.slice(0, text.length - typed.length), point.previous);
    const isCapital = startsCapital(typed) && !context.capital && !context.shouts;
    // one more than asked for: the whole word may be among them
    const recalled = this.#inContext(memory, text.slice(0, text.length - typed.length), point.previous); // prettier-ignore
    const candidates = this.#candidates.startingWith(point.state, { word: prefix.word, isCapital }, limit + 1, recalled); // prettier-ignore
    const completions = candidates
      .filter(({ word }) => word !== prefix.word)
      .map(({ display, probability }): Prediction => {
        return { word: display, probability, ...completeWord(typed, display, context) };
      });
    // behind so many others, its followers are less probable still
    const whole = candidates.slice(0, limit).find(({ word }) => word === prefix.word);
    const followers = whole ? this.#follow(point, text, { prefix, whole }, limit, memory) : [];
    const isRefused = candidates.every(({ word }) => memory.rejected.has(word));
    const others = isRefused && prefix.mayEnd ? this.#afterUnknown(point, text, prefix, limit, memory) : []; // prettier-ignore
    const all = rank([...completions, ...followers, ...others], limit);
    return isAddress(typed) ? this.#withParts(all, typed, limit, recalled) : all;
  }

  /** Inside an address: its next part too, which is half of what is to be expected where whole ones are known. */
  #withParts(whole: Prediction[], typed: string, limit: number, memory: Memory): Prediction[] {
    const parts = this.#candidates
      .partsBehind(typed, memory)
      .map(({ part, ...rest }): Prediction => ({ word: part, ...rest, replace: 0 }));
    if (whole.length === 0) return rank(parts, limit);
    if (parts.length === 0) return whole;
    const halves = [...whole, ...parts].map((item) => ({ ...item, probability: item.probability / 2 })); // prettier-ignore
    return rank(halves, limit);
  }

  /** After letters that are a whole word, as far as that is the one that is meant. */
  #follow(
    point: StateSnapshot,
    text: string,
    { prefix, whole }: { prefix: Prefix; whole: Candidate },
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const read = this.speculate(point, { ...prefix, word: whole.word });
    const known = remember(memory, read.words);
    return this.#continue(read.point, text, limit, known).map((prediction) => ({
      ...prediction,
      probability: prediction.probability * whole.probability,
    }));
  }

  /** After letters that begin no word that is known: as if they were a word, and the mark behind it a mark. */
  #afterUnknown(
    point: StateSnapshot,
    text: string,
    { start, end }: Prefix,
    limit: number,
    memory: Memory,
  ): Prediction[] {
    const typed = text.slice(text.length - (end - start));
    const tokens = this.tokenizer
      .read(`${typed} `, point.previous)
      .tokens.map((token) => ({ ...token, start: token.start + start, end: token.end + start }));
    const [only] = tokens;
    const read = tokens.length === 1 ? this.speculate(point, only!) : this.consume(point, tokens, end); // prettier-ignore
    return this.#continue(read.point, text, limit, remember(memory, read.words));
  }

  /** The last words of the line, for the profile; before its first one, the word that the text went before with. */
  #inContext(memory: Memory, text: string, previous: string): Memory {
    if (!memory.profile) return memory;
    const line = text.slice(text.lastIndexOf("\n") + 1);
    const end = line.slice(-CONTEXT_REACH);
    const whole = end.length < line.length ? end.slice(end.search(/\s/u) + 1) : end;
    const words = readFinished(this.tokenizer, whole, UNKNOWN_WORD).map(({ word }) => word);
    return { ...memory, context: [...words.slice(-2, -1), previous] };
  }

  #contextAfter(text: string, previous: string): WritingContext {
    const { tokenizer } = this;
    const shouts = tokenizer.name === "text" && isShouting(text, (word) => this.#displayOf(word));
    return contextAfter(text, { tokenizer, previous, shouts });
  }

  #displayOf(word: string): string | undefined {
    const key = this.keyOf(word);
    if (key === null || !this.vocabulary.has(key)) return undefined;
    return this.vocabulary.entries[this.vocabulary.idOf(key)]!.display;
  }
}

function remember(memory: Memory, words: ReadWord[]): Memory {
  return words.length === 0 ? memory : { ...memory, words: [...memory.words, ...words] };
}
