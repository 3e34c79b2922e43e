// edge/session-journal: what has changed in a session since it was saved, small enough to be kept with one of its sockets. That
// survives the object's sleep and costs no row; where an object is killed it is lost, and the client sends the text again.

import { replaceRetained } from "#inference/session-text";
import type { SessionText } from "#inference/session-state";
import { EMPTY_DIGEST } from "#inference/text-digest";
import type { SessionRow, SessionStorage, StoredSession } from "./session-storage.ts";

export interface Journal {
  revision: number; // of the row that this is the difference to
  changes: number; // counts what was noted since that row
  expiresAt: number;
  edit: { from: number; kept: number; text: string } | null; // `kept` characters of the row's text come behind `text`
  excludedRanges: SessionText["excludedRanges"];
  rejected: SessionText["rejected"];
  calls: number[]; // where the last calls began
}

/** A socket can keep 16,384 bytes; a character takes two at most, and there is more in it than this. */
const MAX_CHARACTERS = 6_000;

/** The difference between a session and its row, null where it is too large: then the row is to be written. */
export function writeJournal(
  storage: SessionStorage,
  session: StoredSession,
  changes: number,
): Journal | null {
  const row = storage.readRow();
  if (!row) return null;
  const edit = editOf(row.session, session, storage.changedFrom);
  if (edit === undefined) return null;
  const { expiresAt, excludedRanges, rejected, anchors } = session;
  const calls = anchors.map(({ at }) => at);
  const journal = { revision: row.revision, changes, expiresAt, edit, excludedRanges, rejected, calls }; // prettier-ignore
  return JSON.stringify(journal).length > MAX_CHARACTERS ? null : journal;
}

/** The session that a journal of the row is of; its text is still to be read from the change on. */
export function applyJournal(
  { session }: SessionRow,
  { edit, expiresAt, excludedRanges, rejected, calls }: Journal,
): StoredSession {
  const { start, text } = session;
  let edited = session;
  if (edit) {
    const changed = edit.text + text.slice(text.length - edit.kept);
    edited = replaceRetained(session, { at: edit.from, text: changed, learn: true });
  }
  const known = session.anchors.filter(({ at }) => at < start || at === 0);
  const later = calls.filter((at) => at >= start && at > 0);
  const anchors = [...known, ...later.map((at) => ({ at, digest: EMPTY_DIGEST }))];
  return { ...edited, expiresAt, excludedRanges, rejected, anchors };
}

/** The change of the text, null where there is none, undefined where the text before it is no longer known. */
function editOf(saved: SessionText, session: SessionText, from: number) {
  const end = session.start + session.text.length;
  if (from >= end && saved.start + saved.text.length === end) return null;
  const begin = Math.min(from, end, saved.start + saved.text.length);
  if (begin < session.start || begin < saved.start) return undefined;
  if (begin === saved.start && saved.start > 0) return undefined; // no state before it
  const [before, after] = [saved.text.slice(begin - saved.start), session.text.slice(begin - session.start)]; // prettier-ignore
  const kept = commonSuffix(before, after);
  return { from: begin, kept, text: after.slice(0, after.length - kept) };
}

function commonSuffix(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let length = 0;
  while (length < shorter && a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length;
}
