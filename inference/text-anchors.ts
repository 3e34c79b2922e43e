// inference/text-anchors: what a session still knows of text that it no longer retains: digests of it from where the text and
// the last calls began. A call that begins there again is compared with them, so that repeating it changes nothing.

import { digestText, EMPTY_DIGEST } from "./text-digest.ts";

/** A position that a call began at, and the digest of what stood from there to where the retained text begins. */
export interface TextAnchor {
  at: number;
  digest: string; // of no text while `at` is retained
}

/** Of the last calls so many can be repeated when their beginning is no longer retained. */
const MAX_CALLS = 4;

/** The anchor of a text's beginning, of which nothing is gone. */
export const BEGINNING: TextAnchor = { at: 0, digest: EMPTY_DIGEST };

/**
 * The anchors after another call; where its beginning is gone and had none, nothing is known of what stood there.
 *
 * @example
 * addAnchor([BEGINNING], 4, 0); // [BEGINNING, { at: 4, digest: EMPTY_DIGEST }]
 */
export function addAnchor(anchors: TextAnchor[], at: number, start: number): TextAnchor[] {
  const known = anchors.find((anchor) => anchor.at === at);
  if (at === 0 || (!known && at < start)) return anchors;
  const beginning = anchors.filter((anchor) => anchor.at === 0);
  const calls = anchors.filter((anchor) => anchor.at !== 0 && anchor.at !== at);
  const call = known ?? { at, digest: EMPTY_DIGEST };
  return [...beginning, ...[...calls, call].slice(-MAX_CALLS)];
}

/**
 * The anchors when of a text that begins at `start` only what is behind `next` stays.
 *
 * @example
 * dropBefore([BEGINNING], { start: 0, text: "the united" }, 4);
 * // [{ at: 0, digest: digestText("the ") }]
 */
export function dropBefore(
  anchors: TextAnchor[],
  { start, text }: { start: number; text: string },
  next: number,
): TextAnchor[] {
  if (next <= start) return anchors; // nothing goes
  return anchors.map(({ at, digest }) => {
    const gone = text.slice(Math.max(at - start, 0), Math.max(next - start, 0));
    return { at, digest: digestText(gone, digest) };
  });
}

/**
 * What of a call that begins at `at` stands behind `start`, if it repeats what is gone up to there; null where that is not
 * known.
 *
 * @example
 * afterRepetition([{ at: 0, digest: digestText("the ") }], { at: 0, text: "the united" }, 4);
 * // "united"
 */
export function afterRepetition(
  anchors: TextAnchor[],
  { at, text }: { at: number; text: string },
  start: number,
): string | null {
  const anchor = anchors.find((anchor) => anchor.at === at);
  const gone = text.slice(0, start - at);
  return anchor?.digest === digestText(gone) ? text.slice(gone.length) : null;
}
