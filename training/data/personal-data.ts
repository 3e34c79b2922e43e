// training/data/personal-data: where a text has data of persons: mail and web addresses, telephone and account numbers, long
// numbers. Every pattern takes linear time. What becomes of such a place is scrub's.

export type PersonalKind = "mail" | "web" | "account" | "telephone" | "number";

export interface PersonalSpan {
  begin: number; // offsets in UTF-16 units
  end: number; // exclusive
  kind: PersonalKind;
}

const LOCAL_PART = String.raw`[\p{L}\p{N}._%+-]`;
const NO_WORD_BEFORE = String.raw`(?<![\p{L}\p{N}])`;
const NO_WORD_BEHIND = String.raw`(?![\p{L}\p{N}])`;

const MAIL = new RegExp(
  String.raw`(?<!${LOCAL_PART})${LOCAL_PART}{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})*`,
  "gu",
);

// of a web address without its scheme; no word of a language, which a typing error may put behind a full stop
const DOMAINS = "com|org|net|edu|gov|mil|info|biz|io|dev|app|eu|uk|de|fr|nl|ch|ru|pl|cz|se|dk|fi|jp|cn|br|au"; // prettier-ignore
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?`;
const WEB = new RegExp(
  String.raw`(?:[A-Za-z][A-Za-z\d+.-]{1,15}://|[Ww]{3}\.)\S*[^\s.,;:!?)\]}'"’”»]` +
    String.raw`|(?<![\p{L}\p{N}@.-])(?:${LABEL}\.){1,4}(?:${DOMAINS})${NO_WORD_BEHIND}(?:[/?#:]\S*[^\s.,;:!?)\]}'"’”»])?`,
  "gu",
);

// ISO 13616: two letters, two check digits, then letters and digits up to the length of the country's
const ACCOUNT = new RegExp(String.raw`${NO_WORD_BEFORE}[A-Za-z]{2}\d{2}(?: ?[A-Za-z\d]){11,32}`, "gu"); // prettier-ignore
const ACCOUNT_LENGTHS =
  "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28" +
  "HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25" +
  "QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";
const LENGTH_OF_COUNTRY = new Map(
  Array.from(ACCOUNT_LENGTHS.matchAll(/([A-Z]{2})(\d{2})/g), ([, country, length]) => [
    country!,
    Number(length),
  ]),
);

const BETWEEN = String.raw`[ \u00A0.()/-]{1,3}`; // groups of a telephone number
const GROUPS = String.raw`\d*\)?(?:${BETWEEN}\d+)*`;
// +43 664 …, 0043 664 …, (0316) 87-30; how many digits it may have is checked apart
const TELEPHONE = new RegExp(
  String.raw`(?:(?<![\p{L}\p{N}+])\+[1-9]|${NO_WORD_BEFORE}(?<!\d[.,/:-])00[1-9]|${NO_WORD_BEFORE}(?<!\d[.,/:-]|[$€£+] ?)\(?0[1-9])${GROUPS}${NO_WORD_BEHIND}`,
  "gu",
);
// (555) 123-4567, 1-800-555-0199, 555-0199
const AMERICAN = new RegExp(
  String.raw`(?<![\p{L}\p{N}$€£]|\d[.,/-])(?:(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}|\d{3}-\d{4})(?![\p{L}\p{N}]|[.,/-]\d)`,
  "gu",
);
const MIN_TELEPHONE = 7; // digits
const MAX_TELEPHONE = 15; // ITU-T E.164

// 4111 1111 1111 1111: where blanks divide it, its check digit has to be right
const CARD = new RegExp(String.raw`${NO_WORD_BEFORE}\d{4}(?:[ -]\d{4,6}){2,4}(?:[ -]\d{1,3})?${NO_WORD_BEHIND}`, "gu"); // prettier-ignore
const MIN_CARD = 13;
const MAX_CARD = 19;
// digits in a row, or with hyphens; no decimals
const LONG = /(?<![\d.,]|\d-)\d+(?:-\d+)*(?![.,]\d)/gu;
const MIN_LONG = 9; // digits: below are dates, years, prices

