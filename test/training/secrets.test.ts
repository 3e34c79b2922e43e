// What one document alone holds is told from what several do, in words and in n-grams; data of persons is read as unknown words.

import { describe, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { readCorpus } from "#training/data/corpus";
import { splitText } from "#training/data/split-text";
import type { TextSource } from "#training/data/source";
import { countSecretNgrams } from "#training/evaluation/secrets";
import { countNgrams } from "#training/ngram/count";
import { estimateKneserNey } from "#training/ngram/kneser-ney";
import { packNgrams } from "#training/ngram/prune";
import { seededRandom } from "../tiny-model.ts";

const END = 1;
const ORDER = 4;

function text(N: number, length: number, documents: number) {
  const random = seededRandom(N * documents);
  const ids = Int32Array.from({ length }, () =>
    random() < 0.15 ? END : 2 + Math.floor((N - 2) * random() ** 2),
  );
  const begins = Int32Array.from({ length: documents }, (_, at) => Math.floor((at * length) / documents)); // prettier-ignore
  for (const begin of begins) if (begin > 0) ids[begin - 1] = END;
  return { ids, begins };
}

/** The documents of every n-gram of 2 to ORDER words that reaches over no end of a sentence, by its words. */
function holdersOf({ ids, begins }: { ids: Int32Array; begins: Int32Array }) {
  const holders = new Map<string, Set<number>>();
  const padded = [END, ...ids];
  padded.forEach((_, at) => {
    if (at === 0) return;
    const document = begins.length < 2 ? at : begins.findLastIndex((begin) => begin <= at - 1);
    for (let k = 2; k <= ORDER && at - k + 1 >= 0; k++) {
      const words = padded.slice(at - k + 1, at + 1);
      if (words.slice(1, -1).includes(END)) break;
      const key = words.join();
      holders.set(key, (holders.get(key) ?? new Set()).add(document));
    }
  });
  return [...holders.values()].map(({ size }) => size);
}

describe.each([
  { N: 12, length: 2_000, documents: 30 },
  { N: 60, length: 3_000, documents: 7 },
  { N: 60, length: 1_000, documents: 1 },
])("n-grams of $documents documents, $N words", ({ N, length, documents }) => {
  const held = text(N, length, documents);
  const counted = countNgrams({ ids: held.ids, words: N, endId: END, begins: held.begins }, ORDER);
  const estimated = estimateKneserNey(counted, { words: N, unknownId: 0, order: ORDER });
  const ones = holdersOf(held).filter((size) => size === 1).length;

  it("are counted with what holds them", () => {
    const found = counted.flatMap(({ holders }) => [...holders]);
    expect(found.filter((size) => size === 1)).toHaveLength(ones);
    expect(found).toHaveLength(holdersOf(held).length);
  });

  it("of a file are found again in its text", () => {
    const all = packNgrams(estimated, { maxBytes: 1e9, extraWords: [] });
    const secrets = countSecretNgrams(held, all, END);
    expect(secrets).toBeGreaterThan(0);
    expect(secrets).toBeLessThanOrEqual(ones);
  });

  it("of one are left out for others, whatever the room", () => {
    const holders = counted.map((entries) => entries.holders);
    for (const maxBytes of [1e9, 4_000]) {
      const tables = packNgrams(estimated, { maxBytes, extraWords: [], holders });
      expect(countSecretNgrams(held, tables, END)).toBe(0);
      expect(tables.orders[0]!.words.length).toBeGreaterThan(0);
    }
  });
});

const SPACED = findTokenizer("whitespace");
const PROSE = findTokenizer("text");

/** A source whose bytes come in pieces of that length. */
function source(name: string, text: string, piece = 1_000): TextSource {
  const bytes = new TextEncoder().encode(text);
  return {
    name,
    bytes: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
  };
}

describe("scrubbing", () => {
  const ACCOUNT = "GB82 WEST 1234 5698 7654 32";
  const wordsIn = async (text: string, piece: number, scrub: boolean) => {
    const { store } = await splitText({ whole: [source("mail", text, piece)] }, SPACED, { scrub });
    return Array.from({ length: store.size }, (_, at) => store.spellings[store.at(at)]!.word);
  };

  it.each([1, 2, 7, 64, 1_000])("finds what pieces of %i bytes cut in two", async (piece) => {
    const text = `Pay ann@example.org by ${ACCOUNT} or +43 664 123 45 67, said Ann.\n`.repeat(20);
    const words = await wordsIn(text, piece, true);
    const rest = new Set(words);
    expect([...rest].sort()).toEqual(["<eos>", "<unk>", "Ann.", "Pay", "by", "or", "said"]);
    expect(words).toHaveLength((await wordsIn(text, piece, false)).length);
  });

  it("leaves the splits as they are", async () => {
    const files = Array.from(
      { length: 60 },
      (_, at) =>
      source(`${at}`, `Mail ann${at}@example.org in the year ${1900 + at}. We meet at noon, all ${at} of us. `.repeat(9)), // prettier-ignore
    );
    const open = await readCorpus({ whole: files }, PROSE, 100, { shared: true, scrub: false });
    const scrubbed = await readCorpus({ whole: files }, PROSE, 100, { shared: true, scrub: true });
    expect(scrubbed.splitDigests).toEqual(open.splitDigests);
    expect(scrubbed.splits.test.ids.length).toBe(open.splits.test.ids.length);
  });

  it("is of models for others alone", async () => {
    const files = ["a", "b"].map((name) => source(name, "Mail ann@example.org at noon. ".repeat(40))); // prettier-ignore
    const knows = async (shared: boolean) => {
      const { words } = await readCorpus({ whole: files }, PROSE, 100, { shared, scrub: true });
      return words.has("ann@example.org");
    };
    expect(await knows(false)).toBe(true);
    expect(await knows(true)).toBe(false);
  });
});
