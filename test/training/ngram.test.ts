// Counts and their smoothing, fast and by the reference; and the tables of a model file, which are these, pruned and rounded.

import { describe, expect, it } from "vitest";
import { NgramModel, ngramProbability } from "#inference/ngram";
import { ngramBytes, ngramTensors, readNgramTables } from "#model/ngram";
import type { NgramTables } from "#model/ngram";
import { readSafetensorsHeader, writeSafetensors } from "#model/safetensors";
import { countNgrams } from "#training/ngram/count";
import { estimateKneserNey } from "#training/ngram/kneser-ney";
import { packNgrams } from "#training/ngram/prune";
import { countReference } from "#training/ngram/reference";
import { seededRandom } from "../tiny-model.ts";

const END = 1;
const UNKNOWN = 0;
const SUM_TOLERANCE = 1e-6; // p_1 is float32
const CODE_TOLERANCE = 0.1; // of a share that became a code, relatively
const ALL = { maxBytes: 1e9, extraWords: [] };

/** Sentences of words that follow each other by habit, some often and some once. */
function makeText(N: number, length: number): Int32Array {
  const random = seededRandom(N + length);
  let last = END;
  return Int32Array.from({ length }, () => {
    if (random() < 0.1) return (last = END);
    const free = 2 + Math.floor((N - 4) * random() ** 3);
    return (last = random() < 0.5 ? 2 + ((7 * last + 3) % (N - 4)) : free);
  });
}

function estimate(ids: Int32Array, N: number, order: number) {
  const counted = countNgrams({ ids, words: N, endId: END }, order);
  return estimateKneserNey(counted, { words: N, unknownId: UNKNOWN, order });
}

/** Contexts that the text has, and some that it has not. */
function contextsOf(text: Int32Array, N: number, order: number): number[][] {
  const seen = Array.from({ length: 30 }, (_, n) => {
    const at = order + Math.floor((n * (text.length - order)) / 30);
    return [...text.subarray(at - order + 1, at)];
  });
  return [...seen, [END], [N - 1, N - 2], [N - 2, text[0]!], [text[0]!, END, text[1]!], []];
}

const SIZES = [
  { N: 40, length: 3_000, order: 3 },
  { N: 40, length: 3_000, order: 5 },
  { N: 300, length: 2_000, order: 4 },
  { N: 7, length: 500, order: 2 },
  { N: 12, length: 1, order: 4 },
  { N: 65_536, length: 400, order: 3 },
];

describe.each(SIZES)(
  "n-grams of order $order of $length tokens, $N words",
  ({ N, length, order }) => {
    const text = makeText(N, length);
    const reference = countReference(text, { words: N, endId: END, unknownId: UNKNOWN, order });
    const estimated = estimate(text, N, order);
    const tables = packNgrams(estimated, ALL);
    const model = new NgramModel(tables, END);
    const contexts = contextsOf(text, N, order);
    const words = [...new Set([0, 1, 2, 3, N - 1, N - 2, ...text.subarray(0, 40)])];

    it("agree with the reference but for the rounding of shares", () => {
      for (const context of contexts) {
        const found = model.lookUp(context);
        for (const word of words) {
          const [p, expected] = [ngramProbability(model, found, word), reference(context, word)];
          expect(Math.abs(p / expected - 1)).toBeLessThan(CODE_TOLERANCE);
        }
      }
    });

    it("share out 1 after every context", () => {
      for (const context of contexts.slice(-8)) {
        const found = model.lookUp(context);
        let sum = 0;
        for (let word = 0; word < N; word++) sum += ngramProbability(model, found, word);
        expect(Math.abs(sum - 1)).toBeLessThan(SUM_TOLERANCE);
      }
    });

    it("leave something to every word", () => {
      const found = model.lookUp([...text.subarray(0, order - 1)]);
      for (const word of words) expect(ngramProbability(model, found, word)).toBeGreaterThan(0);
    });

    it("come back from a file as they were", () => {
      expect(readBack(tables, { order, N })).toEqual(tables);
    });
  },
);

function readBack(tables: NgramTables, { order, N }: { order: number; N: number }): NgramTables {
  const file = writeSafetensors(ngramTensors(tables), {});
  const settings = { version: 1, order, words: N, networkWords: N, weights: [] };
  return readNgramTables(readSafetensorsHeader(file).tensors, file, settings);
}

