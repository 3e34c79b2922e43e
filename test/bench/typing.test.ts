// Keys saved by lists of words, by the rule that all programs are measured with.

import { describe, expect, it } from "vitest";
import { typeWords } from "../../bench/typing/protocol.ts";
import type { Keyboard } from "../../bench/typing/protocol.ts";
import { listWords } from "../../bench/typing/word-list.ts";

const TEXT = "We met there";
const PLACES = [
  { start: 0, end: 2 },
  { start: 3, end: 6 },
  { start: 7, end: 12 },
];
const CHARACTERS = 3 + 4 + 6; // of each word, with its space

const keyboard = (list: (before: string, typed: string) => string[]): Keyboard => ({
  list: (before, typed) => Promise.resolve(list(before, typed)),
  close() {},
});

async function keysOf(list: (before: string, typed: string) => string[]) {
  const { savings } = await typeWords(TEXT, PLACES, keyboard(list));
  return [1, 3, 5].map((offered) => Math.round((1 - savings[offered]!) * CHARACTERS));
}

describe("the keys of three words", () => {
  it("are all of them where nothing is listed", async () => {
    expect(await keysOf(() => [])).toEqual([13, 13, 13]);
  });

  it("are one a word where each is listed before it is begun, in whatever case", async () => {
    const words = ["WE", "Met", "there"];
    expect(await keysOf(() => words)).toEqual([1 + 4 + 6, 3, 3]);
  });

  it("count the letters until a word is among the first so many", async () => {
    // "there" comes third, after one letter second, after two first
    const lists = [["a", "b", "There"], ["the", "there"], ["there"]];
    const keys = await keysOf((before, typed) =>
      before === "We met " ? lists[typed.length]! : [],
    );
    expect(keys).toEqual([7 + 3, 7 + 1, 7 + 1]);
  });

  it("take a word that is listed twice for one place", async () => {
    const lists = ["The", "the", "THE", "there"];
    expect(await keysOf((before) => (before === "We met " ? lists : []))).toEqual([13, 8, 8]);
  });
});

it("lists the words of a model by its scores, those alone that begin with the letters", async () => {
  const words = ["<eos>", "met", "there", ".", "the", "we"];
  const sentences: string[][] = [];
  const score = (sentence: string[]) => {
    sentences.push(sentence);
    return [9, 1, 3, 8, 2, 4];
  };
  const { list } = listWords(words, score, TEXT);
  expect(await list("We met ", "")).toEqual(["we", "there", "the", "met"]);
  expect(await list("We met ", "Th")).toEqual(["there", "the"]);
  expect(sentences).toEqual([["we", "met"]]); // once for a place
});
