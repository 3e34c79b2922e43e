// inference/token-text: from a text to word ids with the piece of text each stands for, and from ids to a text. The pieces
// put together are the text.

import type { LanguageModel } from "./language-model.ts";
import { INSERTION_REACH, writeToken } from "./insertion.ts";
import { END_OF_SENTENCE, readFinished, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";

/** A text beside its tokens. */
export interface TokenText {
  text: string;
  ids: number[];
  pieces: string[]; // one of each id
  previous: string; // the last word, as the vocabulary has it
}

/** An empty text. */
export const NO_TEXT: TokenText = { text: "", ids: [], pieces: [], previous: END_OF_SENTENCE };

/** The tokens of a text, the word it ends in among them. */
export function readText({ tokenizer, words }: LanguageModel, text: string): TokenText {
  const tokens = readFinished(tokenizer, text);
  const pieces = tokens.map(({ end }, index) => text.slice(tokens[index - 1]?.end ?? 0, end));
  const last = tokens.at(-1);
  // white space at the end belongs to the last token: no other is there to take it
  if (last) pieces[pieces.length - 1] += text.slice(last.end);
  return {
    text,
    ids: tokens.map(({ word }) => words.idOf(word)),
    pieces,
    previous: last?.word ?? END_OF_SENTENCE,
  };
}

/** The tokens of a text, but that a name such as `describeTokenizer` gives, `<eos>` alone, is that token itself. */
export function readTextOrName(network: LanguageModel, text: string): TokenText {
  if (!network.tokenizer.reserved.includes(text)) return readText(network, text);
  return { text, ids: [network.words.idOf(text)], pieces: [text], previous: text };
}

/** The text that ids stand for; unknown words stay `<unk>`. */
export function writeText(network: LanguageModel, ids: readonly number[]): TokenText {
  const pieces: string[] = [];
  let { text: end, previous } = NO_TEXT;
  for (const id of ids) {
    const piece = pieceOf(network, { text: end, previous }, id);
    pieces.push(piece);
    end = (end + piece).slice(-INSERTION_REACH); // the whole text would be copied for each token
    previous = network.words.entries[id]!.word;
  }
  return { text: pieces.join(""), ids: [...ids], pieces, previous };
}

/** How a word is written after a text. */
export function pieceOf(
  { tokenizer, words }: LanguageModel,
  { text, previous }: Pick<TokenText, "text" | "previous">,
  id: number,
): string {
  return writeToken(text, words.entries[id]!, { tokenizer, previous });
}

/** What evaluation programs ask of a tokenizer; a text begins with an end of sentence, which is never written. */
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
