// inference/acceptance: what becomes of a text when a prediction is accepted, and when something is typed after that. The client's
// element and editor extensions, the playground and the simulated typist of the evaluation all go by it.
//
//   an accepted word brings its space                     the uni|           + union   → the union |
//   a mark typed next takes that back                     the union |        + .       → the union.|
//   a space that stands there already is not repeated     the uni| is        + union   → the union |is
//   a word the cursor stands in is replaced whole         the uni|on is      + united  → the united |is
//   what stands behind the cursor is not offered          the |union         + union   → (not offered)
//   a part of an address brings the marks behind it       see www.exa|       + example → see www.example.|

/** What a prediction does to the text before the cursor. */
export interface Suggestion {
  insert: string; // what to type, with its space and its case
  replace?: number; // how many UTF-16 units before the cursor it takes the place of, @default 0
}

/** A change at the cursor: so many UTF-16 units before it and behind it give way to a text, behind which it stands then. */
export interface TextChange {
  replace: number;
  insert: string;
  skip: number;
}

const WORD_END = /[\p{L}\p{M}\p{N}]$/u;
const WORD_AHEAD = /^[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/u;
const LETTERS_BEFORE = /[\p{L}\p{M}\p{N}'’.-]{0,100}$/u;
/** Scripts that put no space between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Mymr}]$/u; // prettier-ignore
/** Behind these nothing is wanted, not even a space: what opens, joins or is cut short, and marks of an address. */
const JOINS_NEXT = /[\s([{“‘«¿¡/@#_'’-]$|(?:[/@]|www\.)\S{0,100}[.:?=&]$/iu;
/** These stand at the word before them; a straight quotation mark does where it closes. */
const CLOSING = /^(?:[.,;:!?)\]}%»”’…。，、！？।؟،؛]|["'](?=$|[\s.,;:!?)\]}]))/u;
/** Typed behind an accepted word, these take its space back, as on Android's keyboard. */
const TAKES_SPACE_BACK = /^[.,;:!?)\]}%»”’'…。，、！？।؟،؛\n\r-]/u;

/**
 * What accepting a prediction makes of the text around the cursor.
 *
 * @example
 * acceptPrediction("the uni", "", { word: "Union", probability: 0.9, insert: "on" });
 * // { replace: 0, insert: "on ", skip: 0 }
 */
export function acceptPrediction(before: string, after: string, prediction: Suggestion): TextChange {
  const { insert, replace = 0 } = prediction;
  const kept = before.slice(0, before.length - replace);
  const rest = isInside(before, after) ? WORD_AHEAD.exec(after)![0].length : 0;
  const behind = after.slice(rest);
  if (!bringsSpace(kept + insert, behind)) return { replace, insert, skip: rest };
  const stands = /^[^\S\r\n]/u.test(behind) ? 1 : 0;
  return { replace, insert: `${insert} `, skip: rest + stands };
} // prettier-ignore

/**
 * What typing does where the character before the cursor is a space that an accepted word brought: a mark takes it back,
 * and a space is that space.
 *
 * @example
 * typeAfterAcceptance("the union ", ","); // { replace: 1, insert: ",", skip: 0 }
 */
export function typeAfterAcceptance(before: string, typed: string): TextChange {
  if (typed === " ") return { replace: 0, insert: "", skip: 0 };
  const takesBack = typed === '"' ? closesQuote(before) : TAKES_SPACE_BACK.test(typed);
  return { replace: takesBack ? 1 : 0, insert: typed, skip: 0 };
}

/**
 * The text after a change.
 *
 * @example
 * applyChange({ before: "the uni", after: "" }, { replace: 0, insert: "on ", skip: 0 });
 * // { before: "the union ", after: "" }
 */
export function applyChange(
  { before, after }: { before: string; after: string },
  { replace, insert, skip }: TextChange,
): { before: string; after: string } {
  return { before: before.slice(0, before.length - replace) + insert, after: after.slice(skip) };
}

/**
 * Whether a prediction would change anything for the better, with that text behind the cursor.
 *
 * @example
 * isWorthOffering("the ", "union", { insert: "union" }); // false: it stands there already
 */
export function isWorthOffering(before: string, after: string, prediction: Suggestion): boolean {
  const { insert, replace = 0 } = prediction;
  if (insert === "" && replace === 0) return false;
  const ahead = WORD_AHEAD.exec(after.trimStart())?.[0] ?? "";
  if (!isInside(before, after)) {
    const isNextWord = /^\s/u.test(insert) || !WORD_END.test(before);
    return !isNextWord || ahead === "" || !isSame(insert.trim(), ahead);
  }
  if (/^\s/u.test(insert)) return false; // the word that follows, while the cursor is inside one
  return !isSame(insert, WORD_AHEAD.exec(after)![0]) || replace > 0;
}

/**
 * The prediction after some of it was typed; null where something else was.
 *
 * @example
 * narrowPrediction({ word: "Union", probability: 0.9, insert: "on" }, "o"); // { …, insert: "n" }
 */
export function narrowPrediction<Narrowed extends Suggestion>(
  prediction: Narrowed,
  typed: string,
): Narrowed | null {
  if (typed === "") return prediction;
  const { insert, replace = 0 } = prediction;
  const isBegun = insert.length > typed.length && isSame(insert.slice(0, typed.length), typed);
  if (!isBegun || replace > 0) return null;
  return { ...prediction, insert: insert.slice(typed.length) };
}

/**
 * The word as it will stand in the text once it is accepted.
 *
 * @example
 * labelOf("THE UNI", { word: "Union", probability: 0.9, insert: "ON" }); // "UNION"
 */
export function labelOf(before: string, { insert, replace = 0 }: Suggestion): string {
  if (/^\s/u.test(insert)) return insert.trim();
  const kept = before.slice(0, before.length - replace);
  return (LETTERS_BEFORE.exec(kept.slice(-100))![0] + insert).replace(/^[\p{M}'’.-]+/u, "");
}

/** Whether the cursor stands inside a word. */
function isInside(before: string, after: string): boolean {
  return WORD_END.test(before) && WORD_AHEAD.test(after);
}

function bringsSpace(written: string, behind: string): boolean {
  return !UNSPACED.test(written) && !JOINS_NEXT.test(written) && !CLOSING.test(behind);
}

/** A straight quote closes when it is the second, fourth, … of its line. */
function closesQuote(before: string): boolean {
  return before.slice(before.lastIndexOf("\n") + 1).split('"').length % 2 === 0;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
