// edge/session-edit: what a call makes of a session's text, and whether that is the text that the caller means. Pure.

import { PositionError } from "#inference/position-error";
import { replaceFrom } from "#inference/session-text";
import type { SessionText } from "#inference/session-state";
import type { Predictor } from "#inference/predictor";
import type { ListOptions } from "#inference/suggestion-list";
import { digestText } from "#inference/text-digest";
import { ApiError } from "./errors.ts";
import type { StoredSession } from "./session-storage.ts";

/** What a call makes of a session's text, and what it asks. */
export interface SessionChange extends ListOptions {
  at?: number;
  text: string;
  before?: TextCheck;
  learn?: boolean;
  reject?: string;
}

/** The last `length` characters before `at`, as the caller has them. */
export interface TextCheck {
  length: number;
  digest: string;
}

/**
 * @throws PositionError where the session's text is not, or may not be, the one that the caller describes
 */
export function checkChange(
  session: SessionText,
  { at, before }: Pick<SessionChange, "at" | "before">,
  { isUncertain }: { isUncertain: boolean },
): void {
  const { start, text } = session;
  const end = endOf(session);
  const range = { at: at ?? end, start, end };
  if (at === undefined && !before && isUncertain) {
    const message =
      `the last words before a failure may be lost; the text ends at ${end} now: ` +
      "say with `at` from where on you send it";
    throw new PositionError("text_uncertain", message, range);
  }
  if (!before || range.at > end || range.at < start) return; // of what is gone, replaceFrom knows digests
  const from = range.at - before.length - start;
  const isSame = from >= 0 && digestText(text.slice(from, range.at - start)) === before.digest;
  if (isSame) return;
  const message =
    `the ${before.length} characters before ${range.at} are others here; ` +
    "send the text again from where it is known to be the same, or from 0";
  throw new PositionError("text_differs", message, range);
}

/**
 * The session's text after a change, of which what is new is still to be read.
 * @throws ApiError where what is rejected is no word, or more than one
 */
export function changeText(
  session: StoredSession,
  { at, text, learn, reject }: SessionChange,
  predictor: Predictor,
): SessionText {
  if (reject !== undefined && !predictor.maySuggest(reject)) {
    const message = `reject is ${JSON.stringify(reject)}, which is never suggested; send one \`word\` of the predictions`;
    throw new ApiError({ status: 400, code: "invalid_value", message, param: "reject" });
  }
  const change = { ...(at !== undefined && { at }), text, learn: learn ?? session.learn };
  return replaceFrom(session, change, predictor);
}

/** The position where the text ends. */
export function endOf({ start, text }: SessionText): number {
  return start + text.length;
}
