// inference/user-words: which of the writer's words raise their probability, and which suggestions are suppressed. Pure.
//
// Eligible are the last words of the retained text, as many as the model's neural cache has room for: those that end within
// RETAINED_CHARACTERS of its end and touch no range that is not to be learned. With the network's outputs they make a list
// that ends at the last point. The list is only a memo of the text: it is not stored, goes with what an edit takes away,
// and is read again from an earlier point where too little of it is left.
//
// A rejected word is next to impossible at first and recovers over the RECOVERY_WORDS words that follow; at once where the
// writer types it.

import type { Memory, ReadWord } from "./cache-mixture.ts";
import type { Range, RecentWords, SessionText, Suppression } from "./session-state.ts";
import type { TextReader } from "./text-reader.ts";

/** So much of its text a session retains at least. */
export const RETAINED_CHARACTERS = 8_000;
const RECOVERY_WORDS = 50;
/** After so much text a word has recovered too, however long the words in it are. */
const RECOVERY_CHARACTERS = 4_000;
const MAX_REJECTIONS = 50;
/** So many words more than needed are kept, so that taking some back reads nothing again. */
const SPARE_WORDS = 32;

/**
 * The ranges that are still not learned when the text from `at` on becomes another.
 *
 * @example
 * replaceRanges([], 4, 6, false); // [{ start: 4, end: 10 }]
 */
export function replaceRanges(
  ranges: Range[],
  at: number,
  length: number,
  learn: boolean,
): Range[] {
  const kept = ranges
    .filter(({ start }) => start < at)
    .map(({ start, end }) => ({ start, end: Math.min(end, at) }));
  if (learn || length === 0) return kept;
  const joined = kept.at(-1)?.end === at ? kept.pop()!.start : at;
  return [...kept, { start: joined, end: at + length }];
}

/**
 * The list after more words were read.
 *
 * @example
 * addWords({ from: 0, words: [] }, words, reader.window).words; // the last ones
 */
export function addWords(recent: RecentWords, words: ReadWord[], window: number): RecentWords {
  const all = [...recent.words, ...words];
  const surplus = all.length - window - SPARE_WORDS;
  if (surplus <= 0) return { from: recent.from, words: all };
  return { from: all[surplus - 1]!.end, words: all.slice(surplus) };
}

/**
 * The list without the words behind a position.
 *
 * @example
 * cutWords({ from: 10, words: [] }, 4); // { from: 4, words: [] }
 */
export function cutWords(recent: RecentWords, position: number): RecentWords {
  const { from, words } = recent;
  if (position <= from) return { from: position, words: [] };
  if (words.length === 0 || words.at(-1)!.end <= position) return recent;
  return { from, words: words.filter(({ end }) => end <= position) };
}

/**
 * The session with its list complete.
 *
 * @example
 * rebuildRecentWords(settleText(session, reader), reader).recent.words;
 */
export function rebuildRecentWords<Text extends SessionText>(
  session: Text,
  reader: TextReader,
): Text {
  const { start, text, points, recent, excludedRanges } = session;
  const first = firstEligible(session);
  const isComplete = recent.from <= first || recent.words.length >= reader.window;
  const end = start + text.length;
  const learnsNothing = excludedRanges.some((range) => range.start <= first && range.end >= end);
  if (isComplete || learnsNothing) return session;
  let from = points.at(-1)!.position;
  let words: ReadWord[] = [];
  for (const point of points.slice(0, -1).reverse()) {
    if (from <= first || words.length >= reader.window) break;
    // the white space behind it ends the last word
    const part = text.slice(point.position - start, from - start + 1);
    words = [...reader.read(point, part).words, ...words];
    from = point.position;
  }
  return { ...session, recent: addWords({ from, words: [] }, words, reader.window) };
}

/**
 * A session as an edit leaves it, once its text is read: its list complete, and a word that is not wanted held back.
 *
 * @example
 * finishEdit(settleText(session, reader), "Union", reader);
 */
export function finishEdit<Text extends SessionText>(
  edited: Text,
  reject: string | undefined,
  reader: TextReader,
): Text {
  return rebuildRecentWords(reject === undefined ? edited : rejectWord(edited, reject), reader);
}

/**
 * A word is held back from where the text ends; rejecting it again there changes nothing.
 *
 * @example
 * rejectWord(session, "Union").rejected.at(-1)!.word; // "Union"
 */
export function rejectWord<Text extends SessionText>(session: Text, word: string): Text {
  const others = session.rejected.filter((rejection) => rejection.word !== word);
  const rejected = [...others, { word, at: session.start + session.text.length }];
  return { ...session, rejected: rejected.slice(-MAX_REJECTIONS) };
}

/**
 * The rejections that have not recovered yet.
 *
 * @example
 * decay(rejectWord(session, "Union"));
 * // […, { word: "Union", at: session.start + session.text.length }]
 */
export function decay(session: SessionText): Suppression[] {
  const end = session.start + session.text.length;
  return session.rejected.filter(({ at }) => {
    if (at < session.start || end - at > RECOVERY_CHARACTERS) return false;
    return wordsSince(session, at) < RECOVERY_WORDS;
  });
}

/**
 * What predictions after the session's text go by.
 *
 * @example
 * predictor.predict(point, before, rest, 5, memoryOf(session, predictor));
 */
export function memoryOf(session: SessionText, reader: TextReader): Memory {
  const { recent, excludedRanges, rejected } = session;
  const first = firstEligible(session);
  const typed = typedWords(session, reader);
  return {
    words: recent.words,
    mayLearn: ({ start, end }) =>
      end > first && !excludedRanges.some((range) => range.start < end && start < range.end),
    rejected: new Map(
      rejected.flatMap(({ word, at }): [string, number][] => {
        const key = reader.keyOf(word);
        // finished behind the rejection, the writer wants it after all
        if (key === null || typed.some(({ word, end }) => word === key && end > at)) return [];
        return [[key, decayRate(wordsSince(session, at))]];
      }),
    ),
  };
}

/** The words that were finished behind the first of the rejections, and where each ends; read once for all of them. */
function typedWords({ start, text, rejected }: SessionText, reader: TextReader) {
  if (rejected.length === 0) return [];
  const from = Math.max(Math.min(...rejected.map(({ at }) => at)) - start, 0);
  const begin =
    from - (/\S{0,200}$/u.exec(text.slice(Math.max(from - 200, 0), from))?.[0].length ?? 0);
  const words = reader.finishedWords(text.slice(begin));
  return words.map(({ word, end }) => ({ word, end: start + begin + end }));
}

function firstEligible({ start, text }: SessionText): number {
  return Math.max(start, start + text.length - RETAINED_CHARACTERS);
}

/** From next to nothing to 1. */
function decayRate(words: number): number {
  return Math.min((words + 1) / (RECOVERY_WORDS + 1), 1) ** 2;
}

/** Words finished behind a position: runs of white space with a word before them. */
function wordsSince({ start, text }: SessionText, at: number): number {
  const since = text.slice(at - start);
  const ends = since.match(/\s+/gu)?.length ?? 0;
  return /^\s/u.test(since) ? ends - 1 : ends;
}
