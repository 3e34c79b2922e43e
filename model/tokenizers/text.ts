// model/tokenizers/text: the tokenizer of raw prose: words without case, numbers as one word, marks, ends of sentences. What
// is one token is pieces', how words are put behind a text writing's.

import { firstPieceRules, pieceRules, splitChunk, takePrefix } from "./pieces.ts";
import type { Piece, PieceRules } from "./pieces.ts";
import { chunksOf, endOfSentence, END_OF_SENTENCE, markStable, newlinesIn, NUMBER_WORD, UNKNOWN_WORD } from "./tokenizer.ts"; // prettier-ignore
import type { Reading, Token, Tokenizer } from "./tokenizer.ts";
import { proseWriting } from "./writing.ts";

/** The rules of today; 1 are those of the first release, by which its models go on to be read. */
export const TEXT_VERSION = 2;

const RESERVED = [UNKNOWN_WORD, END_OF_SENTENCE, NUMBER_WORD];

interface ProseRules extends PieceRules {
  sentenceEnds: Set<string>;
  ordinalsHaveDots: boolean;
}

/**
 * The tokenizer for prose.
 * @param language a BCP 47 tag; English rules suit most others
 * @throws Error where there are no rules of that version
 * @example
 * const { tokens } = textTokenizer().read("We met 3 times.");
 * tokens.map(({ word }) => word); // ["we", "met", "<num>", "times", ".", "<eos>"]
 */
export function textTokenizer(version = TEXT_VERSION, language?: string): Tokenizer {
  if (version !== 1 && version !== TEXT_VERSION) {
    throw new Error(
      `the model was trained with version ${version} of the text tokenizer; this release knows 1 and ${TEXT_VERSION}: deploy a newer one`,
    );
  }
  const rules = version === 1 ? firstRules() : rulesOf(language);
  const read = (text: string, previous = END_OF_SENTENCE) => readProse(text, previous, rules);
  return {
    name: "text",
    version,
    language,
    reserved: RESERVED,
    placeholders: RESERVED,
    read,
    ...proseWriting(language, read),
  };
}

// . ! ? and their like in Greek-rooted, Devanagari, Arabic, Armenian, Ethiopic, Khmer, Burmese and Tibetan script
const SENTENCE_ENDS = [".", "!", "?", "‽", "⁇", "⁈", "⁉", "।", "॥", "؟", "۔", "։", "።", "፧", "។", "៕", "။", "།"]; // prettier-ignore
// these end one where no space follows, too
const FULL_WIDTH_ENDS = new Set(["。", "！", "？", "｡", "．"]);
// „am 3. Mai“
const ORDINAL_LANGUAGES = /^(?:de|da|nb|nn|no|fi|et|lv|is|cs|sk|sl|hr|bs|sr|pl|hu|tr|lb)\b/i;

function firstRules(): ProseRules {
  return { ...firstPieceRules(), sentenceEnds: new Set([".", "!", "?", "…"]), ordinalsHaveDots: false }; // prettier-ignore
}

function rulesOf(language = ""): ProseRules {
  const greek = /^el\b/i.test(language) ? [";", "\u037E"] : [];
  return {
    ...pieceRules(language),
    sentenceEnds: new Set([...SENTENCE_ENDS, ...FULL_WIDTH_ENDS, ...greek]),
    ordinalsHaveDots: ORDINAL_LANGUAGES.test(language),
  };
}

function readProse(text: string, previous: string, rules: ProseRules): Reading {
  const tokens: Token[] = [];
  const reading: Reading = { tokens, prefix: null, stableTokens: 0, stableEnd: 0 };
  const before = () => tokens.at(-1)?.word ?? previous;
  const endParagraph = (space: string, at: number) => {
    if (space.length < 2 || before() === END_OF_SENTENCE) return;
    if (newlinesIn(space).length > 1) tokens.push(endOfSentence(at));
  };
  for (const { space, chunk, start, end } of chunksOf(text)) {
    endParagraph(space, start);
    const pieces = splitChunk(chunk, rules, { offset: start, previous: before() });
    const isLast = end === text.length;
    if (isLast) reading.prefix = takePrefix(pieces, { chunk, offset: start }, rules);
    for (const [index, piece] of pieces.entries()) {
      if (endsBefore(pieces, index)) tokens.push(endOfSentence(piece.start));
      const { word, surface, start, end } = piece;
      tokens.push({ word, surface, start, end });
    }
    if (!reading.prefix && endsSentence(pieces, rules)) tokens.push(endOfSentence(end));
    if (!isLast) markStable(reading, end);
  }
  endParagraph(text.slice(text.trimEnd().length), text.length);
  return reading;
}

const CLOSERS = new Set([")", "]", "}", '"', "'", "”", "“", "’", "‘", "»", "«", "›", "‹", "」", "』", "）", "］", "】", "》", "〉"]); // prettier-ignore
const EMOJI = /^[\p{Extended_Pictographic}\p{RI}]/u;

/** Whether a sentence ended within a chunk, where no spaces are written between sentences. */
function endsBefore(pieces: Piece[], index: number): boolean {
  if (index === 0 || CLOSERS.has(pieces[index]!.word)) return false;
  if (FULL_WIDTH_ENDS.has(pieces[index]!.word)) return false;
  let last = index - 1;
  while (last > 0 && CLOSERS.has(pieces[last]!.word)) last--;
  return FULL_WIDTH_ENDS.has(pieces[last]!.word);
}

function endsSentence(pieces: Piece[], { sentenceEnds, ordinalsHaveDots }: ProseRules): boolean {
  const last = pieces.findLastIndex(({ word }) => !CLOSERS.has(word) && !EMOJI.test(word));
  if (last === -1 || !sentenceEnds.has(pieces[last]!.word)) return false;
  const before = pieces[last - 1];
  const isOrdinal = before?.kind === "number" && /^\d{1,2}$/.test(before.surface);
  return !(ordinalsHaveDots && isOrdinal && pieces[last]!.word === ".");
}