const DATE =
  /(?<![\d./-])(?:\d{4}-(?:0?[1-9]|1[0-2])-\d{1,2}|(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:\d{4}|\d{2}))(?![./-]?\d)/u;
const YEAR = /^(?:1\d{3}|20\d\d)$/;

/**
 * Finds the places in a text that have data of persons, in order; none overlaps another.
 *
 * @example
 * findPersonalData("mail ann@example.org"); // [{ begin: 5, end: 20, kind: "mail" }]
 */
export function findPersonalData(text: string): PersonalSpan[] {
  const found: PersonalSpan[] = [];
  const add = (kind: PersonalKind, begin: number, end: number) => found.push({ kind, begin, end });
  for (const [match, begin] of matches(text, MAIL)) add("mail", begin, begin + match.length);
  for (const [match, begin] of matches(text, WEB)) add("web", begin, begin + match.length);
  if (!/\d/.test(text)) return inOrder(found);
  for (const [match, begin] of matches(text, ACCOUNT)) {
    const length = accountLength(match);
    if (length > 0) add("account", begin, begin + length);
  }
  for (const [match, begin] of matches(text, TELEPHONE)) {
    const length = telephoneLength(match);
    if (length > 0) add("telephone", begin, begin + length);
  }
  for (const [match, begin] of matches(text, AMERICAN)) add("telephone", begin, begin + match.length); // prettier-ignore
  for (const [match, begin] of matches(text, CARD)) {
    if (isCard(digitsOf(match))) add("number", begin, begin + match.length);
  }
  for (const [match, begin] of matches(text, LONG)) {
    if (isLong(match)) add("number", begin, begin + match.length);
  }
  return inOrder(found);
}

function* matches(text: string, pattern: RegExp): Generator<[string, number]> {
  for (const match of text.matchAll(pattern)) yield [match[0], match.index];
}

/** By where they begin; those that overlap are one, of the first's kind. */
function inOrder(found: PersonalSpan[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (const span of found.sort((a, b) => a.begin - b.begin || b.end - a.end)) {
    const last = spans.at(-1);
    if (last && span.begin < last.end) last.end = Math.max(last.end, span.end);
    else spans.push(span);
  }
  return spans;
}

/** How many characters of a text that begins like an IBAN are one; 0 where none is. */
function accountLength(text: string): number {
  const needed = LENGTH_OF_COUNTRY.get(text.slice(0, 2).toUpperCase());
  if (needed === undefined) return 0;
  let account = "";
  let at = 0;
  while (at < text.length && account.length < needed) {
    if (text[at] !== " ") account += text[at];
    at++;
  }
  const goesOn = at < text.length && text[at] !== " ";
  return account.length === needed && !goesOn && remainder97(account) === 1 ? at : 0;
}

/** ISO 7064 MOD 97-10 of an IBAN, its first four characters put last. */
function remainder97(account: string): number {
  let remainder = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36); // A is 10
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

/** How many characters of groups of digits are a telephone number: as many groups as one may have. */
function telephoneLength(text: string): number {
  let digits = 0;
  let length = 0;
  for (const group of text.matchAll(/\d+/g)) {
    if (digits + group[0].length > MAX_TELEPHONE) break;
    digits += group[0].length;
    length = group.index + group[0].length;
  }
  const isDate = DATE.test(text.slice(0, length));
  return digits >= MIN_TELEPHONE && !isDate ? length : 0;
}

/** Luhn's check digit. */
function isCard(digits: string): boolean {
  if (digits.length < MIN_CARD || digits.length > MAX_CARD) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

function isLong(text: string): boolean {
  if (digitsOf(text).length < MIN_LONG || DATE.test(text)) return false;
  const groups = text.split("-");
  return groups.length === 1 || !groups.every((group) => YEAR.test(group));
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, "");
}
