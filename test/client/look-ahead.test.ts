// Answers to what may be typed next, held to what is answered when it is typed.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Question } from "#client/types";
import { writeEdgeFile } from "#model/edge-file";
import { createEngine } from "../../client/local/engine.ts";
import { lookAhead } from "../../client/local/look-ahead.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

const kernels = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const file = writeEdgeFile(withTinyNgrams(makeTinyModel({ spread: 1 })));
const open = () => createEngine(kernels, file, { model: "tiny", version: "1" });
const PIECES = ["the ", "uni", "ted", " states", ". ", "Our\n", "Kowalski ", "é", "🙂", " "];

it("answers what will be asked as it will be answered then, and leaves the text as it is", () => {
  const random = seededRandom(5);
  const below = (limit: number) => Math.floor(random() * limit);
  const [engine, plain] = [open(), open()];
  let text = "";
  let compared = 0;
  for (let step = 0; step < 150; step++) {
    const at = random() < 0.8 ? text.length : below(text.length + 1);
    text = text.slice(0, at) + PIECES[below(PIECES.length)]!;
    const question: Question = { text, limit: 1 + below(8), learn: random() < 0.7 };
    const reject = random() < 0.2 ? engine.predict(question).predictions[0]?.word : undefined;
    if (reject) plain.predict(question);
    const asked = reject ? { ...question, reject } : question;
    expect(engine.predict(asked)).toEqual(plain.predict(asked));
    const ahead = [...lookAhead(engine, asked)];
    compared += ahead.length;
    if (ahead.length === 0) continue;
    // one of them is typed
    const { question: next, answer } = ahead[below(ahead.length)]!;
    expect(next.reject).toBeUndefined();
    expect(plain.predict(next)).toEqual(answer);
    expect(engine.predict(next)).toEqual(answer);
    text = next.text;
  }
  expect(compared).toBeGreaterThan(300);
});

it("begins with the first suggestion accepted, then the letters that may come", () => {
  const engine = open();
  const { predictions } = engine.predict({ text: "the uni", limit: 50 });
  const [accepted, ...letters] = [...lookAhead(engine, { text: "the uni" })].map(({ question }) => question.text); // prettier-ignore
  expect(accepted).toBe(`the uni${predictions[0]!.insert} `);
  expect(letters[0]).toBe(`the uni${predictions[0]!.insert[0]}`);
  expect(new Set(letters).size).toBe(letters.length);
});
