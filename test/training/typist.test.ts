import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { writeEdgeFile } from "#model/edge-file";
import { typeText } from "#training/evaluation/typist";
import type { Suggest } from "#training/evaluation/typist";
import { makeTinyModel } from "../tiny-model.ts";

const KERNELS = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const FILE = writeEdgeFile(makeTinyModel());

function openSession(): Suggest {
  const session = new LocalSession(LanguageModel.open(KERNELS, FILE));
  return async (text, limit) => session.update(text, { limit });
}

/** Offers these words wherever they fit. */
function offering(...words: string[]): Suggest {
  return async (text) => {
    const typed = /\w*$/.exec(text)![0];
    const fitting = words.filter((word) => word.startsWith(typed) && word !== typed);
    return fitting.map((word) => ({ insert: word.slice(typed.length) }));
  };
}

describe("the simulated typist", () => {
  const costs: [target: string, words: string[], keys: number][] = [
    ["the union is strong", ["union", "strong"], 9], // t h e _ + i s _ + : the last word's space is not needed
    ["the union.", ["union"], 6], // the full stop takes the space back
    ["the union, the union", ["union"], 12],
    ["the union - us", ["union"], 10], // the space before the dash is typed, or the dash would take it
    ["xyz", ["union"], 3],
    ["a union", ["a"], 6], // a word of one letter brings its space too
  ];
  for (const [target, words, keys] of costs) {
    it(`types ${JSON.stringify(target)} with ${keys} keys where ${words.join(", ")} may be offered`, async () => {
      const result = await typeText(target, offering(...words));
      expect(result.text.trimEnd()).toBe(target);
      expect(result.keys).toBe(keys);
    });
  }

  it("types what it is to type, whatever a model offers", async () => {
    const texts = ["The State of the union is a world. In unity, the people (our people) unite!", 'We said "the union" to that: a state, 5 % of it… and\nour unit\'s world.'];
    for (const target of texts) {
      const { text, keys } = await typeText(target, openSession());
      expect(text.trimEnd()).toBe(target);
      expect(keys).toBeLessThan(target.length);
    }
  });
}); // prettier-ignore
