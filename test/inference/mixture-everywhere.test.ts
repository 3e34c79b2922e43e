// A file with n-grams: a score and a completion tell the probabilities that a prediction tells, over all the file's words.

import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { complete, endsInsideWord, idsToRead } from "#inference/completion";
import { LanguageModel } from "#inference/language-model";
import { idsToScore, scoreText } from "#inference/scoring";
import { buildSamplingMask } from "#inference/suggestion-mask";
import { pieceOf, readText } from "#inference/token-text";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

const LOG_TOLERANCE = 1e-6;
const PLAIN = { temperature: 0, topP: 1, frequencyPenalty: 0, presencePenalty: 0, logitBias: new Map() }; // prettier-ignore

let model: LanguageModel;
beforeAll(async () => {
  const file = new URL("../../kernels/build/edge.wasm", import.meta.url);
  const module = new WebAssembly.Module(await readFile(file));
  model = LanguageModel.open(module, writeEdgeFile(withTinyNgrams(makeTinyModel())));
});

function completeOnce(text: string, sampling: object, seed = 1n, prefix = "") {
  const prompt = readText(model, text);
  const state = model.consume(model.initialState(), idsToRead(model, prompt));
  const settings = { sampling: { ...PLAIN, ...sampling }, maxTokens: 1, stops: [], seed, logprobs: 3 }; // prettier-ignore
  const parts = [...complete(model, { prompt, prefix, state, choice: 0 }, settings)];
  return { state, report: parts.flatMap(({ tokens }) => tokens)[0]! };
}

describe("a mixture", () => {
  it("knows words that only the n-grams know in a text that is scored", () => {
    const ids = idsToScore(model, "the Kowalski senate thereof");
    expect(ids.filter((id) => id >= model.vocabulary.size)).toHaveLength(2); // senate, thereof
  });

  it("scores a text by what it gives each word among all", () => {
    const text = "the senate of the state thereof";
    let state = model.initialState();
    let previous = model.words.endId;
    let expected = 0;
    for (const id of idsToScore(model, text)) {
      state = model.consume(state, [previous]);
      expected += Math.log(model.mixtureProbabilities(state)[id]!);
      previous = id;
    }
    const { log_probability } = scoreText(model, text);
    expect(Math.abs(log_probability - expected)).toBeLessThan(LOG_TOLERANCE * -expected);
  });

  it.each(["the senate", "the state of", "peace", "a thereof the"])(
    "completes %j with its most probable word, and tells that probability",
    (text) => {
      const { state, report } = completeOnce(text, {});
      const all = model.mixtureProbabilities(state);
      const allowed = buildSamplingMask(model.words, model.tokenizer.name);
      const best = [...all.keys()].filter((id) => allowed[id]).reduce((a, b) => (all[b]! > all[a]! ? b : a)); // prettier-ignore
      expect(report.piece).toBe(pieceOf(model, { text, previous: readText(model, text).previous }, best)); // prettier-ignore
      expect(Math.abs(Math.exp(report.logprob!) - all[best]!)).toBeLessThan(LOG_TOLERANCE);
      expect(report.top![report.piece]).toBe(report.logprob);
    },
  );

  it("draws words that the network does not know, as often as it gives them probability", () => {
    const draws = 400;
    const V = model.vocabulary.size;
    let [expected, drawn] = [0, 0];
    const names = new Set(model.words.entries.slice(V).map(({ word }) => word));
    for (let seed = 1; seed <= draws; seed++) {
      const { state, report } = completeOnce("the senate", { temperature: 1 }, BigInt(seed));
      if (seed === 1) {
        const all = model.mixtureProbabilities(state);
        const offered = [...all.keys()].filter((id) => !model.tokenizer.reserved.includes(model.words.entries[id]!.word)); // prettier-ignore
        const sum = (ids: number[]) => ids.reduce((total, id) => total + all[id]!, 0);
        expected = sum(offered.filter((id) => id >= V)) / sum(offered);
      }
      if (names.has(report.piece.trim().toLowerCase())) drawn++;
    }
    // four standard deviations of so many draws
    const bound = 4 * Math.sqrt((expected * (1 - expected)) / draws);
    expect(expected).toBeGreaterThan(0.02);
    expect(Math.abs(drawn / draws - expected)).toBeLessThan(bound + 0.02);
  });

  it("completes the letters of a word that only the n-grams know", () => {
    expect(endsInsideWord(model, "statesm")).toBe(true);
    expect(completeOnce("the ", {}, 1n, "statesm").report.piece).toBe("an");
    expect(endsInsideWord(model, "statesman")).toBe(false);
  });
});
