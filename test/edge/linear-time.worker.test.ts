// Long texts of shapes that patterns and loops stumble over, at every route. With the slow configuration they are of the largest
// size: in time that grows with their square these would take minutes each.

import { beforeAll, describe, expect, inject, it } from "vitest";
import { call, createSession, predictIn, publish, startAfresh, VERSION_A } from "./support.ts";

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const BYTES = inject("textBytes");
const fill = (piece: string) => piece.repeat(Math.floor(BYTES / new TextEncoder().encode(piece).length)); // prettier-ignore

const SHAPES = {
  spaces: fill(" "),
  "a word and spaces": "a" + fill(" ").slice(1),
  newlines: fill("\n"),
  "carriage returns": fill("\r\n"),
  "one word": fill("x"),
  "one word of capitals": fill("X"),
  "words of a letter": fill("a "),
  "initials": fill("U."),
  "dots": fill("."),
  "dots apart": fill(". "),
  dashes: "a" + fill("-"),
  "joined words": fill("a-"),
  quotes: fill('"'),
  "quotes and letters": fill('a"'),
  apostrophes: fill("a'"),
  brackets: fill("([{"),
  digits: fill("1"),
  "digits and commas": fill("1,"),
  marks: fill("\u0301"),
  "letters with marks": fill("e\u0301"),
  emoji: fill("❤️"),
  "invisible characters": fill("\u200b"),
  addresses: fill("me@un.org/"),
  "capital sentences": fill("A. "),
  "list markers": fill("- \n"),
  "headings": fill("#"),
}; // prettier-ignore

describe.each(Object.entries(SHAPES))("%s", (_, text) => {
  it("are answered by every route that takes text", async () => {
    for (const [path, body] of [
      ["/v1/predict", { text }],
      ["/v1/completions", { prompt: text, max_tokens: 2, stop: [text.slice(0, 400), "zzz"] }],
      ["/v1/completions", { prompt: text, max_tokens: 0, echo: true, logprobs: 0 }],
      ["/v1/score", { text }],
      ["/v1/tokenize", { prompt: text }],
    ] as const) {
      const { status } = await call("POST", path, body);
      expect([path, status === 200 || status === 400]).toEqual([path, true]);
    }
  });

  it("are typed on behind in a session, with rejections", async () => {
    const id = await createSession();
    for (const reject of ["the", "United", "people"]) await predictIn(id, { text: "", reject });
    expect((await predictIn(id, { text })).status).toBe(200);
    await predictIn(id, { text: "", reject: "state" });
    expect((await predictIn(id, { text: "t" })).status).toBe(200);
  });
});

it("turns the longest list of ids into a text", async () => {
  const { body } = await call("POST", "/v1/tokenize", { prompt: 'our people, "the state" of it.' });
  const tokens = Array.from({ length: 16_384 }, (_, at) => body.tokens[at % body.tokens.length]);
  expect((await call("POST", "/v1/detokenize", { tokens })).status).toBe(200);
});
