import { describe, expect, it } from "vitest";
import { completeWord, contextAfter, insertWord, writeToken } from "#inference/insertion";
import { findTokenizer } from "#model/tokenizers/find";
import type { TokenizerName } from "#model/tokenizers/tokenizer";

const insert = (
  before: string,
  display: string,
  { previous = "the", tokenizer = "text" }: { previous?: string; tokenizer?: TokenizerName } = {},
) => insertWord(display, contextAfter(before, { tokenizer: findTokenizer(tokenizer), previous }));

const INSERTS: [before: string, display: string, insert: string][] = [
  ["", "union", "union"],
  ["the united", "States", " States"],
  ["the united ", "States", "States"],
  ["the united\n", "States", "States"],
  ["the people,", "and", " and"],
  ["the (", "people", "people"],
  ["the people)", "and", " and"],
  ["well-", "known", "known"],
  ["the people -", "and", " and"],
  ["the people--", "and", "and"],
  ["the people --", "and", " and"],
  ["the people—", "and", "and"],
  ["and/", "or", "or"],
  ["it cost $", "five", "five"],
  ["it cost 5$ or 6", "euros", " euros"],
  ['he said "', "we", "we"],
  ['he said "we"', "and", " and"],
  ['a line with one "\nhe said "', "we", "we"],
  ["he said “", "we", "we"],
  ["he said '", "we", "we"],
  ["the nations'", "people", " people"],
];

describe("insertWord", () => {
  it.each(INSERTS)("after %j types %j as %j", (before, display, expected) => {
    expect(insert(before, display)).toBe(expected);
  });

  it("begins a sentence with a capital, but not a word that has its own", () => {
    const context = { previous: "<eos>" };
    expect(insert("The end.", "we", context)).toBe(" We");
    expect(insert("", "we", context)).toBe("We");
    expect(insert("", "éclair", context)).toBe("Éclair");
    expect(insert("", "iPhone", context)).toBe("iPhone");
  });

  it("separates by spaces and changes no case where spaces separate tokens", () => {
    const context = { tokenizer: "whitespace", previous: "<eos>" } as const;
    expect(insert('he said "', "we", context)).toBe(" we");
    expect(insert("", "we", context)).toBe("we");
  });
});

describe("completeWord", () => {
  it.each([
    ["uni", "union", "on"],
    ["Uni", "union", "on"],
    ["uni", "United", "ted"],
    ["UNI", "union", "ON"],
    ["U", "union", "nion"],
    ["nation'", "nation's", "s"],
    ["union", "union", ""],
  ])("completes %j to %j by %j", (prefix, display, rest) => {
    const context = contextAfter("the ", { tokenizer: findTokenizer("text"), previous: "the" });
    expect(completeWord(prefix, display, context)).toEqual({ insert: rest, replace: 0 });
  });
});

describe("any token", () => {
  const write = (before: string, word: string, previous = "x") =>
    writeToken(before, { word, display: word }, { tokenizer: findTokenizer("text"), previous });

  it.each([
    ["the people", ".", "."],
    ["the people", ",", ","],
    ["well", "-", "-"],
    ["well-", "known", "known"],
    ["he said", '"', ' "'],
    ['he said "yes', '"', '"'],
    ["it is", "(", " ("],
    ["it is (so", ")", ")"],
    ["the people.", "<eos>", ""],
    ["the", "people", " people"],
  ])("is written after %j: %j", (before, word, written) => {
    expect(write(before, word)).toBe(written);
  });

  it("is written with spaces where tokens are what spaces separate", () => {
    const context = { tokenizer: findTokenizer("whitespace"), previous: "people" };
    expect(writeToken("the people", { word: ".", display: "." }, context)).toBe(" .");
    expect(writeToken("the people", { word: "<eos>", display: "<eos>" }, context)).toBe("\n");
  });
});
