// A text's n-grams merged with those of a parent, fast and by the formula in plain code; and what others may have of them.

import { describe, expect, it } from "vitest";
import { NgramModel, ngramProbability, visitFollowers } from "#inference/ngram";
import type { NgramTables } from "#model/ngram";
import { Vocabulary } from "#model/vocabulary";
import { countNgrams } from "#training/ngram/count";
import { estimateKneserNey } from "#training/ngram/kneser-ney";
import { mergeNgrams } from "#training/ngram/merge";
import { packNgrams } from "#training/ngram/prune";
import { seededRandom } from "../tiny-model.ts";

const CODE_TOLERANCE = 0.1; // of a share that became a code, relatively
const SUM_TOLERANCE = 1e-6; // p_1 is float32
const [UNKNOWN, END] = [0, 1];
const ALL = { maxBytes: 1e9, extraWords: [] };

function vocabularyOf(words: string[], ids: ArrayLike<number> = []): Vocabulary {
  const entries = ["<unk>", "<eos>", ...words].map((word) => ({ word, display: word, count: 0 }));
  for (const id of Array.from(ids)) entries[id]!.count++;
  return new Vocabulary(entries);
}

/** Words that follow each other by habit, other ones in each text. */
function makeText(N: number, length: number, habit: number): Int32Array {
  const random = seededRandom(habit);
  let last = END;
  return Int32Array.from({ length }, () => {
    if (random() < 0.1) return (last = END);
    const free = 2 + Math.floor((N - 2) * random() ** 2);
    return (last = random() < 0.6 ? 2 + ((habit * last + 3) % (N - 2)) : free);
  });
}

function estimate(ids: Int32Array, N: number, order: number, begins?: Int32Array) {
  const counted = countNgrams({ ids, words: N, endId: END, begins }, order);
  return {
    counted,
    estimated: estimateKneserNey(counted, { words: N, unknownId: UNKNOWN, order }),
  };
}

/** The shares of the words after a context that a model has, none of a context that it lacks. */
function sharesAfter(model: NgramModel, context: number[]): Map<number, number> {
  const shares = new Map<number, number>();
  const { order, followers } = model.lookUp(context);
  if (order !== context.length + 1) return shares;
  visitFollowers({ ...followers.at(-1)!, scale: 1 }, (id, share) => shares.set(id, share));
  return shares;
}

function occurrences(ids: Int32Array, context: number[]): number {
  const text = [END, ...ids].slice(0, context.length === 1 ? -1 : undefined);
  return text.filter((_, at) => context.every((id, place) => text[at + place] === id)).length;
}

/** A parent of other ids than the child's, and how the child's are in its own. */
function makeParent(words: string[], order: number) {
  const N = words.length + 2;
  const ids = makeText(N, 4_000, 5);
  const vocabulary = vocabularyOf(words, ids);
  const tables = packNgrams(estimate(ids, N, order).estimated, ALL);
  return { vocabulary, tables, model: new NgramModel(tables, END) };
}

const WORDS = Array.from({ length: 24 }, (_, at) => `word${at}`);

