// model/tokenizers/tokenizer: what a tokenizer is: from text to tokens and back to where in the text they stood, and how a
// word is written after a text. Knows nothing of ids.
//
// Every tokenizer reads a text in pieces: what is ended by white space never changes when more text follows, so a session
// or a file of any length can be read on from `stableEnd`.

/** Read in place of a word that the vocabulary lacks. */
export const UNKNOWN_WORD = "<unk>";
/** Stands at the end of every sentence (`text`) or line (`whitespace`), and before the first word of all. */
export const END_OF_SENTENCE = "<eos>";
/** Stands for every number in `text`. */
export const NUMBER_WORD = "<num>";

/** What a tokenizer is called, e.g. `text`; find has them all. */
export type TokenizerName = string;

/** What a model's file says of the tokenizer that its training text was read with. */
export interface TokenizerSettings {
  tokenizer: TokenizerName;
  /** Which rules for where tokens end, 1 where a file of an earlier release names none. */
  tokenizerVersion?: number;
  /** The text's language as a BCP 47 tag, e.g. `tr`, where its rules differ from those that suit most languages. */
  language?: string;
}

/** A word or mark, and where it stands in the text. */
export interface Token {
  word: string; // the vocabulary's key, e.g. "states"
  surface: string; // as written, in Unicode NFC, e.g. "States"
  start: number; // offsets into the text, in UTF-16 code units
  end: number;
}

/** What reading a text came to. */
export interface Reading {
  tokens: Token[]; // all complete tokens, ends of sentences among them
  prefix: Prefix | null; // the word that the text ends inside of
  stableTokens: number; // how many of `tokens` no further text can change
  stableEnd: number; // the offset from which reading goes on after those
}

/** The first letters of a word that may go on. */
export interface Prefix extends Token {
  /** Whether another word may follow where no known word begins so; none does inside of an address. */
  mayEnd: boolean;
}

/** How words and marks are put behind a text. */
export interface WritingRules {
  /** Whether a word that is typed next stands at the text without a space. */
  joinsNext(before: string): boolean;
  /** Whether a mark stands at the text without a space. */
  joinsPrevious(before: string, mark: string): boolean;
  /** Whether a word that is typed next begins with a capital; `previous` is the last token's word. */
  startsSentence(before: string, previous: string): boolean;
  /** How the end of a sentence is written. */
  endOfSentence: string;
  /** Upper case in the text's language. */
  toUpperCase(text: string): string;
}

/** A tokenizer: from text to tokens, and how words are written back. */
export interface Tokenizer extends WritingRules {
  name: TokenizerName;
  version: number;
  language: string | undefined;
  reserved: string[]; // words that every vocabulary of this tokenizer holds, first ids first
  placeholders: string[]; // words that stand for something else and are never offered
  /** Reads a text that follows the word `previous`. */
  read(text: string, previous?: string): Reading;
}

/**
 * A text's runs of anything but white space, each with the white space before it.
 * @example
 * [...chunksOf("the uni")].map(({ chunk }) => chunk); // ["the", "uni"]
 */
export function* chunksOf(text: string) {
  let last = 0;
  for (const match of text.matchAll(/\S+/gu)) {
    const [chunk] = match;
    const start = match.index;
    const end = start + chunk.length;
    yield { space: text.slice(last, start), chunk, start, end };
    last = end;
  }
}

/**
 * Takes all tokens so far for what no further text can change.
 * @example
 * markStable(reading, end); // reading.stableTokens is reading.tokens.length
 */
export function markStable(reading: Reading, end: number): void {
  reading.stableTokens = reading.tokens.length;
  reading.stableEnd = end;
}

/**
 * Offsets just behind each newline of a run of white space.
 * @example
 * newlinesIn(" \n\n"); // [2, 3]
 */
export function newlinesIn(space: string): number[] {
  return [...space.matchAll(/\r\n|[\n\r\u2028\u2029]/gu)].map(
    (match) => match.index + match[0].length,
  );
}

/**
 * The token that ends a sentence at an offset; it has no letters.
 * @example
 * endOfSentence(12); // { word: "<eos>", surface: "", start: 12, end: 12 }
 */
export function endOfSentence(at: number): Token {
  return { word: END_OF_SENTENCE, surface: "", start: at, end: at };
}

/**
 * The tokens of a text that is all there is: what it ends in is a whole word.
 * @param previous the word that the text follows
 * @example
 * readFinished(findTokenizer("text"), "We met").map(({ word }) => word); // ["we", "met"]
 */
export function readFinished(tokenizer: Tokenizer, text: string, previous?: string): Token[] {
  const { tokens, prefix } = tokenizer.read(text, previous);
  return prefix ? tokenizer.read(`${text} `, previous).tokens : tokens;
}

/** So many characters are read in a step, more where a word is longer. */
export const TOKENIZER_STEP = 2_000;

/**
 * The same tokens in steps, for callers that let others go in between.
 * @param isFinished false: the word that the text ends in, and that may go on, is left out
 * @example
 * for (const tokens of readSteps(findTokenizer("text"), text)) tokens.forEach((token) => counter.add(token));
 */
export function* readSteps(
  tokenizer: Tokenizer,
  text: string,
  isFinished = true,
): Generator<Token[], undefined> {
  let previous: string | undefined;
  let from = 0;
  for (let length = TOKENIZER_STEP; from + length < text.length;) {
    const { tokens, stableTokens, stableEnd } = tokenizer.read(text.slice(from, from + length), previous); // prettier-ignore
    if (stableEnd === 0) {
      length *= 2; // inside a very long word
      yield [];
      continue;
    }
    const stable = tokens.slice(0, stableTokens);
    yield moved(stable, from);
    previous = stable.at(-1)?.word ?? previous;
    from += stableEnd;
    length = TOKENIZER_STEP;
  }
  const rest = text.slice(from);
  yield moved(isFinished ? readFinished(tokenizer, rest, previous) : tokenizer.read(rest, previous).tokens, from); // prettier-ignore
}

function moved(tokens: Token[], by: number): Token[] {
  if (by === 0) return tokens;
  return tokens.map((token) => ({ ...token, start: token.start + by, end: token.end + by }));
}
