// model/tokenizers/spacing: in prose, which marks a word is put behind without a space, and which marks stand at the word
// before them. A mark is judged by what stands before it on its line: whether it opens or closes, what it is joined to.

/** So far back a line is looked at. */
const REACH = 1_000;

/**
 * The last line of a text, without what is not seen at its end.
 * @example
 * lastLine("Dear Ann,\nI am"); // "I am"
 */
export function lastLine(before: string): string {
  const end = before.slice(-REACH).replace(/[\u00AD\u200B\u200E\u200F\u2060]{1,9}$/u, "");
  return end.slice(end.lastIndexOf("\n") + 1);
}

type Test = (line: string, language: string) => boolean;

/** For each mark that a word may follow without a space, when it may; the line ends in the mark. */
const OPENING: [marks: string, test: Test][] = [
  ["([{¿¡„‚「『（［｛〈《【〔", () => true],
  ["。、，！？；：」』）］】》", () => true], // full-width marks have their space within them
  ['"', (line) => isOdd(line, '"') && !/[\p{L}\p{N}.!?…]"$/u.test(line)], // not 6'2", nor the end of a quotation of lines
  ["`", (line) => isOdd(line, "`")],
  ["'’", (line) => /(?:^|[\s([{"“„«—–-])['’]$/u.test(line)],
  ["“", (line) => !isAttached(line) && !isOpen(line, "„", "“")], // in German it closes
  ["‘", (line) => !isAttached(line) && !isOpen(line, "‚", "‘")],
  ["«", (line) => !isAttached(line) && !isOpen(line, "»", "«")],
  ["‹", (line) => !isAttached(line) && !isOpen(line, "›", "‹")],
  ["”", (line) => isFree(line) && !isOpen(line, "“", "”") && !isOpen(line, "„", "”")], // in Swedish it opens
  ["»", (line) => isFree(line) && !isOpen(line, "«", "»")], // and so it does in German
  ["›", (line) => isFree(line) && !isOpen(line, "‹", "›")],
  ["—", (line, language) => joinsDash(line) || (isFree(line) && /^(?:es|ca|gl)\b/i.test(language))], // —Hola
  ["…", (line) => /[([{¿¡„“‘]…$/u.test(line)],
  [".", (line) => /[([{¿¡„“‘]\.{3}$/u.test(line)],
  ["\\", () => true],
  ["/", (line) => !/[\p{L}\p{N}]\s.$/u.test(line)], // and/or, /home; not: one / two
  ["#@", (line) => !/[\p{L}\p{N}].$/u.test(line)], // #tag, not C#
  ["~", (line) => isOdd(line, "~~") || isFree(line)],
  ["*", (line) => opensEmphasis(line) || /[\d)]\*{1,2}$/u.test(line)],
  ["_", (line) => opensEmphasis(line) || !closesUnderscores(line)],
  ["&|^", (line) => /[\p{L}\p{N}].$/u.test(line)], // AT&T
  ["=", (line) => /[^\s=]={1,3}$/u.test(line)], // x=1
  [":", (line) => line.endsWith("::")], // std::sort
  ["<", () => true],
  [">", (line) => /<\p{L}[^<>]*(?<!\/)>$/u.test(line) || /[\p{L}\p{N})\]]->$/u.test(line)], // <b>word
];

const TESTS = new Map(OPENING.flatMap(([marks, test]) => [...marks].map((mark) => [mark, test])));

/**
 * Whether a word that follows the line stands at its end without a space.
 * @example
 * joinsNext('She said "'); // true
 */
export function joinsNext(line: string, language = ""): boolean {
  const mark = /[^]$/u.exec(line)?.[0] ?? "";
  const test = TESTS.get(mark);
  if (test) return test(line, language);
  return (/\p{Sc}/u.test(mark) && opensAmount(line)) || joinsDash(line);
}

// these stand at the word before them, wherever that is
const CLOSING = /^(?:[.,;:!?)\]}…%‰°/”’'،؛؟।॥۔։。、！？；：」』）］】》〉〕]|\.{2,}|\p{Pd}+)$/u;
const PARTNERS = new Map([["“", "„"], ["‘", "‚"], ["»", "«"], ["«", "»"], ["›", "‹"], ["‹", "›"]]); // prettier-ignore

/**
 * Whether a mark stands at the end of the line without a space.
 * @example
 * joinsPrevious("well", ","); // true
 */
export function joinsPrevious(line: string, mark: string): boolean {
  if (mark === '"' || mark === "`") return !isOdd(line + mark, mark);
  const partner = PARTNERS.get(mark);
  return partner === undefined ? CLOSING.test(mark) : isOpen(line + mark, partner, mark);
}

/** Nothing but white space or what opens stands before the mark. */
function isFree(line: string): boolean {
  return /(?:^|[\s([{"'“„‘«»—–-])[^]$/u.test(line);
}

/** A word, or the mark that ends a clause, stands right before the mark. */
function isAttached(line: string): boolean {
  return /[\p{L}\p{M}\p{N}.,;:!?…)\]][^]$/u.test(line);
}

function countOf(line: string, mark: string): number {
  return line.split(mark).length - 1;
}

/** A mark that both opens and closes opens when it is the first, third, … of its line. */
function isOdd(line: string, mark: string): boolean {
  return countOf(line, mark) % 2 === 1;
}

/** Whether a quotation that `opening` began had not ended before the last mark of the line. */
function isOpen(line: string, opening: string, closing: string): boolean {
  const before = line.slice(0, -1);
  return countOf(before, opening) > countOf(before, closing);
}

/** A currency's sign stands before its amount, or behind it: $5, 5 €. */
function opensAmount(line: string): boolean {
  return !/(?:[\p{L}\p{N}]|\p{N}\s)[^]$/u.test(line);
}

/** Dashes that stand at a word join the next to it; free-standing ones do not. */
function joinsDash(line: string): boolean {
  return /[^\s\p{Pd}]\p{Pd}{1,3}$/u.test(line);
}

/** Markdown: * and _ open before a word and close behind one. */
function opensEmphasis(line: string): boolean {
  return /(?:^|[\s([{"'“„‘«—–-])[*_]{1,3}$/u.test(line);
}

/** Whether a word in _underscores_ ends here; within a name they join, as in my_var. */
function closesUnderscores(line: string): boolean {
  const before = line.replace(/_{1,3}$/u, "");
  const opened = before.match(/(?<![\p{L}\p{N}_])_{1,3}(?=[\p{L}\p{N}])/gu)?.length ?? 0;
  const closed = before.match(/(?<=[\p{L}\p{N}.!?])_{1,3}(?![\p{L}\p{N}_])/gu)?.length ?? 0;
  return opened > closed;
}
