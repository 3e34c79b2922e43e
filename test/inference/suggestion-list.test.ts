// What may be asked of a list: each option against the plain lists that it is made of.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NO_MEMORY } from "#inference/cache-mixture";
import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { Predictor } from "#inference/predictor";
import type { Prediction } from "#inference/predictor";
import { listPredictions, MIN_PHRASE_PROBABILITY } from "#inference/suggestion-list";
import type { ListOptions } from "#inference/suggestion-list";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const open = (spread: number) =>
  LanguageModel.open(module, writeEdgeFile(makeTinyModel({ spread })));
const model = open(0.5);
const predictor = new Predictor(model);
const listAfter = (text: string, options: Partial<ListOptions> = {}, by = predictor) =>
  listPredictions(by, { point: by.start(), before: "", rest: text }, NO_MEMORY, { limit: 100, ...options }); // prettier-ignore
const words = (predictions: Prediction[]) => predictions.map(({ word }) => word);

describe("text behind the cursor", () => {
  it("is not offered again, and another word takes its place", () => {
    for (const after of ["States of", " states", "  STATES, and", "Statesmen"]) {
      const list = listAfter("the united ", { limit: 32, after });
      const isWhole = after !== "Statesmen"; // a longer word
      expect(words(list).includes("States")).toBe(!isWhole);
    }
    const [first, second, third, fourth] = words(listAfter("the united "));
    expect(words(listAfter("the united ", { limit: 3, after: first! }))).toEqual([second, third, fourth]); // prettier-ignore
  });

  it("that goes on with the word before the cursor leaves only words that replace it", () => {
    const list = listAfter("the uni", { after: "ted states" });
    expect(words(list).sort()).toEqual(["uniform", "union", "unit", "unity"]);
    expect(words(listAfter("the unit", { after: "ed" })).sort()).toEqual(["unity"]);
  });

  it("changes nothing where it is empty, far away or another word", () => {
    for (const after of ["", " ", "\n", ", of", "elsewhere the States"]) {
      expect(listAfter("the united ", { after, limit: 9 })).toEqual(listAfter("the united ", { limit: 9 })); // prettier-ignore
    }
  });
});

describe("phrases", () => {
  const sure = new Predictor(open(6));
  const plain = (text: string) => listAfter(text, { limit: 1 }, sure)[0]!;

  it("hold the words that the lists after them begin with, while all together are probable", () => {
    let longest = 0;
    for (const text of [
      "",
      "the ",
      "the uni",
      "our people",
      "in a great unity of ",
      "The state.",
    ]) {
      for (const { phrase = [], ...item } of listAfter(text, { phrases: true }, sure)) {
        let written = text.slice(0, text.length - item.replace) + item.insert;
        let { probability } = item;
        longest = Math.max(longest, phrase.length);
        for (const word of phrase) {
          const next = plain(`${written} `);
          probability *= next.probability;
          expect(word).toEqual({ word: next.word, probability, insert: ` ${next.insert}` });
          written += word.insert;
        }
        const after = plain(`${written} `).probability * probability;
        expect(phrase.length === 3 || after < MIN_PHRASE_PROBABILITY).toBe(true);
        expect(phrase.every((word) => word.probability >= MIN_PHRASE_PROBABILITY)).toBe(true);
      }
    }
    expect(longest).toBeGreaterThan(1);
  });

  it("leave the list itself as it is", () => {
    const list = listAfter("our people", { phrases: true }, sure);
    for (const item of list) delete item.phrase;
    expect(list).toEqual(listAfter("our people", {}, sure));
  });

  it("end before what stands behind the cursor, and at min_probability", () => {
    const list = listAfter("our people", { phrases: true, limit: 5 }, sure);
    const long = list.find(({ phrase }) => phrase && phrase.length > 1)!;
    const cut = (options: Partial<ListOptions>) =>
      listAfter("our people", { phrases: true, limit: 5, ...options }, sure).find(({ word }) => word === long.word)!; // prettier-ignore
    expect(cut({ after: long.phrase![1]!.insert }).phrase).toEqual(long.phrase!.slice(0, 1));
    const min = (long.phrase![0]!.probability + long.phrase![1]!.probability) / 2;
    expect(cut({ min_probability: min }).phrase).toEqual(long.phrase!.slice(0, 1));
  });
});

describe("corrections", () => {
  const correct = (text: string) => listAfter(text, { correct: true }).filter((item) => item.corrected); // prettier-ignore
  const result = (text: string, { insert, replace }: Prediction) => text.slice(0, text.length - replace) + insert; // prettier-ignore

  it.each([
    ["the unitrd", "the United"], // beside
    ["the unuted", "the United"],
    ["the uinted", "the United"], // swapped
    ["the unted", "the United"], // missed
    ["the unnited", "the United"], // extra
    ["the Peopld", "the People"],
    ["THE PEOPLD", "THE PEOPLE"],
    ["the wprl", "the world"],
  ])("%j may mean %j", (text, meant) => {
    expect(correct(text).map((item) => result(text, item))).toContain(meant);
  });

  it.each(["the unitedxy", "the uni", "the un", "the united", "the xyzzy", "the 1945", "the "])(
    "%j needs none, or has none of one key",
    (text) => expect(listAfter(text, { correct: true })).toEqual(listAfter(text)),
  );

  it("rank a key beside before one far away, and share the probability with all else", () => {
    const near = correct("the grea5").length; // no letter
    expect(near).toBe(0);
    const [beside] = correct("the peoplr");
    const [far] = correct("the peoplz");
    expect(beside!.probability).toBeGreaterThan(far!.probability);
    const all = listAfter("the peoplr", { correct: true });
    expect(all.map(({ probability }) => probability)).toEqual(all.map(({ probability }) => probability).sort((a, b) => b - a)); // prettier-ignore
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThan(1.00001);
  });

  it("leave the writer's words alone", () => {
    const session = new LocalSession(model);
    session.update("Peoplr met. ");
    const list = session.update("Peoplr met. The peopl", { correct: true });
    expect(list.some(({ corrected }) => corrected)).toBe(false);
    expect(session.update("Peoplr met. The peoplr", { correct: true }).some(({ corrected }) => corrected)).toBe(false); // prettier-ignore
  });
});

describe("suppressed words", () => {
  const careful = new Predictor(open(0.5), ["UNITED", "Kowalski"]);

  it("are in no list, and the others keep their probabilities", () => {
    const list = listAfter("the ", {}, careful);
    expect(list).toEqual(listAfter("the ").filter(({ word }) => word !== "United"));
  });

  it("are no completion, and the completions that are left add up to 1", () => {
    const list = listAfter("the uni", {}, careful);
    expect(words(list).sort()).toEqual(["uniform", "union", "unit", "unity"]);
    const completed = listAfter("the unio", {}, careful);
    expect(completed[0]!.probability).toBeCloseTo(1, 5);
    expect(words(listAfter("the unite", { correct: true }, careful))).not.toContain("United");
  });

  it("of the writer's are not offered either", () => {
    for (const [suppressed, isOffered] of [
      [[], true],
      [["kowalski"], false],
    ] as const) {
      const session = new LocalSession(model, suppressed);
      session.update("Kowalski and Kowalski and Kowalski ");
      const list = session.update("Kowalski and Kowalski and Kowalski and Kow", { limit: 100 });
      expect(words(list).includes("Kowalski")).toBe(isOffered);
    }
  });
});
