// model/tokenizers/text: from text to tokens and back to where in the text they stood. Knows nothing of ids.
//
// Both tokenizers read a text in pieces: what is settled by white space never changes when more text follows, so a
// session or a file of any length can be read on from `stableEnd`.

/** Read in place of a word that the vocabulary lacks. */
export const UNKNOWN_WORD = "<unk>";
/** Stands at the end of every sentence (`text`) or line (`whitespace`), and before the first word of all. */
export const END_OF_SENTENCE = "<eos>";
/** Stands for every number in `text`. */
export const NUMBER_WORD = "<num>";

export interface Token {
  word: string; // the vocabulary's key, e.g. "states"
  surface: string; // as written, in Unicode NFC, e.g. "States"
  start: number; // offsets into the text, in UTF-16 code units
  end: number;
}

export interface Reading {
  tokens: Token[]; // all complete tokens, ends of sentences among them
  prefix: Token | null; // the word that the text ends inside of
  settled: number; // how many of `tokens` no further text can change
  stableEnd: number; // the offset from which reading goes on after those
}

export interface Tokenizer {
  name: TokenizerName;
  reserved: string[]; // words that every vocabulary of this tokenizer holds, first ids first
  placeholders: string[]; // words that stand for something else and are never offered
  /** Reads a text that follows the word `previous`. */
  read(text: string, previous?: string): Reading;
}

export type TokenizerName = "text" | "whitespace";

const TOKENIZERS: Record<TokenizerName, Tokenizer> = {
  // raw prose
  text: {
    name: "text",
    reserved: [UNKNOWN_WORD, END_OF_SENTENCE, NUMBER_WORD],
    placeholders: [UNKNOWN_WORD, END_OF_SENTENCE, NUMBER_WORD],
    read: readProse,
  },
  // corpora whose tokens are already separated by spaces, a sentence a line, such as the Penn Treebank's
  whitespace: {
    name: "whitespace",
    reserved: [UNKNOWN_WORD, END_OF_SENTENCE],
    placeholders: [UNKNOWN_WORD, END_OF_SENTENCE, "N"], // N: the Penn Treebank's number
    read: readSpaced,
  },
};

/** The tokenizer of that name; an unknown name is an error that lists the known ones. */
export function findTokenizer(name: string): Tokenizer {
  if (!Object.hasOwn(TOKENIZERS, name)) {
    const known = Object.keys(TOKENIZERS).join(", ");
    throw new Error(`unknown tokenizer "${name}"; choose one of ${known}`);
  }
  return TOKENIZERS[name as TokenizerName];
}

// a run of white space (maybe none), then a run of anything else
const CHUNK = /(\s*)(\S+)/gu;

function readSpaced(text: string): Reading {
  const tokens: Token[] = [];
  const reading: Reading = { tokens, prefix: null, settled: 0, stableEnd: 0 };
  for (const { space, chunk, start, end } of chunksOf(text)) {
    for (const line of newlinesIn(space)) tokens.push(endOfSentence(start - space.length + line));
    const surface = chunk.normalize("NFC");
    const token = { word: surface, surface, start, end };
    if (end === text.length) {
      reading.prefix = token;
    } else {
      tokens.push(token);
      commit(reading, end);
    }
  }
  const lastEnd = reading.prefix ? text.length : reading.stableEnd;
  for (const line of newlinesIn(text.slice(lastEnd))) tokens.push(endOfSentence(lastEnd + line));
  return reading;
}

function readProse(text: string, previous = END_OF_SENTENCE): Reading {
  const tokens: Token[] = [];
  const reading: Reading = { tokens, prefix: null, settled: 0, stableEnd: 0 };
  const endParagraph = (space: string, at: number) => {
    const last = tokens.at(-1)?.word ?? previous;
    if (space.length > 1 && newlinesIn(space).length > 1 && last !== END_OF_SENTENCE)
      tokens.push(endOfSentence(at));
  };
  for (const { space, chunk, start, end } of chunksOf(text)) {
    endParagraph(space, start);
    const pieces = splitChunk(chunk, start);
    const isLast = end === text.length;
    if (isLast) reading.prefix = takeUnfinishedWord(pieces);
    tokens.push(...pieces);
    if (!reading.prefix && endsSentence(pieces)) tokens.push(endOfSentence(end));
    if (!isLast) commit(reading, end);
  }
  endParagraph(text.slice(text.trimEnd().length), text.length);
  return reading;
}

function* chunksOf(text: string) {
  for (const match of text.matchAll(CHUNK)) {
    const [whole, space, chunk] = match as unknown as [string, string, string];
    const end = match.index + whole.length;
    yield { space, chunk, start: end - chunk.length, end };
  }
}

function commit(reading: Reading, end: number): void {
  reading.settled = reading.tokens.length;
  reading.stableEnd = end;
}

/** Offsets just behind each newline of a run of white space. */
function newlinesIn(space: string): number[] {
  return [...space.matchAll(/\r\n|[\n\r\u2028\u2029]/gu)].map(
    (match) => match.index + match[0].length,
  );
}

function endOfSentence(at: number): Token {
  return { word: END_OF_SENTENCE, surface: "", start: at, end: at };
}

// Titles and the like, whose full stop ends no sentence.
const ABBREVIATIONS =
  "mr mrs ms dr st messrs hon gen gov sen rep col capt lt sgt rev prof jr sr vs vol inc co corp ltd dept"
    .split(" ")
    .map((word) => `[${word[0]!.toUpperCase()}${word[0]!}]${word.slice(1)}`)
    .join("|");

// In this order: the first alternative that fits is the token.
const PIECE = new RegExp(
  [
    String.raw`(?<number>\d[\p{L}\p{M}\d]*(?:[.,:/]\d[\p{L}\p{M}\d]*)*)`, // 1,945.50  20th  3:30
    String.raw`(?:\p{L}\.){2,}|(?!I)\p{Lu}\.$|(?<!\p{L})(?:${ABBREVIATIONS})\.`, // U.S.  J.  Mr.
    String.raw`(?<word>[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*)`, // nation's
    String.raw`\.{2,}|-{2,}`, // ellipsis, dash
    String.raw`[^]`, // one mark
  ].join("|"),
  "gu",
);

function splitChunk(chunk: string, offset: number): Token[] {
  return [...chunk.matchAll(PIECE)].map((match) => {
    const surface = match[0].normalize("NFC").replaceAll("’", "'");
    const start = offset + match.index;
    const word = match.groups!.number === undefined ? surface.toLowerCase() : NUMBER_WORD;
    return { word, surface, start, end: start + match[0].length };
  });
}

const WORD = /^[\p{L}\p{M}]/u;

/** Takes the word, and an apostrophe typed after it, off the end of the text's last pieces. */
function takeUnfinishedWord(pieces: Token[]): Token | null {
  const last = pieces.at(-1)!;
  if (WORD.test(last.word) && !last.word.endsWith(".")) return pieces.pop()!;
  const word = pieces.at(-2);
  if (last.word !== "'" || !word || !WORD.test(word.word)) return null;
  pieces.splice(-2);
  return {
    word: word.word + "'",
    surface: word.surface + "'",
    start: word.start,
    end: last.end,
  };
}

const CLOSERS = new Set([")", "]", "}", '"', "'", "”", "»"]);
const SENTENCE_ENDS = new Set([".", "!", "?", "…"]);

function endsSentence(pieces: Token[]): boolean {
  const last = pieces.findLast(({ word }) => !CLOSERS.has(word));
  return last !== undefined && SENTENCE_ENDS.has(last.word);
}
