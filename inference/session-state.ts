// inference/session-state: what is known of a session's text. Plain data; what becomes of it is session-text's and user-words'.
//
//   characters before `start`        gone: summarised by the state of points[0]
//   start … start + text.length      retained, the last RETAINED_CHARACTERS and some more
//   points                           in rising order, the first at `start`; the last is as far as the text is stable
//   recent                           the last words up to there, see user-words
//   excludedRanges, rejected         ranges of the text that the cache must not learn, words that are suppressed
//   anchors                          where the text and the last calls began, see text-anchors; a text that was read anew
//                                    from `start` on has none
//
// All positions count UTF-16 code units from the beginning of the session.

import type { ReadWord } from "./cache-mixture.ts";
import type { TextAnchor } from "./text-anchors.ts";
import type { StateSnapshot } from "./text-cursor.ts";

/** A session's text and what was read of it. */
export interface SessionText {
  start: number;
  text: string;
  points: StateSnapshot[];
  recent: RecentWords;
  excludedRanges: Range[]; // in rising order, apart from each other
  rejected: Suppression[]; // oldest first
  anchors: TextAnchor[];
}

/** A change of the text: from `at` on it is another; at its end where `at` is not given. */
export interface Change {
  at?: number;
  text: string;
  learn: boolean; // whether the words of that may raise their probability
}

/** A part of a text, in UTF-16 units from the session's beginning; `end` is exclusive. */
export interface Range {
  start: number;
  end: number;
}

/** All words that end behind `from`, up to the last point. */
export interface RecentWords {
  from: number;
  words: ReadWord[];
}

/** A suggestion that is not wanted. */
export interface Suppression {
  word: string; // as it was suggested
  at: number; // where the text ended then
}
