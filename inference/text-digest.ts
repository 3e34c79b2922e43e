// inference/text-digest: a short digest of text, to tell whether two texts are the same without holding both. Not for secrets:
// whoever wants two texts with the same digest can make them.

/** The digest of no text. */
export const EMPTY_DIGEST = "811c9dc5cbf29ce4";

const FIRST_PRIME = 0x9e3779b1;
const SECOND_PRIME = 0x85ebca77;

/**
 * 64 bits in hexadecimal, over the text's UTF-16 code units; linear in the text's length.
 *
 * @param text the text, or the rest of it
 * @param before the digest of what stands before `text`
 * @example
 * digestText("the united") === digestText("united", digestText("the ")); // true
 */
export function digestText(text: string, before = EMPTY_DIGEST): string {
  let first = Number.parseInt(before.slice(0, 8), 16);
  let second = Number.parseInt(before.slice(8), 16);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, FIRST_PRIME);
    first ^= first >>> 15;
    second = Math.imul(second + unit, SECOND_PRIME);
    second ^= second >>> 13;
  }
  return hex(first) + hex(second);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
