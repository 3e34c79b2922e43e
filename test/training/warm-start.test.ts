// A model goes on under the words of another text: what it knew it still knows, what it did not is shared out.

import { describe, expect, it } from "vitest";
import type { MasterModel } from "#model/master-file";
import { Vocabulary } from "#model/vocabulary";
import { countCarried, startFrom } from "#training/loop/warm-start";
import { scoreInFloat64 } from "../float-network.ts";
import { makeTinyModel } from "../tiny-model.ts";

const TOLERANCE = 1e-5; // of a probability's logarithm
const NEW_WORDS = [
  { word: "senate", display: "Senate", count: 30 },
  { word: "house", display: "house", count: 10 },
];
const UNKNOWN_COUNT = 60; // of <unk>, in the new text

/** The same words without `dropped`, in another order, with the new ones among them. */
function otherVocabulary(vocabulary: Vocabulary, dropped: string[] = []): Vocabulary {
  const reserved = vocabulary.entries
    .slice(0, 3)
    .map((entry, id) => (id === vocabulary.unknownId ? { ...entry, count: UNKNOWN_COUNT } : entry));
  const others = vocabulary.entries.slice(3).filter(({ word }) => !dropped.includes(word));
  return new Vocabulary([...reserved, NEW_WORDS[0]!, ...others.reverse(), NEW_WORDS[1]!]);
}

function childOf(parent: MasterModel, vocabulary: Vocabulary) {
  const { config, tokenizer } = parent.metadata;
  const model = { ...config, vocabularySize: vocabulary.size };
  const from = { version: "parent", master: parent };
  const weights = startFrom(from, { model, tokenizer, vocabulary });
  return { metadata: { ...parent.metadata, config: model }, vocabulary, weights };
}

const TEXT = ["the", "state", "of", "<unk>", "union", "<eos>", "people"];

function score(model: MasterModel, words: string[]): number[] {
  return scoreInFloat64(
    model,
    words.map((word) => model.vocabulary.idOf(word)),
  ).at(-1)!;
}

describe.each([{ tied: false }, { tied: true }])("a model that goes on, %o", (config) => {
  const parent = makeTinyModel({ config });
  const child = childOf(parent, otherVocabulary(parent.vocabulary));

  it("predicts the words that stay as its parent did", () => {
    const [before, after] = [score(parent, TEXT), score(child, TEXT)];
    parent.vocabulary.entries.forEach(({ word }, id) => {
      if (word === "<unk>") return;
      expect(Math.abs(after[child.vocabulary.idOf(word)]! - before[id]!)).toBeLessThan(TOLERANCE);
    });
  });

  it("shares the probability of <unk> among it and the new words, as often as they occur", () => {
    const unknown = Math.exp(score(parent, TEXT)[parent.vocabulary.unknownId]!);
    const after = score(child, TEXT);
    const total = UNKNOWN_COUNT + 30 + 10;
    for (const [word, count] of [
      ["<unk>", UNKNOWN_COUNT],
      ["senate", 30],
      ["house", 10],
    ] as const) {
      const share = after[child.vocabulary.idOf(word)]! - Math.log((unknown * count) / total);
      expect(Math.abs(share)).toBeLessThan(TOLERANCE);
    }
  });

  it("reads a new word as its parent did", () => {
    const known = [...TEXT, "senate"].map((word) => (word === "senate" ? "<unk>" : word));
    const [before, after] = [score(child, known), score(child, [...TEXT, "senate"])];
    expect(after).toEqual(before);
  });

  it("counts what became of the words", () => {
    const { vocabulary } = parent;
    const all = countCarried(vocabulary, otherVocabulary(vocabulary));
    expect(all).toEqual({ kept: vocabulary.size, new: 2, dropped: 0 });
    const fewer = countCarried(vocabulary, otherVocabulary(vocabulary, ["of", "union"]));
    expect(fewer).toEqual({ kept: vocabulary.size - 2, new: 2, dropped: 2 });
  });
});

describe("a new word", () => {
  it("begins as the mean of the words that stay where the parent never met <unk>", () => {
    const { metadata, vocabulary, weights } = makeTinyModel();
    const entries = vocabulary.entries.map((entry) => ({ ...entry }));
    entries[vocabulary.unknownId]!.count = 0;
    const parent = { metadata, vocabulary: new Vocabulary(entries), weights };
    const child = childOf(parent, otherVocabulary(parent.vocabulary, ["of"]));
    const id = child.vocabulary.idOf("house");
    const dropped = parent.vocabulary.idOf("of");
    const biases = [...weights.get("softmax.bias")!].filter((_, word) => word !== dropped);
    const mean = biases.reduce((sum, bias) => sum + bias, 0) / biases.length;
    expect(child.weights.get("softmax.bias")![id]).toBeCloseTo(mean, 6);
  });
});

describe("going on", () => {
  const parent = makeTinyModel();
  const file = { version: "parent", master: parent };
  const { config, tokenizer } = parent.metadata;
  const child = { model: config, tokenizer, vocabulary: parent.vocabulary };

  it("under the same words changes nothing", () => {
    expect(startFrom(file, child)).toEqual(parent.weights);
  });

  it("in another shape is refused, with every difference", () => {
    const model = { ...config, hiddenSize: 50, tied: true };
    expect(() => startFrom(file, { ...child, model })).toThrow(
      "model parent has hiddenSize 20, not 50, tied false, not true; to go on from it, train with the same",
    );
    expect(() => startFrom(file, { ...child, tokenizer: "whitespace" })).toThrow(
      "tokenizer text, not whitespace",
    );
  });
});
