import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { findTokenizer, tokenizerSettings } from "#model/tokenizers/find";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { Vocabulary } from "#model/vocabulary";
import { Predictor } from "../../inference/predictor.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { TYPING_CASES, WORDS } from "./typing-cases.ts";

const LIMIT = 200;
const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));

/** A model that knows WORDS, with weights that prefer none. */
function predictorFor(name: TokenizerName, language?: string): Predictor {
  const tokenizer = findTokenizer(name, language);
  const keyOf = (display: string) =>
    name === "text" ? tokenizer.read(`${display} `, "<unk>").tokens[0]!.word : display;
  const known = new Map(WORDS.map((display) => [keyOf(display), display]));
  const entries = [...tokenizer.reserved, ...known.keys()].map((word) => {
    return { word, display: known.get(word) ?? word, count: 1 };
  });
  const model = makeTinyModel({ config: { vocabularySize: entries.length }, tokenizer: name, spread: 0.05 }); // prettier-ignore
  const vocabulary = new Vocabulary(entries);
  const metadata = { ...model.metadata, ...tokenizerSettings(tokenizer) };
  const file = writeEdgeFile({ ...model, metadata, vocabulary });
  return new Predictor(LanguageModel.open(module, file));
}

function accept(text: string, { insert, replace }: { insert: string; replace: number }): string {
  return text.slice(0, text.length - replace) + insert;
}

describe.each(TYPING_CASES)("$what", ({ language, tokenizer = "text", cases }) => {
  const predictor = predictorFor(tokenizer, language);

  it.each(cases)("%j, accepting %j: %j", (text, word, accepted) => {
    const predictions = predictor.predict(predictor.start(), "", text, LIMIT);
    if (accepted === null) {
      expect(predictions.map((prediction) => prediction.word)).not.toContain(word);
    } else {
      const found = predictions.filter((prediction) => prediction.word === word);
      expect(found.map((prediction) => accept(text, prediction))).toContain(accepted);
    }
  });
});

it("has three hundred texts", () => {
  expect(TYPING_CASES.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(300);
});
