import { describe, expect, it } from "vitest";
import { KneserNey } from "#training/evaluation/kneser-ney";
import { scoreTokens } from "#training/evaluation/scoring";
import { seededRandom } from "../tiny-model.ts";

const SUM_TOLERANCE = 1e-12;
const END = 1;

/** Sentences of words that follow each other by habit, some often and some once. */
function makeText(V: number, length: number): Int32Array {
  const random = seededRandom(V);
  let last = END;
  return Int32Array.from({ length }, (_, at) => {
    if (at === length - 1 || random() < 0.1) return (last = END);
    const free = 2 + Math.floor((V - 4) * random() ** 3);
    return (last = random() < 0.5 ? 2 + ((7 * last + 3) % (V - 4)) : free);
  });
}

describe("a trigram with modified Kneser–Ney smoothing", () => {
  const V = 40;
  const text = makeText(V, 3_000); // the ids V − 2 and V − 1 never occur in it
  const model = new KneserNey(text, { vocabularySize: V, endId: END });
  const sumAfter = (before: number, last: number) =>
    model.probabilities(before, last).reduce((sum, p) => sum + p, 0);

  it.each([
    ["words seen together", text[0]!, text[1]!],
    ["a sentence's start", END, END],
    ["words seen, but never together", V - 5, V - 5],
    ["a word never seen before one that was", V - 1, text[0]!],
    ["words never seen", V - 1, V - 2],
  ])("shares out exactly 1 after %s", (_, before, last) => {
    expect(Math.abs(sumAfter(before, last) - 1)).toBeLessThan(SUM_TOLERANCE);
  });

  it("shares out exactly 1 after every two words", () => {
    for (let before = 0; before < V; before++) {
      for (let last = 0; last < V; last++) {
        expect(Math.abs(sumAfter(before, last) - 1)).toBeLessThan(SUM_TOLERANCE);
      }
    }
  });

  it("leaves something to words that were never seen", () => {
    for (const p of model.probabilities(text[0]!, text[1]!)) expect(p).toBeGreaterThan(0);
  });

  it("agrees with the formulas worked out by hand", () => {
    // a b <eos>, twice, and a c <eos>: ids a = 2, b = 3, c = 4, and 0 is never seen
    const small = new KneserNey(Int32Array.of(2, 3, END, 2, 3, END, 2, 4, END), {
      vocabularySize: 5,
      endId: END,
    });
    // counts of counts too few to estimate from give D = ½, or what the formulas say kept between 0 and the count.
    // trigrams: · · a 3, · a b 2, · a c 1, a b · 2, a c · 1   → n1 = 2, n2 = 2, n3 = 1: Y = 1/3,
    //   D1 = 1 − 2/3·1 = 1/3, D2 = 2 − 3/3·½ = 3/2
    // bigrams: · a 3 (plain), a b 1, a c 1, b · 1, c · 1        → n1 = 4, n2 = 0: D1 = 1 − 2·0 = 1
    // words: a 1, b 1, c 1, · 2                                 → n1 = 3, n2 = 1: Y = 3/5, D1 = 1 − 6/5·1/3 = 3/5
    //   D2 = 2 − 9/5·0 = 2
    // p1(b) = (1 − 3/5)/5 + (3·3/5 + 2)/5 · 1/5 = 0.08 + 0.152
    // p2(b | a) = (1 − 1)/2 + (1 + 1)/2 · p1(b) = 0.232
    // p3(b | · a) = (2 − 3/2)/3 + (3/2 + 1/3)/3 · p2(b | a)
    expect(small.probabilities(END, 2)[3]).toBeCloseTo(0.5 / 3 + (11 / 18) * 0.232, 12);
    expect(small.probabilities(0, 2)[3]).toBeCloseTo(0.232, 12);
    expect(small.probabilities(0, 0)[3]).toBeCloseTo(0.232, 12);
  });

  it("scores a text by the two words before, and forgets them at a sentence's end", async () => {
    const ids = Int32Array.of(...text.subarray(0, 3), V - 1, V - 2, END, 7);
    const before = [END, END, ids[0]!, ids[1]!, ids[2]!, ids[3]!, END];
    const last = [END, ids[0]!, ids[1]!, ids[2]!, ids[3]!, ids[4]!, END];
    await scoreTokens(model, ids, { endId: END, vocabularySize: V }, (at, row) => {
      const expected = model.probabilities(before[at]!, last[at]!);
      row.forEach((score, word) => expect(score).toBeCloseTo(Math.log(expected[word]!), 5));
    });
  });

  it("refuses a vocabulary too large to count with", () => {
    expect(() => new KneserNey(text, { vocabularySize: 300_000, endId: END })).toThrow(
      "at most 208063 words",
    );
  });
});