describe("estimated shares", () => {
  const N = 40;
  const text = makeText(N, 3_000);

  it("agree with the reference to the last digits", () => {
    const order = 3;
    const reference = countReference(text, { words: N, endId: END, unknownId: UNKNOWN, order });
    const { base, orders } = estimate(text, N, order);
    base.forEach((p, word) => expect(p).toBeCloseTo(reference([], word), 12));
    // an entry's share is what its word has over γ times what it has without the first word of the context
    const { contexts, words, shares } = orders[1]!;
    const below = orders[0]!;
    for (let at = 0; at < words.length; at += 17) {
      const context = [below.contexts[contexts[at]!]!, below.words[contexts[at]!]!];
      const unseen = 0; // <unk> is never in the text: it has γ times its lower probability
      const rest = reference(context, unseen) / reference(context.slice(1), unseen);
      const expected = reference(context, words[at]!) - rest * reference(context.slice(1), words[at]!); // prettier-ignore
      if (context[0] !== END || context[1] !== END) expect(shares[at]).toBeCloseTo(expected, 12);
    }
  });

  it("agree with the formulas worked out by hand", () => {
    // a b <eos>, twice, and a c <eos>: ids a = 2, b = 3, c = 4, and 0 is never seen
    const { base, orders } = estimate(Int32Array.of(2, 3, END, 2, 3, END, 2, 4, END), 5, 2);
    // after how many words: a 1, b 1, c 1, <eos> 2   → n1 = 3, n2 = 1: Y = 3/5, D1 = 1 − 6/5·1/3 = 3/5, D2 = 2
    // left for all words: (3·3/5 + 2)/5 = 0.76, half of it <unk>'s
    expect(base[3]).toBeCloseTo(0.4 / 5 + 0.38 / 5, 12);
    expect(base[UNKNOWN]).toBeCloseTo(0.38 + 0.38 / 5, 12);
    // how often: <eos> a 3, a b 2, a c 1, b <eos> 2, c <eos> 1 → n1 = 2, n2 = 2, n3 = 1: Y = 1/3,
    //   D1 = 1 − 2/3 = 1/3, D2 = 2 − 3/3·½ = 3/2
    const at = orders[0]!.words.findIndex((word, place) => word === 3 && orders[0]!.contexts[place] === 2); // prettier-ignore
    expect(orders[0]!.shares[at]).toBeCloseTo((2 - 3 / 2) / 3, 12);
  });

  it("do not depend on where a sentence before it ended", () => {
    const { orders } = estimate(text, N, 4);
    for (const { contexts } of orders) {
      for (let at = 1; at < contexts.length; at++) expect(contexts[at]! >= contexts[at - 1]!).toBe(true); // prettier-ignore
    }
    const model = new NgramModel(packNgrams(estimate(text, N, 4), ALL), END);
    expect(model.lookUp([5, END])).toEqual(model.lookUp([9, 3, END]));
    expect(model.lookUp([5, END, 7])).toEqual(model.lookUp([END, 7]));
  });
});

describe("n-grams that have too little room", () => {
  const N = 300;
  const text = makeText(N, 20_000);
  const estimated = estimate(text, N, 3);
  const whole = packNgrams(estimated, ALL);

  it.each([0.8, 0.5, 0.2])("keep to %s of their bytes, those that matter most", (share) => {
    const maxBytes = Math.round(share * ngramBytes(whole));
    const pruned = packNgrams(estimated, { ...ALL, maxBytes });
    expect(ngramBytes(pruned)).toBeLessThanOrEqual(maxBytes);
    expect(ngramBytes(pruned)).toBeGreaterThan(0.8 * maxBytes);
    const perplexities = [whole, pruned].map((tables) => perplexityOf(tables, text));
    expect(perplexities[0]! < perplexities[1]!).toBe(true);
    const model = new NgramModel(pruned, END);
    for (const context of contextsOf(text, N, 3)) {
      const found = model.lookUp(context);
      let sum = 0;
      for (let word = 0; word < N; word++) sum += ngramProbability(model, found, word);
      expect(Math.abs(sum - 1)).toBeLessThan(SUM_TOLERANCE);
    }
  });

  it("are refused where not even the words fit", () => {
    expect(() => packNgrams(estimated, { ...ALL, maxBytes: 1_000 })).toThrow("1000 are allowed");
  });
});

function perplexityOf(tables: NgramTables, text: Int32Array): number {
  const model = new NgramModel(tables, END);
  let sum = 0;
  for (let at = 3; at < text.length; at++) {
    const found = model.lookUp([...text.subarray(at - 3, at)]);
    sum += Math.log(ngramProbability(model, found, text[at]!));
  }
  return Math.exp(-sum / text.length);
}

describe("a file whose tables do not fit", () => {
  const N = 40;
  const tables = packNgrams(estimate(makeText(N, 500), N, 3), ALL);
  const [bigrams, trigrams] = tables.orders as [NgramTables["orders"][0], NgramTables["orders"][0]];
  const others: [string, NgramTables][] = [
    ["a word that is none", { ...tables, orders: [{ ...bigrams, words: bigrams.words.map(() => N) }, trigrams] }], // prettier-ignore
    ["a context that is none", { ...tables, orders: [bigrams, { ...trigrams, contexts: trigrams.contexts.map((_, at) => at + 9_000) }] }], // prettier-ignore
    ["followers beyond the end", { ...tables, orders: [{ ...bigrams, begins: bigrams.begins.map((begin) => 2 * begin) }, trigrams] }], // prettier-ignore
    ["fewer words than it says", { ...tables, base: tables.base.slice(1) }],
  ];

  it.each(others)("is refused: %s", (_, wrong) => {
    expect(() => readBack(wrong, { order: 3, N })).toThrow("write the file again");
  });
});
