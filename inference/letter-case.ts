// inference/letter-case: what the case of the letters that were typed says: of the word that is meant, and of how the next
// one is written.

/**
 * How many letters are capitals and how many are not; letters of scripts without case are neither.
 *
 * @example
 * letterCase("McKay 2"); // { upper: 2, lower: 3 }
 */
export function letterCase(text: string): { upper: number; lower: number } {
  return {
    upper: text.match(/\p{Lu}/gu)?.length ?? 0,
    lower: text.match(/\p{Ll}/gu)?.length ?? 0,
  };
}

/**
 * Whether a word's first letter is a small one.
 * @example startsLower("‘tis") // true
 */
export function startsLower(word: string): boolean {
  return /^[^\p{L}]*\p{Ll}/u.test(word);
}

/**
 * Whether a word was begun with a capital, and not with two, which may be meant for all of it.
 *
 * @example
 * startsCapital("Uni"); // true
 * startsCapital("UNI"); // false
 */
export function startsCapital(word: string): boolean {
  return /^\p{Lu}(?!\P{Ll}*\p{Lu})/u.test(word);
}

/** So far back the words of a line are looked at. */
const REACH = 200;

/**
 * Whether a writer shouts: all words of the line so far are in capitals, or the last two. Single letters say nothing, and
 * no more do words that are always written so.
 * @param displayOf how a word is mostly written, undefined where nothing is known of it
 * @example
 * isShouting("IT IS THE LAW OF THE ", displayOf); // true
 * isShouting("he works for NASA ", displayOf); // false
 */
export function isShouting(
  before: string,
  displayOf: (word: string) => string | undefined,
): boolean {
  const end = before.slice(-REACH);
  const line = end.slice(end.lastIndexOf("\n") + 1);
  const words = line.match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? [];
  let count = 0;
  let letters = 0;
  let isEvident = false;
  for (const word of words.reverse()) {
    const { upper, lower } = letterCase(word);
    if (lower > 0) return isEvident && count > 1;
    if (upper < 2) continue;
    count++;
    letters += upper;
    const display = displayOf(word);
    if (display !== undefined && letterCase(display).lower > 0) isEvident = true;
  }
  return isEvident && (count > 1 || letters > 2);
}
