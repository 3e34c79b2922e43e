// model/tokenizers/whitespace: corpora whose tokens are separated by spaces already, a sentence a line, such as the Penn
// Treebank's. Words keep their case, marks are words.

import { chunksOf, endOfSentence, END_OF_SENTENCE, markStable, newlinesIn, UNKNOWN_WORD } from "./tokenizer.ts"; // prettier-ignore
import type { Reading, Token, Tokenizer } from "./tokenizer.ts";

/** Words apart by white space, a sentence a line, as in the Penn Treebank's files. */
export const WHITESPACE_TOKENIZER: Tokenizer = {
  name: "whitespace",
  version: 1,
  language: undefined,
  reserved: [UNKNOWN_WORD, END_OF_SENTENCE],
  placeholders: [UNKNOWN_WORD, END_OF_SENTENCE, "N"], // N: the Penn Treebank's number
  read: readSpaced,
  joinsNext: () => false,
  joinsPrevious: () => false,
  startsSentence: () => false,
  endOfSentence: "\n",
  toUpperCase: (text) => text.toUpperCase(),
};

function readSpaced(text: string): Reading {
  const tokens: Token[] = [];
  const reading: Reading = { tokens, prefix: null, stableTokens: 0, stableEnd: 0 };
  for (const { space, chunk, start, end } of chunksOf(text)) {
    for (const line of newlinesIn(space)) tokens.push(endOfSentence(start - space.length + line));
    const surface = chunk.normalize("NFC");
    const token = { word: surface, surface, start, end };
    if (end === text.length) {
      reading.prefix = { ...token, mayEnd: true };
    } else {
      tokens.push(token);
      markStable(reading, end);
    }
  }
  const lastEnd = reading.prefix ? text.length : reading.stableEnd;
  for (const line of newlinesIn(text.slice(lastEnd))) tokens.push(endOfSentence(lastEnd + line));
  return reading;
}