describe.each([
  { order: 2, parentOrder: 3, ownWeight: 1 },
  { order: 3, parentOrder: 3, ownWeight: 16 },
  { order: 4, parentOrder: 3, ownWeight: 4 },
])("n-grams of order $order merged with those of order $parentOrder", (sizes) => {
  const { order, parentOrder, ownWeight } = sizes;
  const parent = makeParent(WORDS.slice(0, 20).toReversed(), parentOrder);
  const child = vocabularyOf(WORDS); // 4 words that the parent lacks
  const N = child.size;
  const text = makeText(N, 700, 7);
  const own = estimate(text, N, order);
  const inherited = { tables: parent.tables, words: parent.vocabulary };
  const merged = packNgrams(mergeNgrams(own, inherited, child, ownWeight), ALL);
  const model = new NgramModel(merged, END);
  const ownModel = new NgramModel(packNgrams(own.estimated, ALL), END);
  const parentId = (id: number) =>
    parent.vocabulary.has(child.entries[id]!.word) ? parent.vocabulary.idOf(child.entries[id]!.word) : null; // prettier-ignore
  const inParent = (context: number[], id: number): number => {
    const [ids, known] = [context.map(parentId), parentId(id)];
    if (known === null || ids.includes(null)) return 0;
    return ngramProbability(parent.model, parent.model.lookUp(ids as number[]), known);
  };
  const timesBefore = (context: number[]): number => {
    const last = parentId(context.at(-1)!);
    if (context.length === 1) return last === null ? 0 : parent.vocabulary.entries[last]!.count;
    return timesBefore(context.slice(0, -1)) * inParent(context.slice(0, -1), context.at(-1)!);
  };
  const tokens = parent.vocabulary.entries.reduce((sum, { count }) => sum + count, 0);

  /** The formula at the head of training/ngram/merge. */
  const expected = (context: number[], id: number): number => {
    const [n, m] = [ownWeight * text.length, tokens];
    let p = (n * ownModel.base[id]! + m * inParent([], id)) / (n + m);
    for (let length = 1; length <= context.length; length++) {
      const last = context.slice(-length);
      const here = sharesAfter(ownModel, last);
      const ids = last.map(parentId);
      const before = ids.includes(null) ? new Map<number, number>() : sharesAfter(parent.model, ids as number[]); // prettier-ignore
      if (here.size + before.size === 0) continue;
      const [n, m] = [ownWeight * occurrences(text, last), timesBefore(last)];
      const shareOf = (id: number) => (n * (here.get(id) ?? 0) + m * (before.get(parentId(id) ?? -1) ?? 0)) / (n + m); // prettier-ignore
      let rest = 1;
      for (let word = 0; word < N; word++) rest -= shareOf(word);
      p = shareOf(id) + rest * p;
    }
    return p;
  };
  const contexts = Array.from({ length: 40 }, (_, at) => {
    const window = [...text.subarray(17 * at, 17 * at + order - 1)];
    return window.slice(window.lastIndexOf(END) < 0 ? 0 : window.lastIndexOf(END));
  });

  it("agree with the formula but for the rounding of shares", () => {
    for (const context of [...contexts, []]) {
      for (let id = 0; id < N; id++) {
        const p = ngramProbability(model, model.lookUp(context), id);
        expect(Math.abs(p / expected(context, id) - 1)).toBeLessThan(CODE_TOLERANCE);
      }
    }
  });

  it("share out 1", () => {
    for (const context of contexts) {
      let sum = 0;
      for (let id = 0; id < N; id++) sum += ngramProbability(model, model.lookUp(context), id);
      expect(Math.abs(sum - 1)).toBeLessThan(SUM_TOLERANCE);
    }
  });
});

describe("what others may have of merged n-grams", () => {
  it("is nothing that one document alone has, nor what the parent has behind that", () => {
    const words = vocabularyOf(WORDS);
    const id = (word: number) => word + 2;
    const pattern = Array.from({ length: 60 }, (_, at) => [id(1), id(2), id(3), END][at % 4]!);
    const old = Int32Array.from([...makeText(words.size, 2_000, 5), END, ...pattern]);
    const tables: NgramTables = packNgrams(estimate(old, words.size, 3).estimated, ALL);
    const inherited = { tables, words: vocabularyOf(WORDS, old) };
    // the first document alone has 1 2, both have 4 5
    const text = Int32Array.of(id(1), id(2), END, id(4), id(5), END, id(4), id(5), END);
    const own = estimate(text, words.size, 3, Int32Array.of(0, 6));
    const merged = mergeNgrams(own, inherited, words, 1);
    const all = new NgramModel(packNgrams(merged, ALL), END);
    const several = new NgramModel(packNgrams(merged, { ...ALL, holders: merged.holders }), END);
    expect(sharesAfter(all, [id(1)]).get(id(2))).toBeGreaterThan(0);
    expect(sharesAfter(all, [id(1), id(2)]).get(id(3))).toBeGreaterThan(0);
    expect(sharesAfter(several, [id(1)]).has(id(2))).toBe(false);
    expect(sharesAfter(several, [id(1), id(2)]).size).toBe(0);
    expect(sharesAfter(several, [id(2)]).get(id(3))).toBeGreaterThan(0);
    expect(sharesAfter(several, [id(4)]).get(id(5))).toBeGreaterThan(0);
  });
});
