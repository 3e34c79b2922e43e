import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DirectBackend } from "#client/local/direct-backend";
import { createEngine } from "#client/local/engine";
import { Session } from "#client/session";
import type { SuggestionSource } from "#client/suggester";
import { writeEdgeFile } from "#model/edge-file";
import { typeText } from "../../bench/typist.ts";
import { makeTinyModel } from "../tiny-model.ts";

const KERNELS = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const FILE = writeEdgeFile(makeTinyModel());

const sessionOf = () => {
  const engine = createEngine(KERNELS, FILE, { model: "tiny", version: "1" });
  return new Session(new DirectBackend(engine));
};

/** Offers these words wherever they fit. */
function offering(...words: string[]): SuggestionSource {
  const update = async (text: string) => {
    const typed = /\w*$/.exec(text)![0];
    const fitting = words.filter((word) => word.startsWith(typed) && word !== typed);
    const predictions = fitting.map((word) => ({ word, probability: 0.5, insert: word.slice(typed.length) }));
    return { model: "m", version: "v", position: text.length, predictions };
  };
  return { update, reject: update };
} // prettier-ignore

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
      const result = await typeText(target, offering(...words), 5);
      expect(result.text.trimEnd()).toBe(target);
      expect(result.keys).toBe(keys);
    });
  }

  it("types what it is to type, whatever a model offers", async () => {
    const texts = ["The State of the union is a world. In unity, the people (our people) unite!", 'We said "the union" to that: a state, 5 % of it… and\nour unit\'s world.'];
    for (const target of texts) {
      const { text, keys } = await typeText(target, sessionOf(), 5);
      expect(text.trimEnd()).toBe(target);
      expect(keys).toBeLessThan(target.length);
    }
  });
}); // prettier-ignore
