// The words that may come next, held to what the model's probabilities of all words and the cache's shares come to.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { cachedOutput } from "#inference/neural-cache";
import { writeEdgeFile } from "#model/edge-file";
import { buildSuggestionMask } from "#inference/suggestion-mask";
import { Candidates, rank } from "../../inference/candidates.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const TOLERANCE = 1e-6;
const LIMIT = 6;
const OWN = ["kowalski", "edgeworth"];

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const network = LanguageModel.open(module, writeEdgeFile(makeTinyModel({ spread: 1 })));
const { vocabulary, metadata } = network;
const offered = buildSuggestionMask(vocabulary, metadata.tokenizer);
const candidates = new Candidates(network, offered);

it("are those that all words, weighed one by one, leave in front", () => {
  const random = seededRandom(11);
  const oneOf = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!;
  for (let round = 0; round < 50; round++) {
    let state = network.initialState();
    const words = Array.from({ length: round }, (_, at) => {
      const word = random() < 0.2 ? oneOf(OWN) : oneOf(vocabulary.entries).word;
      const traced = network.trace(state, [vocabulary.idOf(word)]);
      state = traced.state;
      const output = cachedOutput(traced.outputs[0]!);
      return { word, surface: word, opens: false, start: at, end: at + 1, output };
    });
    const known = [...vocabulary.entries.map(({ word }) => word), ...OWN];
    const rejected = new Map(Array.from({ length: round % 5 }, () => [oneOf(known), random()]));
    const heeds = ({ start }: { start: number }) => start % 3 > 0;

    const eligible = words.filter(heeds);
    const { cacheMass: shares, modelWeight: rest } = network.cache.share(
      eligible,
      cachedOutput(network.output(state)),
    );
    const softmax = network.probabilities(state);
    const weighed = known
      .filter((word, id) => (vocabulary.has(word) ? offered[id] : shares.has(word)))
      .map((word) => {
        const probability = vocabulary.has(word) ? softmax[vocabulary.idOf(word)]! : 0;
        const share = shares.get(word) ?? 0;
        return { word, probability: (rest * probability + share) * (rejected.get(word) ?? 1) };
      });
    const expected = rank(weighed, LIMIT);

    const found = candidates.next(state, LIMIT, { words, mayLearn: heeds, rejected });
    expect(found.map(({ word }) => word)).toEqual(expected.map(({ word }) => word));
    found.forEach(({ probability }, place) => {
      expect(Math.abs(probability - expected[place]!.probability)).toBeLessThan(TOLERANCE);
    });
  }
});

it("go by what is known of the writer now, though the state is the same as before", () => {
  let state = network.initialState();
  const read = ["the", "kowalski", "of", "edgeworth", "in"].map((word, at) => {
    const traced = network.trace(state, [vocabulary.idOf(word)]);
    state = traced.state;
    const output = cachedOutput(traced.outputs[0]!);
    return { word, surface: word, opens: false, start: at, end: at + 1, output };
  });
  const rejected = new Map<string, number>();
  const memories = [
    { words: read, mayLearn: () => true, rejected },
    { words: read, mayLearn: ({ start }: { start: number }) => start !== 1, rejected },
    { words: read.slice(2), mayLearn: () => true, rejected },
    { words: read.map((word) => ({ ...word, surface: word.surface.toUpperCase() })), mayLearn: () => true, rejected }, // prettier-ignore
    { words: read, mayLearn: () => false, rejected },
  ];
  const typed = { word: "k", isCapital: false };
  const rankAll = (ranker: Candidates, memory: (typeof memories)[number]) => [
    ranker.next(state, LIMIT, memory),
    ranker.startingWith(state, typed, LIMIT, memory),
  ];
  const alone = memories.map((memory) => rankAll(new Candidates(network, offered), memory));
  for (const at of [0, 0, 1, 0, 2, 3, 0, 4, 3, 1]) {
    expect(rankAll(candidates, memories[at]!), `memory ${at}`).toEqual(alone[at]);
  }
  expect(new Set(alone.map((lists) => JSON.stringify(lists))).size).toBe(memories.length);
});
