// inference/token-text: from a text to word ids with the piece of text each stands for, and from ids to a text. The pieces
// put together are the text.

import type { LanguageModel } from "./language-model.ts";
import { INSERTION_REACH, writeToken } from "./insertion.ts";
import { runSteps } from "./run-steps.ts";
import { END_OF_SENTENCE, readSteps, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";

/** A text beside its tokens. */
export interface TokenText {
  text: string;
  ids: number[];
  pieces: string[]; // one of each id
  previous: string; // the last word, as the vocabulary has it
}

/** An empty text. */
export const NO_TEXT: TokenText = { text: "", ids: [], pieces: [], previous: END_OF_SENTENCE };

/**
 * The tokens of a text, the word it ends in among them.
 *
 * @example
 * readText(model, "the people").pieces; // ["the", " people"]
 */
export function readText(model: LanguageModel, text: string): TokenText {
  return runSteps(readTextSteps(model, text));
}

/**
 * The same in steps, for callers that let others go in between; each says how many tokens it has read.
 *
 * @example
 * const steps = readTextSteps(model, "the people");
 * while (!steps.next().done) await nextTurn();
 */
export function* readTextSteps(
  { tokenizer, words }: LanguageModel,
  text: string,
): Generator<number, TokenText> {
  const ids: number[] = [];
  const pieces: string[] = [];
  let [last, previous] = [0, END_OF_SENTENCE];
  for (const tokens of readSteps(tokenizer, text)) {
    for (const { word, end } of tokens) {
      ids.push(words.idOf(word));
      pieces.push(text.slice(last, end));
      [last, previous] = [end, word];
    }
    yield tokens.length;
  }
  // white space at the end belongs to the last token: no other is there to take it
  if (pieces.length > 0) pieces[pieces.length - 1] += text.slice(last);
  return { text, ids, pieces, previous };
}

/**
 * The text that ids stand for; unknown words stay `<unk>`.
 *
 * @example
 * writeText(model, readText(model, "the people").ids).text; // "The people": it begins a sentence
 */
export function writeText(network: LanguageModel, ids: readonly number[]): TokenText {
  return runSteps(writeTextSteps(network, ids));
}

/**
 * The same in steps of a word, for callers that let others go in between.
 *
 * @example
 * const steps = writeTextSteps(model, ids);
 * while (!steps.next().done) await nextTurn();
 */
export function* writeTextSteps(
  network: LanguageModel,
  ids: readonly number[],
): Generator<undefined, TokenText> {
  const pieces: string[] = [];
  let { text: end, previous } = NO_TEXT;
  for (const id of ids) {
    const piece = pieceOf(network, { text: end, previous }, id);
    pieces.push(piece);
    end = (end + piece).slice(-INSERTION_REACH); // the whole text would be copied for each token
    previous = network.words.entries[id]!.word;
    yield;
  }
  return { text: pieces.join(""), ids: [...ids], pieces, previous };
}

/**
 * How a word is written after a text.
 *
 * @example
 * pieceOf(model, { text: "the", previous: "the" }, model.words.idOf("people")); // " people"
 */
export function pieceOf(
  { tokenizer, words }: LanguageModel,
  { text, previous }: Pick<TokenText, "text" | "previous">,
  id: number,
): string {
  return writeToken(text, words.entries[id]!, { tokenizer, previous });
}

/**
 * What evaluation programs ask of a tokenizer; a text begins with an end of sentence, which is never written.
 *
 * @example
 * describeTokenizer(model).vocab_size; // model.words.size
 */
export function describeTokenizer({ tokenizer, words }: LanguageModel) {
  return {
    tokenizer_class: `afterword-${tokenizer.name}`,
    vocab_size: words.size,
    unk_token: UNKNOWN_WORD,
    eos_token: END_OF_SENTENCE,
    bos_token: END_OF_SENTENCE,
    pad_token: null,
    add_bos_token: false,
    chat_template: null,
  };
}
