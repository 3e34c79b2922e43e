import { describe, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import type { TokenizerName } from "#model/tokenizers/tokenizer";

const prose = findTokenizer("text");
const spaced = findTokenizer("whitespace");

function wordsOf(name: TokenizerName, text: string): string {
  const { tokens, prefix } = findTokenizer(name).read(text);
  return [...tokens.map(({ word }) => word), ...(prefix ? [`${prefix.word}…`] : [])].join(" ");
}

describe("text tokenizer", () => {
  it.each([
    ["The United States ", "the united states"],
    ["the uni", "the uni…"],
    ["Hello. How are ", "hello . <eos> how are"],
    ["Stop! (Now.) Go ", "stop ! <eos> ( now . ) <eos> go"],
    ["in 1,945.50 or 20th or 3:30 ", "in <num> or <num> or <num>"],
    ["Mr. Smith of the U.S. Army ", "mr. smith of the u.s. army"],
    ["J. Smith, better than I. Then ", "j. smith , better than i . <eos> then"],
    ["don’t and don't ", "don't and don't"],
    ["don'", "don'…"],
    ["drug-free -- yes ", "drug - free -- yes"],
    ["first\n\nsecond ", "first <eos> second"],
    ["one.\n\ntwo ", "one . <eos> two"],
    ["cafe\u0301 ", "café"],
    ["", ""],
    ["  \n ", ""],
  ])("reads %j as %j", (text, words) => {
    expect(wordsOf("text", text)).toBe(words);
  });

  it("keeps the spelling, and where each token stood", () => {
    const text = "The  United";
    const { tokens, prefix } = prose.read(text);
    expect(tokens[0]).toEqual({ word: "the", surface: "The", start: 0, end: 3 });
    expect(text.slice(prefix!.start, prefix!.end)).toBe("United");
  });
});

describe("whitespace tokenizer", () => {
  it.each([
    [" aer banknote N <unk> \n next ", "aer banknote N <unk> <eos> next"],
    ["a\n\nb\n", "a <eos> <eos> b <eos>"],
    ["a\r\nb ", "a <eos> b"],
    ["The uni", "The uni…"],
  ])("reads %j as %j", (text, words) => {
    expect(wordsOf("whitespace", text)).toBe(words);
  });
});

const SAMPLES = [
  "We, the people.  Of Mr. Smith's U.S. (all of it!)\n\nA new day -- 3.5 times\n\n\nas good. Don't",
  " a b \n c d \n\n e",
];

describe.each([prose, spaced])("$name tokenizer, read in pieces", (tokenizer) => {
  it.each(SAMPLES)("gives the tokens of the whole for every cut of %j", (text) => {
    const whole = tokenizer.read(text);
    const expected = [...whole.tokens, whole.prefix].map((token) => token?.word);
    for (let cut = 0; cut <= text.length; cut++) {
      const first = tokenizer.read(text.slice(0, cut));
      const stable = first.tokens.slice(0, first.stableTokens);
      const rest = tokenizer.read(text.slice(first.stableEnd), stable.at(-1)?.word);
      const words = [...stable, ...rest.tokens, rest.prefix].map((token) => token?.word);
      expect(words).toEqual(expected);
    }
  });
});

it("names the known tokenizers when asked for another", () => {
  expect(() => findTokenizer("bpe")).toThrow(
    'unknown tokenizer "bpe"; choose one of text, whitespace',
  );
});
