// model/tokenizers/scripts: which texts a tokenizer cannot read into words: those of scripts that put no spaces between them.
// Segmenters differ from one host to the next, so that a model would not be served as it was trained.

import type { Tokenizer } from "./tokenizer.ts";

const UNSPACED: [language: string, letters: RegExp][] = [
  ["Japanese", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["Chinese", /\p{Script=Han}/gu],
  ["Thai", /\p{Script=Thai}/gu],
  ["Lao", /\p{Script=Lao}/gu],
  ["Khmer", /\p{Script=Khmer}/gu],
  ["Burmese", /\p{Script=Myanmar}/gu],
  ["Tibetan", /\p{Script=Tibetan}/gu],
];
const LETTER = /[\p{L}\p{M}]/gu;
/** Names and quotations in such a script do no harm. */
const MAX_SHARE = 0.2;
/** With spaces between its words, even German has shorter ones. */
const MAX_MEAN_LENGTH = 5;

/**
 * Refuses a text that the tokenizer would take clauses of for words. Words of such scripts that spaces separate pass.
 * @param words different words of the text, as the tokenizer has them
 * @throws Error that names the language and says what to do
 * @example
 * checkSpacing(["今日は良い天気です", "明日も晴れるでしょう"], findTokenizer("text")); // throws
 */
export function checkSpacing(words: Iterable<string>, tokenizer: Tokenizer): void {
  if (tokenizer.name !== "text") return;
  const counts = UNSPACED.map(() => 0);
  let [letters, unspaced, unspacedWords] = [0, 0, 0];
  for (const word of words) {
    letters += word.match(LETTER)?.length ?? 0;
    let here = 0;
    UNSPACED.forEach(([, script], at) => {
      const count = word.match(script)?.length ?? 0;
      counts[at]! += count;
      here += count;
    });
    unspaced += here;
    if (here > 0) unspacedWords++;
  }
  if (unspaced <= MAX_SHARE * letters || unspaced <= MAX_MEAN_LENGTH * unspacedWords) return;
  // Japanese has Chinese characters too
  const [kana = 0] = counts;
  const at = kana > 0.1 * unspaced ? 0 : counts.indexOf(Math.max(...counts));
  throw new Error(
    `the text is written in ${UNSPACED[at]![0]}, without spaces between words, and the tokenizer "text" would take clauses for ` +
      "words: put spaces between its words, a sentence a line, and train with --tokenizer whitespace",
  );
}
