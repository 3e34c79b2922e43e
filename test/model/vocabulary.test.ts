import { expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { Vocabulary, VocabularyCounter } from "#model/vocabulary";

const prose = findTokenizer("text");

function countWords(text: string): VocabularyCounter {
  const counter = new VocabularyCounter();
  for (const token of prose.read(text).tokens) counter.add(token);
  return counter;
}

it("keeps the most frequent words behind the reserved ones", () => {
  const vocabulary = countWords("b a b c a b , ").build(prose, 5);
  expect(vocabulary.entries.map(({ word }) => word)).toEqual(["<unk>", "<eos>", "<num>", "b", "a"]);
  expect(vocabulary.entries.map(({ count }) => count)).toEqual([2, 0, 0, 3, 2]);
  expect(vocabulary.idOf("c")).toBe(vocabulary.unknownId);
});

it("shows a word in its most frequent spelling, capitals at the start of a sentence left out", () => {
  const { entries } = countWords(
    "The United States. The law. The laws of the united united United United States. Perhaps. ",
  ).build(prose, 100);
  const displays = Object.fromEntries(entries.map(({ word, display }) => [word, display]));
  expect(displays).toMatchObject({
    the: "the",
    united: "United",
    states: "States",
    perhaps: "perhaps",
  });
});

it("finds the words that start with a prefix, whatever its case", () => {
  const vocabulary = countWords("union unit united under un ").build(prose, 100);
  const words = vocabulary.idsStartingWith("UNI").map((id) => vocabulary.entries[id]!.word);
  expect(words.sort()).toEqual(["union", "unit", "united"]);
  expect(vocabulary.idsStartingWith("x")).toEqual([]);
});

it("comes back from its bytes unchanged", () => {
  const vocabulary = countWords("Ünïted states of the café. ").build(prose, 100);
  expect(Vocabulary.decode(vocabulary.encode()).entries).toEqual(vocabulary.entries);
});

it("refuses bytes that are not a vocabulary, naming the line", () => {
  const bytes = new TextEncoder().encode("<unk>\t<unk>\t1\nbroken\n");
  expect(() => Vocabulary.decode(bytes)).toThrow("vocabulary line 2");
});
