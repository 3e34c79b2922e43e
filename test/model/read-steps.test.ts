// Text that is read in steps: the same tokens as at once, wherever the steps end.

import { expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { readFinished, readSteps, TOKENIZER_STEP } from "#model/tokenizers/tokenizer";
import type { Token } from "#model/tokenizers/tokenizer";
import { seededRandom } from "../tiny-model.ts";

const PIECES = ["the ", "uni", "ted ", "U.S. ", "No. ", "5 ", "\n\n", "\n", "  ", '"', "’s ", "🙂", "日本。", "e\u0301 ", "1,945 ", "etc. ", "www.a.b ", "“", "” ", "... "]; // prettier-ignore
const random = seededRandom(3);
const piece = () => PIECES[Math.floor(random() * PIECES.length)]!;
const texts = [
  "",
  "the uni",
  " ".repeat(3 * TOKENIZER_STEP),
  "\n".repeat(3 * TOKENIZER_STEP),
  "a".repeat(5 * TOKENIZER_STEP),
  `${"x.".repeat(2 * TOKENIZER_STEP)} end `,
  ...Array.from({ length: 12 }, (_, at) => Array.from({ length: 200 * (at + 1) }, piece).join("")),
];

for (const name of ["text", "whitespace"] as const) {
  const tokenizer = findTokenizer(name);
  it.each(texts.map((text) => [text]))(`${name}: %j`, (text) => {
    const all: Token[] = [...readSteps(tokenizer, text)].flat();
    expect(all).toEqual(readFinished(tokenizer, text));
    expect([...readSteps(tokenizer, text, false)].flat()).toEqual(tokenizer.read(text).tokens);
  });

  it(`${name}: a long text takes many steps, none of them long`, () => {
    const steps = [...readSteps(tokenizer, "a b ".repeat(4 * TOKENIZER_STEP))];
    expect(steps.length).toBeGreaterThan(10);
    for (const tokens of steps) expect(tokens.length).toBeLessThan(TOKENIZER_STEP + 3);
  });
}
