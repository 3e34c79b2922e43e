// model/tokenizers/pieces: what in prose is one token: words, numbers, addresses, abbreviations, emoji, marks. No pattern
// looks at a character more than a bounded number of times.

import { ABBREVIATIONS, AFTER_A_WORD, CAPITAL_ABBREVIATIONS, TITLES } from "./abbreviations.ts";
import { straightApostrophes, toLowerCase, withoutInvisible } from "./letters.ts";
import { NUMBER_WORD } from "./tokenizer.ts";
import type { Prefix, Token } from "./tokenizer.ts";

/** A token, and what of a text it is. */
export interface Piece extends Token {
  kind: "word" | "number" | "abbreviation" | "address" | "mark";
}

const INVISIBLE_RUN = String.raw`(?<nothing>[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFE00-\uFE0F]+)`;

// 👍🏽  👨‍👩‍👧  🇩🇪  3️⃣: one character to whoever sees it
const EMOJI = String.raw`\p{RI}\p{RI}|[\d#*]\uFE0F?\u20E3|\p{Extended_Pictographic}[\p{M}\p{EMod}\u{E0020}-\u{E007F}]*(?:\u200D\p{Extended_Pictographic}[\p{M}\p{EMod}]*)*`;

const NUMBER = String.raw`(?<number>\d[\p{L}\p{M}\d]*(?:[.,:/]\d[\p{L}\p{M}\d]*)*)`; // 1,945.50  20th  3:30
// z. B., т. е.
const SPACED_ABBREVIATIONS = /^(?:de|da|nb|nn|no|sv|cs|sk|pl|ru|uk|be|hu|sl|hr|bs)\b/i;
const DOTTED = String.raw`(?<dotted>(?:\p{L}\.){2,}|(?!I)\p{Lu}\.$)`; // U.S.  J.
const MARKS = String.raw`\.{2,}|-{2,}|[^]\p{M}*`; // ellipsis, dash, one mark with what is written on it

// letters and what is written on them, joined by what is not seen
const LETTERS = String.raw`[\p{L}\p{M}\u00AD\u200C\u200D\u2060]`;
const WORD_OF_LETTERS = String.raw`(?<word>\p{L}${LETTERS}*(?:['’]\p{L}${LETTERS}*)*)`; // nation's

// H2O  my_var  COVID-19
const INSIDE = String.raw`[\p{L}\p{M}\p{Nd}\u00AD\u200C\u200D\u2060]`;
const WORD = String.raw`(?<word>\p{L}${INSIDE}*(?:['’ʼ]\p{L}${INSIDE}*|_+[\p{L}\p{Nd}]${INSIDE}*)*(?:-\d{1,2}(?![\p{L}\p{Nd}_]|[.,:/]\d))?)`;

const LOCAL_PART = String.raw`[\p{L}\p{N}._%+-]`;
const ADDRESS_START = String.raw`(?:[A-Za-z][A-Za-z\d+.-]{1,15}://|[Ww]{3}\.)`;
// an address takes no mark along that ends the clause it stands in
const ADDRESS = String.raw`(?<address>${ADDRESS_START}\S*[^\s.,;:!?)\]}'"’”»]|(?<!${LOCAL_PART})${LOCAL_PART}{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})*)`;
/** An address that more of may come. */
const UNFINISHED_ADDRESS = new RegExp(
  String.raw`(?:(?<![\p{L}\p{N}])${ADDRESS_START}\S*|(?<!${LOCAL_PART})${LOCAL_PART}{1,64}@[\p{L}\p{N}.-]*)$`,
  "u",
);

/** Which rules make the pieces of a text. */
export interface PieceRules {
  pattern: RegExp; // the first alternative that fits is the token
  toLowerCase(text: string): string;
}

/**
 * The rules of the first release, for the files that it wrote.
 * @example
 * splitChunk("H2O", firstPieceRules(), { offset: 0, previous: "the" }); // the pieces h and <num>
 */
export function firstPieceRules(): PieceRules {
  const abbreviation = String.raw`(?<!\p{L})(?<abbreviation>${eitherCase(TITLES)})\.`;
  const parts = [INVISIBLE_RUN, EMOJI, NUMBER, DOTTED, abbreviation, WORD_OF_LETTERS, MARKS];
  return { pattern: new RegExp(parts.join("|"), "gu"), toLowerCase: (text) => text.toLowerCase() };
}

/**
 * The rules of today.
 * @example
 * splitChunk("H2O", pieceRules("en"), { offset: 0, previous: "the" }); // the piece h2o
 */
