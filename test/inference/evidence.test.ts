// What the case of the letters typed, and diacritics, say of the word that is meant.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { Predictor } from "#inference/predictor";
import { writeEdgeFile } from "#model/edge-file";
import { Vocabulary } from "#model/vocabulary";
import { makeTinyModel } from "../tiny-model.ts";

const WORDS = ["in", "it", "if", "I", "is", "its", "have", "am", "and", "union", "United", "café", "cafeteria", "naïve"]; // prettier-ignore
const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const entries = ["<unk>", "<eos>", "<num>", ...WORDS].map((display) => {
  return { word: display.toLowerCase(), display, count: 1 };
});
const model = makeTinyModel({ config: { vocabularySize: entries.length }, spread: 0.05 });
const predictor = new Predictor(
  LanguageModel.open(module, writeEdgeFile({ ...model, vocabulary: new Vocabulary(entries) })),
);
const predict = (text: string, limit = 5) => predictor.predict(predictor.start(), "", text, limit);
const inserts = (text: string) => predict(text).map(({ insert }) => insert);

describe("a capital", () => {
  it("in the middle of a sentence means the pronoun: its followers come first", () => {
    for (const { insert } of predict("and I")) expect(insert).toMatch(/^ /);
    expect(predict("when I ", 100).map(({ word }) => word)).toEqual(
      predict("when I", 100).filter(({ insert }) => insert.startsWith(" ")).map(({ word }) => word), // prettier-ignore
    );
  });

  it("in the middle of a sentence means a name", () => {
    expect(predict("the U")[0]!.word).toBe("United");
  });

  it("says nothing where a sentence begins, nor of a word in capitals", () => {
    const ratioOf = (text: string) => {
      const found = predict(text, 100);
      const of = (name: string) => found.find(({ word }) => word === name)!.probability;
      return of("union") / of("United");
    };
    expect(ratioOf("It is. U")).toBeGreaterThan(0.5);
    expect(ratioOf("the UN")).toBeGreaterThan(0.5);
    expect(ratioOf("the U")).toBeLessThan(0.1);
  });
});

describe("letters without diacritics", () => {
  it("find words that have them only where nothing has the letters typed", () => {
    expect(predict("the cafe").map(({ word }) => word)).toEqual(["cafeteria"]);
    expect(
      predict("the caf")
        .map(({ word }) => word)
        .sort(),
    ).toEqual(["cafeteria", "café"]);
    expect(inserts("the naive")).toEqual(["ïve"]);
  });
});
