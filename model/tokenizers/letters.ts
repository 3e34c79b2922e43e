// model/tokenizers/letters: the case of letters, and which letters are the same to somebody who looks for a word. The same
// on every machine: nothing here asks the host for its locale.

// Turkish and Azerbaijani have two letters i, each with a capital of its own.
const DOTTED_I = /^(?:tr|az)\b/i;

/**
 * Lower case in a language.
 * @example
 * toLowerCase("IŞIK", "tr"); // "ışık"
 */
export function toLowerCase(text: string, language = ""): string {
  if (DOTTED_I.test(language)) text = text.replaceAll("I", "ı");
  // elsewhere too a lower-case İ is written i, not i with another dot above
  return text
    .replaceAll(/İ|I\u0307/gu, "i")
    .toLowerCase()
    .replaceAll("i\u0307", "i");
}

/**
 * Upper case in a language; Greek words in capitals have no accents.
 * @example
 * toUpperCase("iyi", "tr"); // "İYİ"
 * toUpperCase("λόγος"); // "ΛΟΓΟΣ"
 */
export function toUpperCase(text: string, language = ""): string {
  const upper = (DOTTED_I.test(language) ? text.replaceAll("i", "İ") : text).toUpperCase();
  if (!/[Α-ΩΆ-Ώ]{2}/u.test(upper)) return upper; // a capital in front keeps its accent: Άλλος
  return upper
    .normalize("NFD")
    .replaceAll(/(?<=[Α-Ω]\u0308?)\u0301/gu, "")
    .normalize("NFC");
}

// Between characters that are seen: soft hyphen, zero-width space, joiners of words, marks of direction, styles of emoji.
const INVISIBLE =
  /\p{Variation_Selector}|[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069]/gu;

/**
 * A word as it is seen, in Unicode NFC.
 * @example
 * withoutInvisible("a\u200bb"); // "ab"
 */
export function withoutInvisible(word: string): string {
  return word.replaceAll(INVISIBLE, "").normalize("NFC");
}

/**
 * The apostrophes that people type, as the straight one.
 * @example
 * straightApostrophes("it’s"); // "it's"
 */
export function straightApostrophes(word: string): string {
  return word.replaceAll(/[’ʼ＇]/gu, "'");
}

/**
 * What two spellings of the same letters have in common: without case, ligatures, final forms and styles of apostrophes.
 *
 * @example
 * foldLetters("Straße") === foldLetters("STRASSE"); // true
 */
export function foldLetters(word: string): string {
  if (/^[a-z']*$/.test(word)) return word; // the same string takes no more memory
  const plain = straightApostrophes(withoutInvisible(word));
  let folded = "";
  for (const letter of plain) {
    // ı is another letter than i, and its own capital everywhere but in the languages that have both
    folded += letter === "ı" ? letter : letter.toUpperCase().toLowerCase();
  }
  return folded.replaceAll("i\u0307", "i").replaceAll("ς", "σ");
}

const DIACRITICS = /[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C7\u064B-\u065F\u0670]/gu;
const BASE_LETTERS: Record<string, string> = { ı: "i", ł: "l", ø: "o", đ: "d", ð: "d", ħ: "h", æ: "ae", œ: "oe", þ: "th", أ: "ا", إ: "ا", آ: "ا" }; // prettier-ignore

/**
 * The same without what is written above, below and through letters, too.
 *
 * @example
 * foldDiacritics("café"); // "cafe"
 */
export function foldDiacritics(word: string): string {
  if (/^[a-z']*$/.test(word)) return word;
  const plain = foldLetters(word).replaceAll(/[ıłøđðħæœþأإآ]/gu, (letter) => BASE_LETTERS[letter]!);
  return plain.normalize("NFD").replaceAll(DIACRITICS, "").normalize("NFC");
}
