import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { encodeText, readCorpus } from "#training/data/corpus";
import { readTokens } from "#training/data/read-tokens";
import { findSources } from "#training/data/text-source";
import type { TextSource } from "#training/data/text-source";

const prose = findTokenizer("text");
const spaced = findTokenizer("whitespace");

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "corpus-"))));
afterAll(() => rm(folder, { recursive: true }));

async function writeSplits(name: string, files: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
  return path;
}

function sourceOf(pieces: (string | Uint8Array)[]): TextSource {
  const parts = pieces.map((piece) =>
    typeof piece === "string" ? new TextEncoder().encode(piece) : piece,
  );
  return {
    name: "sample",
    bytes: parts.reduce((sum, { length }) => sum + length, 0),
    async *open() {
      yield* parts;
    },
  };
}

async function wordsOf(source: TextSource): Promise<string> {
  const words: string[] = [];
  for await (const { tokens } of readTokens(source, prose))
    words.push(...tokens.map(({ word }) => word));
  return words.join(" ");
}

describe("a corpus that comes split", () => {
  it("makes the vocabulary of the training text alone and counts every line's end", async () => {
    const path = await writeSplits("split", {
      "x.train.txt": " a b a \n b a \n",
      "x.valid.txt": " a z \n",
      "x.test.txt": " b \n",
    });
    const corpus = await readCorpus(await findSources(path), spaced, 100);
    expect(corpus.vocabulary.entries.map(({ word }) => word)).toEqual(["<unk>", "<eos>", "a", "b"]);
    expect([...corpus.splits.train.ids]).toEqual([2, 3, 2, 1, 3, 2, 1]);
    expect([...corpus.splits.valid.ids]).toEqual([2, 0, 1]);
    expect([...corpus.splits.test.ids]).toEqual([3, 1]);
  });

  it("reads one split, or all, under a vocabulary that exists", async () => {
    const path = join(folder, "split");
    const { vocabulary } = await readCorpus(await findSources(path), spaced, 100);
    const sources = await findSources(path);
    const valid = await encodeText(sources, spaced, { vocabulary, split: "valid" });
    const all = await encodeText(sources, spaced, { vocabulary, split: "all" });
    expect([...valid.ids]).toEqual([2, 0, 1]);
    expect(all.ids.length).toBe(12);
  });
});

describe("a corpus of one file", () => {
  it("holds out a twentieth each to choose by and to test", async () => {
    const path = join(folder, "whole.txt");
    await writeFile(path, "Some words make a sentence here. ".repeat(2_000));
    const { splits } = await readCorpus(await findSources(path), prose, 100);
    const total = Object.values(splits).reduce((sum, { ids }) => sum + ids.length, 0);
    expect(total).toBe(2_000 * 8);
    for (const { ids } of [splits.valid, splits.test]) {
      expect(ids.length / total).toBeGreaterThan(0.02);
      expect(ids.length / total).toBeLessThan(0.1);
    }
  });
});

describe("reading", () => {
  it("does not care where the bytes are cut, within a letter or a word", async () => {
    const text = "Wörter, café. Mr. Smith’s\n\nnew day";
    const bytes = new TextEncoder().encode(text);
    const whole = await wordsOf(sourceOf([text]));
    expect(whole).toBe("wörter , café . <eos> mr. smith's <eos> new day <eos>");
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await wordsOf(sourceOf([bytes.subarray(0, cut), bytes.subarray(cut)]))).toBe(whole);
    }
  });

  it("refuses bytes that are not UTF-8, saying where", async () => {
    const source = sourceOf(["fine so far ", new Uint8Array([0xff, 0xfe])]);
    await expect(wordsOf(source)).rejects.toThrow(
      '"sample" is not UTF-8 text, at or after byte 12',
    );
  });

  it("refuses a text that is cut off within a letter", async () => {
    await expect(wordsOf(sourceOf([new Uint8Array([0x61, 0xc3])]))).rejects.toThrow("not UTF-8");
  });

  it("refuses binary", async () => {
    await expect(wordsOf(sourceOf(["a\0b"]))).rejects.toThrow('"sample" looks binary');
  });
});

describe("sources", () => {
  it("says so when the path does not exist", async () => {
    await expect(findSources("no/such/text")).rejects.toThrow('corpus "no/such/text" is neither');
  });

  it("says so when the folder is empty", async () => {
    const path = await writeSplits("empty", {});
    await expect(findSources(path)).rejects.toThrow("holds no files");
  });

  it("holds out whole addresses of the built-in text", async () => {
    const sources = await findSources("sotu");
    if ("whole" in sources) throw new Error("the built-in text must come split");
    expect(sources.valid.length).toBeGreaterThan(3);
    expect(sources.train).not.toContain(sources.valid[0]);
  });
});