export function pieceRules(language: string | undefined): PieceRules {
  const known = `${eitherCase(ABBREVIATIONS)}|${CAPITAL_ABBREVIATIONS.join("|")}`;
  const abbreviation = String.raw`(?<!\p{L})(?<abbreviation>${known})\.`;
  const spaced = SPACED_ABBREVIATIONS.test(language ?? "") ? String.raw`^\p{Ll}\.$|` : "";
  const dotted = DOTTED.replace("(?<dotted>", `(?<dotted>${spaced}`);
  const parts = [INVISIBLE_RUN, EMOJI, ADDRESS, NUMBER, dotted, abbreviation, WORD, MARKS];
  return {
    pattern: new RegExp(parts.join("|"), "gu"),
    toLowerCase: (text) => toLowerCase(text, language),
  };
}

function eitherCase(words: string[]): string {
  return words.map(([first = "", ...rest]) => `[${first.toUpperCase()}${first}]${rest.join("")}`).join("|"); // prettier-ignore
}

/**
 * The tokens that a chunk of text at `offset` is made of, where `previous` is the word before it.
 * @example
 * splitChunk("U.S.,", rules, { offset: 4, previous: "the" })[1]; // { word: ",", surface: ",", start: 8, end: 9, kind: "mark" }
 */
export function splitChunk(
  chunk: string,
  { pattern, toLowerCase }: PieceRules,
  { offset, previous }: { offset: number; previous: string },
): Piece[] {
  const pieces: Piece[] = [];
  for (const match of chunk.matchAll(pattern)) {
    const groups = match.groups!;
    if (groups.nothing !== undefined) continue;
    const kind = kindOf(groups);
    const [start, end] = [offset + match.index, offset + match.index + match[0].length];
    const surface = withoutInvisible(match[0]);
    const word = kind === "number" ? NUMBER_WORD : toLowerCase(straightApostrophes(surface));
    if (AFTER_A_WORD.has(word) && !WORD_OR_NUMBER.test(pieces.at(-1)?.word ?? previous)) {
      pieces.push({ word: word.slice(0, -1), surface: surface.slice(0, -1), start, end: end - 1, kind: "word" }); // prettier-ignore
      pieces.push({ word: ".", surface: ".", start: end - 1, end, kind: "mark" });
    } else {
      pieces.push({ word, surface, start, end, kind });
    }
  }
  return pieces;
}

const WORD_OR_NUMBER = /^(?:<num>|<unk>|[\p{L}\p{N}])/u;

function kindOf(groups: Record<string, string | undefined>): Piece["kind"] {
  if (groups.word !== undefined) return "word";
  if (groups.number !== undefined) return "number";
  if (groups.address !== undefined) return "address";
  return (groups.dotted ?? groups.abbreviation) ? "abbreviation" : "mark";
}

/**
 * Takes the word that a text may end inside of, with an apostrophe typed after it, off the end of its last chunk: a
 * whole address, and all of a word with dots in it, such as `u.s`.
 * @example
 * takePrefix(pieces, { chunk: "uni", offset: 4 }, rules); // { word: "uni", surface: "uni", start: 4, end: 7, mayEnd: true }
 */
export function takePrefix(
  pieces: Piece[],
  { chunk, offset }: { chunk: string; offset: number },
  { toLowerCase }: PieceRules,
): Prefix | null {
  // from `at` on the chunk is one word
  const joinFrom = (at: number, mayEnd: boolean): Prefix => {
    const first = pieces.findIndex(({ end }) => end > at);
    pieces.length = first;
    const surface = withoutInvisible(chunk.slice(at - offset));
    const word = toLowerCase(straightApostrophes(surface));
    return { word, surface, start: at, end: offset + chunk.length, mayEnd };
  };
  const address = UNFINISHED_ADDRESS.exec(chunk);
  if (address) return joinFrom(offset + address.index, false);
  const last = pieces.at(-1);
  if (last === undefined) return null;
  let first = pieces.length - 1; // of the pieces that make the word
  const touches = (index: number) => pieces[index]?.end === pieces[index + 1]!.start;
  if (last.kind === "word") {
    for (;;) {
      if (first > 0 && touches(first - 1) && pieces[first - 1]!.kind === "abbreviation") first -= 1;
      else if (
        first > 1 &&
        pieces[first - 1]!.word === "." &&
        touches(first - 1) &&
        touches(first - 2) &&
        pieces[first - 2]!.kind === "word"
      )
        first -= 2; // prettier-ignore
      else break;
    }
    const isPlain = first === pieces.length - 1;
    return joinFrom(pieces[first]!.start, isPlain);
  }
  if (last.word !== "'" || first === 0 || !touches(first - 1)) return null;
  if (pieces[first - 1]!.kind !== "word") return null;
  return joinFrom(pieces[first - 1]!.start, true);
}
