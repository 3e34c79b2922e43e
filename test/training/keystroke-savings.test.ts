// The keystroke savings that an evaluation reports, held to a typist who types a text letter by letter into the predictor that is
// served and takes a word as soon as it is suggested.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { Predictor } from "#inference/predictor";
import { writeEdgeFile } from "#model/edge-file";
import { openEdgeScorer, openNeuralCache } from "#training/evaluation/edge-scorer";
import { evaluateWithCache } from "#training/evaluation/evaluation";
import { SUGGESTIONS } from "#training/evaluation/keystrokes";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const TOKENS = 600;
const CACHE = { window: 100, theta: 0.3, lambda: 0.1 };
const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const file = writeEdgeFile(makeTinyModel({ config: { vocabularySize: 120 }, spread: 1.5 }));
const model = LanguageModel.open(module, file);
const { vocabulary } = model;

/** Sentences of the vocabulary's words, in lower case. */
function writeSentences(): string {
  const random = seededRandom(5);
  const words = vocabulary.entries.filter(({ word }) => /^\p{L}+$/u.test(word));
  let text = "";
  for (let count = 0; count < TOKENS; count++) {
    text += words[Math.floor(random() * words.length)]!.word;
    text += random() < 0.1 ? ". " : " ";
  }
  return text;
}

function simulateTyping(text: string): number {
  const predictor = new Predictor(model);
  let point = predictor.start();
  let [characters, keys] = [0, 0];
  for (const { 0: word, index } of text.matchAll(/\p{L}+/gu)) {
    const isSuggestedAfter = (letters: number) => {
      const rest = text.slice(point.position, index + letters);
      const found = predictor.predict(point, text.slice(0, point.position), rest, SUGGESTIONS);
      return found.some((one) => one.word.toLowerCase() === word && !one.insert.startsWith(" "));
    };
    point = predictor.commit(point, text.slice(point.position, index));
    let letters = 0;
    while (letters < word.length && !isSuggestedAfter(letters)) letters++;
    characters += word.length + 1;
    keys += letters + 1;
  }
  return (characters - keys) / characters;
}

it("is what a typist saves at the predictor that is served", async () => {
  const text = writeSentences();
  const { tokens } = model.tokenizer.read(text);
  const ids = Int32Array.from(tokens, ({ word }) => vocabulary.idOf(word));
  const lengths = Uint16Array.from(tokens, ({ surface }) => surface.length);
  const scorer = await openEdgeScorer(file);
  const cache = await openNeuralCache(20, CACHE);
  const { plain } = await evaluateWithCache(scorer, cache, { ids, lengths }, { vocabulary, tokenizer: "text" }); // prettier-ignore
  const simulated = simulateTyping(text);
  expect(simulated).toBeGreaterThan(0.1);
  expect(plain.keystrokeSavings).toBe(simulated);
});
