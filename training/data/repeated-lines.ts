// training/data/repeated-lines: which lines of a text are to count once: quotations of what was read before, signatures, and lines
// that several documents have (disclaimers, lists' footers). Takes linear time; a quotation that was wrapped anew is not found.
//
// A repeated line stays in its split and in the text's digest: it is passed over only where words are counted, trained on and tested.

import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import { mixHash } from "./word-hash.ts";
import type { Span } from "./hold-out.ts";

/** Places of tokens, the end exclusive. */
export type Range = Pick<Span, "begin" | "end">;

/** A line of fewer tokens may stand in many documents: what people write again and again is to be learnt. */
export const MIN_LINE = 6;
const QUOTE_MARK = ">";
const SIGNATURE_MARK = "--"; // alone on its line: RFC 3676, 4.3
const MAX_LINES = 4_000_000; // that are remembered
const MIN_COUNTED = 0.25; // of each split: a text that is nothing but repetition counts whole

/** Finds the repeated lines of documents that are read token by token. */
export class RepeatedLines {
  readonly ranges: Range[] = []; // in order
  readonly #firstDocuments = new Map<number, number>(); // of each line
  #document = 0;
  #isSignature = false;
  #size = 0; // tokens read
  #begin = 0; // the running line's first token
  #hash = 0;
  #check = 0; // a second hash: 53 bits of both tell lines apart
  #words = 0;
  #isQuoted = false;
  #isDelimiter = false;
  #isNewLine = false;
  #endsSentence = true; // the last token that was read does
  #countedEnds = true; // likewise of those that count

  /** Takes the next token; `hash` is its word's. */
  add(word: string, hash: number, startsLine: boolean): void {
    this.#isNewLine ||= startsLine;
    const endsSentence = word === END_OF_SENTENCE;
    if (!endsSentence) {
      if (this.#isNewLine) this.#endLine();
      this.#isNewLine = false;
      if (this.#words === 0 && word === QUOTE_MARK) this.#isQuoted = true;
      else this.#read(word, hash);
    }
    this.#endsSentence = endsSentence;
    this.#size++;
  }

  /** A document ended, and its last line with it. */
  endDocument(): void {
    this.#endLine();
    this.#isNewLine = this.#isSignature = false;
    this.#document++;
  }

  #read(word: string, hash: number): void {
    this.#isDelimiter = this.#words === 0 && word === SIGNATURE_MARK;
    this.#hash = mixHash(Math.imul(this.#hash, 31) + hash);
    this.#check = mixHash(Math.imul(this.#check, 37) ^ hash);
    this.#words++;
  }

  #endLine(): void {
    if (this.#words > 0) {
      if (this.#isDelimiter) this.#isSignature = true;
      if (this.#isRepeated()) this.#leaveOut();
      else this.#countedEnds = this.#endsSentence;
    }
    this.#begin = this.#size;
    this.#hash = this.#check = this.#words = 0;
    this.#isQuoted = this.#isDelimiter = false;
  }

  /** The sentence before it keeps its end. */
  #leaveOut(): void {
    const isNeeded = this.#endsSentence && !this.#countedEnds;
    this.ranges.push({ begin: this.#begin, end: this.#size - (isNeeded ? 1 : 0) });
    if (isNeeded) this.#countedEnds = true;
  }

  #isRepeated(): boolean {
    const key = this.#hash * 2 ** 21 + (this.#check >>> 11);
    const first = this.#firstDocuments.get(key);
    if (first === undefined) {
      if (this.#firstDocuments.size < MAX_LINES) this.#firstDocuments.set(key, this.#document);
      return false;
    }
    if (this.#isQuoted || this.#isSignature) return true;
    return this.#words >= MIN_LINE && first !== this.#document;
  }
}

/** Spans without repeated lines; as they are where too little of a split would be left. Both lists are in order. */
export function countOnce(spans: Span[], repeated: Range[]): Span[] {
  const counted: Span[] = [];
  let next = 0; // the first range that does not end before the place
  for (const { split, begin, end } of spans) {
    let at = begin;
    while (next < repeated.length && repeated[next]!.begin < end) {
      const range = repeated[next]!;
      if (at < range.begin) counted.push({ split, begin: at, end: range.begin });
      at = Math.max(at, range.end);
      if (range.end > end) break; // it goes on in the next span
      next++;
    }
    if (at < end) counted.push({ split, begin: at, end });
  }
  const isEnough = (["train", "valid", "test"] as const).every(
    (split) => sizeOf(counted, split) >= MIN_COUNTED * sizeOf(spans, split),
  );
  return isEnough ? counted : spans;
}

function sizeOf(spans: Span[], wanted: Span["split"]): number {
  return spans.reduce(
    (sum, { split, begin, end }) => sum + (split === wanted ? end - begin : 0),
    0,
  );
}
