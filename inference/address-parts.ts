// inference/address-parts: what comes next inside a link or a mail address that is being typed, part by part, by the addresses
// that are known. Which those are is the predictor's.
//
// Prediction by partial matching (Cleary & Witten 1984, escape method C): the parts that followed the last two where these stand
// in a known address, then those that followed the last one, then all that begin so. A part brings the marks behind it:
//
//   https://example.org/do|   + docs   → https://example.org/docs/|

/** A part that may come next, or that completes the one that an address ends in. */
export interface AddressPart {
  part: string; // without the marks behind it
  insert: string; // what is left of it to type, with those
  probability: number; // as if one of them had to come
}

const MAX_ORDER = 2; // parts before the next that are looked at
const ADDRESS = /^(?:[a-z][a-z\d+.-]{1,15}:\/\/|w{3}\.|[^\s@]{1,64}@)/iu;
const PART = /[\p{L}\p{M}\p{N}]+/u;
/** A part with the marks up to the next. */
const SEGMENT = /[\p{L}\p{M}\p{N}]+[^\p{L}\p{M}\p{N}]*/gu;
const ENDS_IN_PART = /[\p{L}\p{M}\p{N}]$/u;

/**
 * Whether a word is an address, or the beginning of one.
 * @example
 * isAddress("https://exam"); // true
 */
export function isAddress(word: string): boolean {
  return ADDRESS.test(word);
}

/**
 * Whether a text ends in an address that has more parts to come.
 * @example
 * endsInOpenAddress("see https://example.org/"); // true
 */
export function endsInOpenAddress(text: string): boolean {
  return isAddress(/\S*$/u.exec(text)![0]) && !ENDS_IN_PART.test(text);
}

/**
 * The parts that may come next in an address.
 * @param typed the address so far
 * @param addresses that are known, the newest last
 * @example
 * nextParts("https://example.org/do", ["https://example.org/docs/a"]);
 * // [{ part: "docs", insert: "cs/", probability: 1 }]
 */
export function nextParts(typed: string, addresses: readonly string[]): AddressPart[] {
  const before: string[] = typed.match(SEGMENT) ?? [];
  const begun = ENDS_IN_PART.test(typed) ? before.pop()! : "";
  const known = addresses.map((address): string[] => address.match(SEGMENT) ?? []);
  const found = new Map<string, AddressPart>();
  let left = 1; // of the probability, for shorter contexts
  // behind a mark that no known address has there, anything may come
  for (let order = Math.min(MAX_ORDER, before.length); order >= (begun ? 0 : 1); order--) {
    const context = [...before.slice(before.length - order), begun].join("").toLowerCase();
    const followed = known.flatMap(
      (segments) =>
      segments.filter((_, at) => at >= order && segments.slice(at - order, at + 1).join("").toLowerCase().startsWith(context)), // prettier-ignore
    );
    const parts = followed.map((segment) => PART.exec(segment)![0]);
    const types = new Set(parts).size;
    const share = left / (parts.length + types);
    for (const [at, part] of parts.entries()) {
      const probability = (found.get(part)?.probability ?? 0) + share;
      found.set(part, { part, insert: followed[at]!.slice(begun.length), probability });
    }
    if (types > 0) left = types * share;
  }
  return [...found.values()]
    .filter(({ part }) => part.length > begun.length)
    .map((item) => ({ ...item, probability: item.probability / (1 - left) }));
}
