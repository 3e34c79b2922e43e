// inference/session-text: what a session remembers of its text, and what an edit leaves of that. Pure; keeping it is the
// session's, reading words text-reader's.
//
// Stored are the text, some of the points, and what is excludedRanges and rejected; all else is read again after an eviction:
// up to some hundred words for `recent`, a tenth of a millisecond each.
//
// All positions count UTF-16 code units from the beginning of the session.

import { PositionError } from "./position-error.ts";
import { runSteps } from "./run-steps.ts";
import { addAnchor, afterRepetition, BEGINNING, dropBefore } from "./text-anchors.ts";
import { addWords, cutWords, replaceRanges, decay, RETAINED_CHARACTERS } from "./user-words.ts";
import type { Change, SessionText } from "./session-state.ts";
import type { StateSnapshot, TextCursor } from "./text-cursor.ts";
import type { ReadWords, TextReader } from "./text-reader.ts";

/** So many characters are read before a point is left. */
const STRIDE = 250;
/** Of older points those this far apart are kept, so that an edit replays little. */
const THINNED = 500;
/** The newest points are all kept: most edits are near the end. */
const NEWEST = 8;
/** What may be retained at most; only a text without white space ever is so long. */
const MAX_RETAINED_CHARACTERS = 100_000;

/**
 * An empty text.
 *
 * @example
 * beginText(reader).text; // ""
 */
export function beginText(reader: TextReader): SessionText {
  const nothing = { start: 0, text: "", excludedRanges: [], rejected: [], anchors: [BEGINNING] };
  return { ...nothing, ...nothingRead(0, reader) };
}

/**
 * The changed text, of which nothing behind the change is read yet.
 *
 * A change may begin at 0 always, and before `start` where it repeats what is gone up to there.
 *
 * @throws PositionError where it begins past the end, or where what stood before it is no longer known
 * @example
 * replaceFrom(beginText(reader), { text: "the united ", learn: true }, reader).text;
 * // "the united "
 */
export function replaceFrom(
  session: SessionText,
  { at, text, learn }: Change,
  reader: TextReader,
): SessionText {
  const { start } = session;
  const end = start + session.text.length;
  const from = at ?? end;
  if (from > end) {
    const message = `at is ${from}, past the end of the session's text, which ends at ${end}`;
    throw new PositionError("position_past_end", message, { at: from, start, end });
  }
  const anchors = addAnchor(session.anchors, from, start);
  const replacement = from < start ? afterRepetition(anchors, { at: from, text }, start) : text;
  const edit = { at: Math.max(from, start), text: replacement ?? "", learn };
  if (replacement !== null && isRetained(session, edit)) {
    return { ...replaceRetained(session, edit), anchors };
  }
  if (from === 0) {
    const rejected = session.rejected.map(({ word }) => ({ word, at: 0 }));
    return replaceRetained({ ...beginText(reader), rejected }, { at: 0, text, learn });
  }
  const message =
    `at is ${from}, but only the text behind ${start} is retained; ` +
    "send the whole text with at: 0 to edit before that";
  throw new PositionError("position_not_retained", message, { at: from, start, end });
}

/** At the very start, only white space keeps the word apart that ends there and is gone. */
function isRetained({ start, text }: SessionText, { at, text: replacement }: Required<Change>) {
  return at > start || start === 0 || /^\s/.test(text.slice(0, at - start) + replacement);
}

/**
 * The text changed from a position on that is retained, and has a state before it.
 *
 * @example
 * replaceRetained(session, { at: session.start, text: "the", learn: true }).text; // "the"
 */
export function replaceRetained<Text extends SessionText>(
  session: Text,
  change: Required<Change>,
): Text {
  const { start, text, points, recent, excludedRanges, rejected } = session;
  const { at: from, text: replacement, learn } = change;
  const edited = text.slice(0, from - start) + replacement;
  const unchanged = start + commonLength(text, edited, from - start);
  const kept = points.filter((point) => holds(point));
  return {
    ...session,
    text: edited,
    points: kept,
    recent: cutWords(recent, kept.at(-1)!.position),
    excludedRanges: replaceRanges(excludedRanges, from, replacement.length, learn),
    rejected: rejected.map(({ word, at }) => ({ word, at: Math.min(at, unchanged) })),
  };

  // A point stands on the text before it and on the white space behind it, which ended its last word.
  function holds({ position }: StateSnapshot): boolean {
    if (position === start) return true;
    return position <= unchanged && /\s/.test(edited.charAt(position - start));
  }
}

/**
 * Reads what is not settled yet, and lets go of text and points that are no longer needed.
 *
 * @example
 * cursorOf(settleText(session, reader)).rest; // what may still change
 */
export function settleText(session: SessionText, reader: TextReader): SessionText {
  return runSteps(settleSteps(session, reader));
}

