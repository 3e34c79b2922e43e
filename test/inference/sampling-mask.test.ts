import { expect, it } from "vitest";
import { buildSamplingMask, buildSuggestionMask } from "#inference/suggestion-mask";
import { Vocabulary } from "#model/vocabulary";

const WORDS = ["<unk>", "<eos>", "<num>", "the", "$", "€", "$$", ",", "us$", "x".repeat(201)];
const vocabulary = new Vocabulary(WORDS.map((word) => ({ word, display: word, count: 1 })));
const marked = (mask: Uint8Array) => WORDS.filter((_, id) => mask[id] === 1);

it("draws no word that stands for another, nor a sign of currency that would stand before one", () => {
  expect(marked(buildSamplingMask(vocabulary, "text"))).toEqual(["<eos>", "the", ",", "us$", WORDS.at(-1)]); // prettier-ignore
});

it("suggests only words with letters, none longer than two hundred", () => {
  expect(marked(buildSuggestionMask(vocabulary, "text"))).toEqual(["the", "us$"]);
});
