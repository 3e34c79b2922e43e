// model/tokenizers/writing: how prose is written: spaces, capitals at the beginning of sentences and lines. Spaces are
// spacing's.

import { toUpperCase } from "./letters.ts";
import { joinsNext, joinsPrevious, lastLine } from "./spacing.ts";
import { END_OF_SENTENCE } from "./tokenizer.ts";
import type { Reading, WritingRules } from "./tokenizer.ts";

/** So far back a text is looked at for where its last sentence began. */
const REACH = 1_000;
/** Shorter lines are broken by whoever writes, longer ones by a program. */
const SHORT_LINE = 45;

type Read = (text: string, previous?: string) => Reading;

/**
 * The rules of prose in a language.
 * @example
 * proseWriting("en", read).joinsNext("She ("); // true
 */
export function proseWriting(language: string | undefined, read: Read): WritingRules {
  return {
    joinsNext: (before) => joinsNext(lastLine(before), language),
    joinsPrevious: (before, mark) => joinsPrevious(lastLine(before), mark),
    startsSentence: (before, previous) =>
      previous === END_OF_SENTENCE || startsWithin(before.slice(-REACH), previous, read),
    endOfSentence: "",
    toUpperCase: (text) => toUpperCase(text, language),
  };
}

// - item, 1. item, a) item, # heading, > quoted
const LIST_MARKER = /^[\s>]*(?:[-*+•‣◦–—]|\d{1,3}[.)]|\p{L}\)|\[[ xX]?\])(?:\s|$)/u;
const LINE_START =
  /^[\s>]*(?:(?:[-*+•‣◦–—]|\d{1,3}[.)]|\p{L}\)|#{1,6}|\[[ xX]?\])(?:\s+|$))*[([{¿¡„‚“‘«»"']*$/u;
const HEADING = /^\s*#{1,6}\s/u;
// what may stand between the end of a sentence and the first word of the next
const SKIPPED =
  /[\s([{¿¡„‚“‘«»‹›"'*_~`「『（《【\p{Extended_Pictographic}\p{M}\p{EMod}\p{RI}\u200D]/u;

function startsWithin(before: string, previous: string, read: Read): boolean {
  const end = before.lastIndexOf("\n") + 1;
  const line = before.slice(end);
  const isWhole = end > 0 || (before !== "" && before.length < REACH);
  if (isWhole && LINE_START.test(line)) return startsLine(before.slice(0, end), line);
  if (/[\p{L}\p{N}]/u.test(previous)) return false;
  const characters = [...before];
  const last = characters.findLastIndex((character) => !SKIPPED.test(character));
  if (last === -1) return before.length < REACH;
  if (!/\s/u.test(characters[last + 1] ?? "")) return false;
  return read(characters.slice(0, last + 2).join("")).tokens.at(-1)?.word === END_OF_SENTENCE;
}

/** Whether a line, of which only `line` is there, begins with a capital behind these others. */
function startsLine(others: string, line: string): boolean {
  const lines = others.split("\n").filter((other) => other.trim() !== "");
  if (HEADING.test(line)) return true;
  if (LIST_MARKER.test(line)) {
    const item = lines.findLast((other) => LIST_MARKER.test(other));
    return item === undefined || beginsWithCapital(item.replace(LIST_MARKER, ""));
  }
  const last = lines.at(-1)?.trim() ?? "";
  if (LIST_MARKER.test(last)) return true;
  return last.length < SHORT_LINE && beginsWithCapital(last);
}

/** No letter at all is as good as a capital. */
function beginsWithCapital(line: string): boolean {
  const letter = /\p{L}/u.exec(line)?.[0];
  return letter === undefined || letter !== letter.toLowerCase() || letter === letter.toUpperCase();
}