/**
 * The same in steps, for callers that let others go in between; each says how many words it has read.
 *
 * @param length characters that a step reads, more where a word is longer
 * @example
 * const steps = settleSteps(session, reader);
 * while (!steps.next().done) await nextTurn();
 */
export function* settleSteps(
  session: SessionText,
  reader: TextReader,
  length = STRIDE,
): Generator<number, SessionText> {
  const { start, text, points } = session;
  const reached = [...points];
  let { recent } = session;
  let point = points.at(-1)!;
  for (const next of readSteps(reader, point, text.slice(point.position - start), length)) {
    ({ point } = next);
    if (point.position - reached.at(-1)!.position >= STRIDE) reached.push(point);
    recent = addWords(recent, next.words, reader.window);
    yield next.words.length;
  }
  if (point !== reached.at(-1)) reached.push(point);
  return trimText({ ...session, points: pruneSnapshots(reached), recent });
}

/**
 * Reads a text behind a snapshot as far as no later text can change it, some words a step.
 *
 * @param stepLength characters that a step reads, more where a word is longer
 * @example
 * for (const { point, words } of readSteps(reader, reader.start(), "the united states ")) visit(point, words);
 */
export function* readSteps(
  reader: TextReader,
  point: StateSnapshot,
  rest: string,
  stepLength = STRIDE,
): Generator<ReadWords, undefined> {
  let reached = point;
  let length = stepLength;
  for (;;) {
    const from = reached.position - point.position;
    const next = reader.read(reached, rest.slice(from, from + length));
    if (next.point.position > reached.position) {
      reached = next.point;
      length = stepLength;
      yield next;
    } else if (from + length < rest.length) {
      length *= 2; // inside a very long word
      yield { point: reached, words: [] };
    } else {
      return;
    }
  }
}

/**
 * Where predictions after the text go on from.
 *
 * @example
 * const { point, before, rest } = cursorOf(session);
 * predictor.predict(point, before, rest, 5);
 */
export function cursorOf({ start, text, points }: SessionText): TextCursor {
  const point = points.at(-1)!;
  const read = point.position - start;
  return { point, before: text.slice(0, read), rest: text.slice(read) };
}

/**
 * What of it to store; a session can do without the rest after it was evicted.
 *
 * @example
 * toStored(session).recent.words; // []
 */
export function toStored<Text extends SessionText>(session: Text): Text {
  const { start, points, recent } = session;
  const [first, last] = [points[0]!, points.at(-1)!];
  const middle = points.find(({ position }) => position >= start + RETAINED_CHARACTERS / 2);
  const beforeRecent = points.findLast(({ position }) => position <= recent.from);
  const kept = [first, middle ?? first, beforeRecent ?? first, last];
  return {
    ...session,
    points: [...new Set(kept)].sort((a, b) => a.position - b.position),
    recent: { from: last.position, words: [] },
  };
}

/**
 * The same text, to be read anew from its start: by another model.
 *
 * @example
 * invalidateStates(session, reader).points.length; // 1
 */
export function invalidateStates(session: SessionText, reader: TextReader): SessionText {
  // states that are not of the whole text are no reason to take a call for a repetition
  const anchors = session.start === 0 ? session.anchors : [];
  return { ...session, anchors, ...nothingRead(session.start, reader) };
}

function nothingRead(start: number, reader: TextReader) {
  return { points: [reader.start(start)], recent: { from: start, words: [] } };
}

/**
 * Up to where two texts are the same, from a place on up to which they are.
 *
 * @example
 * commonLength("the union", "the unit", 4); // 7
 */
export function commonLength(a: string, b: string, from: number): number {
  let length = from;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function pruneSnapshots(points: StateSnapshot[]): StateSnapshot[] {
  const newest = points.length - NEWEST;
  let kept = -Infinity;
  return points.filter(({ position }, index) => {
    if (index < newest && position - kept < THINNED) return false;
    kept = position;
    return true;
  });
}

function trimText(session: SessionText): SessionText {
  const { start, text, points, excludedRanges } = session;
  const end = start + text.length;
  const first = points.findLastIndex(({ position }) => position <= end - RETAINED_CHARACTERS);
  const base = points[Math.max(first, 0)]!;
  const retained = end - base.position;
  if (retained > MAX_RETAINED_CHARACTERS) {
    const message = `${retained} characters without white space are too much for a session`;
    throw new PositionError("text_too_long", message, { at: end, start, end });
  }
  const rest = {
    ...session,
    anchors: dropBefore(session.anchors, session, base.position),
    start: base.position,
    text: text.slice(base.position - start),
    points: points.slice(Math.max(first, 0)),
    excludedRanges: excludedRanges.filter((range) => range.end > base.position),
  };
  return { ...rest, rejected: decay(rest) };
}
