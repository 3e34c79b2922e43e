// Which text is held out: by what stands in it, so that growing, resaving or repeating a text never moves what a model was
// trained on into what it is tested on.

import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import type { HeldOutUnit } from "#training/data/blocks";
import type { CorpusSources, Split, TextSource } from "#training/data/source";
import { splitText } from "#training/data/split-text";
import { findSources } from "#training/data/text-source";

const prose = findTokenizer("text");

function sourceOf(name: string, text: string | Uint8Array, encoding?: string): TextSource {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return {
    name,
    bytes: bytes.length,
    encoding,
    async *open() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

type Words = Record<Split, string> & { unit: HeldOutUnit; notices: string[] };

async function split(sources: CorpusSources, unit?: HeldOutUnit): Promise<Words> {
  const { store, spans, notices, unit: found } = await splitText(sources, prose, { unit });
  const wordsOf = (wanted: Split) =>
    spans
      .filter(({ split }) => split === wanted)
      .map(({ begin, end }) =>
        Array.from({ length: end - begin }, (_, at) => store.spellings[store.at(begin + at)]!.word),
      )
      .flat()
      .join(" ");
  return {
    train: wordsOf("train"),
    valid: wordsOf("valid"),
    test: wordsOf("test"),
    unit: found,
    notices,
  };
}

/** So much of one president's words stands in another's too. */
const BY_CHANCE = 0.03;

const one = (text: string) => ({ whole: [sourceOf("text", text)] });
const sizeOf = (words: string) => (words === "" ? 0 : words.split(" ").length);

/** The runs of eight words in a text that also stand in another, as a share. */
function overlap(words: string, others: string): number {
  const shingles = (text: string) => {
    const all = text.split(" ");
    return all.slice(7).map((_, at) => all.slice(at, at + 8).join(" "));
  };
  const known = new Set(shingles(others));
  const own = shingles(words);
  return own.filter((shingle) => known.has(shingle)).length / Math.max(own.length, 1);
}

let addresses: string[]; // of presidents, one text each
beforeAll(async () => {
  const sources = await findSources("sotu");
  if ("whole" in sources) throw new Error("the built-in text must come split");
  const files = sources.train.slice(0, 40);
  addresses = await Promise.all(files.map(({ name }) => readFile(name, "utf8")));
});

describe("held-out text of one file", () => {
  let text: string;
  beforeAll(() => (text = addresses.join("\n\n").slice(0, 300_000)));

  it("is about a twentieth each for validation and test", async () => {
    const { train, valid, test, unit } = await split(one(text));
    const total = sizeOf(train) + sizeOf(valid) + sizeOf(test);
    expect(unit).toBe("passage");
    for (const heldOut of [valid, test]) {
      expect(sizeOf(heldOut) / total).toBeGreaterThan(0.02);
      expect(sizeOf(heldOut) / total).toBeLessThan(0.1);
    }
  });

  it.each([1_000, 10_000, 100_000, 200_000])(
    "was never trained on when the text was %i characters shorter",
    async (more) => {
      const before = await split(one(text.slice(0, -more)));
      const after = await split(one(text));
      expect(overlap(after.test, before.train)).toBeLessThan(BY_CHANCE);
    },
  );

  it("was hardly trained on when text is put in front or in the middle", async () => {
    const before = await split(one(text.slice(50_000)));
    const after = await split(one(text));
    expect(overlap(after.test, before.train)).toBeLessThan(BY_CHANCE);
    const middle = `${text.slice(0, 90_000)}\n\n${addresses[39]!}\n\n${text.slice(90_000)}`;
    expect(overlap((await split(one(middle))).test, after.train)).toBeLessThan(BY_CHANCE);
  });

  it("is the same with Windows' line ends, with a byte order mark, and in UTF-16", async () => {
    const plain = await split(one(text));
    const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le");
    for (const source of [
      sourceOf("crlf", text.replaceAll("\n", "\r\n")),
      sourceOf("bom", `\uFEFF${text}`),
      sourceOf("utf-16", utf16, "utf-16le"),
    ]) {
      expect(await split({ whole: [source] })).toEqual(plain);
    }
  });

  it("repeats nothing that is trained on, though the text stands there twice", async () => {
    const edited = text.replaceAll(" shall ", " will ").replaceAll(". It ", ". But it ");
    const { train, valid, test } = await split(one(`${text}\n\n${edited}`));
    expect(sizeOf(test)).toBeGreaterThan(1_000);
    expect(overlap(test, train)).toBeLessThan(2 * BY_CHANCE);
    expect(overlap(valid, train)).toBeLessThan(2 * BY_CHANCE);
  });

  it("says so where there is nothing but repetition", async () => {
    const { train, test, notices } = await split(
      one("The state of the union is good. ".repeat(900)),
    );
    expect(sizeOf(test)).toBeGreaterThan(100);
    expect(sizeOf(train)).toBeGreaterThan(sizeOf(test));
    expect(notices.join()).toContain("the text repeats itself");
  });
});

describe("held-out text without marks that end a sentence", () => {
  const words = "hey are you there lol yes where did they go now nobody knows what it was".split(
    " ",
  );
  const pick = (at: number) => words[(at * at * 7 + (at >> 2) * 5 + (at >> 5)) % words.length]!;
  const many = Array.from({ length: 20_000 }, (_, at) => pick(at));
  const lines = (size: number, join = " ") =>
    many.map((word, at) => word + (at % size === size - 1 ? "\n" : join)).join("");

  it.each([
    ["chat lines", lines(4)],
    ["a poem", lines(7).replaceAll("\nhey", "\n\nhey")],
    ["rows of a table", lines(5, ",")],
    ["one word over and over", "hello ".repeat(20_000)],
    ["one paragraph", many.join(" ")],
    ["one word of a megabyte among others", `${many.join(" ")} ${"a".repeat(1_000_000)}`],
    ["a text of forty words", many.slice(0, 40).join(" ")],
  ])("is there: %s", async (_, text) => {
    const { train, valid, test } = await split(one(text));
    expect(sizeOf(valid)).toBeGreaterThan(0);
    expect(sizeOf(test)).toBeGreaterThan(0);
    expect(sizeOf(train)).toBeGreaterThan(sizeOf(test) + sizeOf(valid));
  });

  it("was not trained on when there were fewer lines", async () => {
    const sentences = addresses
      .join(" ")
      .replaceAll(/[.!?…]+/g, "")
      .slice(0, 200_000);
    const text = sentences.replaceAll(/(.{30,60}?) /g, "$1\n");
    const before = await split(one(text.slice(0, 150_000)));
    expect(overlap((await split(one(text))).test, before.train)).toBeLessThan(BY_CHANCE);
  });
});

describe("held-out text of many documents", () => {
  const folder = (texts: string[]) => ({
    whole: texts.map((text, at) => sourceOf(`${at}.txt`, text)),
  });
  const notes = () => addresses.flatMap((text) => text.match(/[^]{1,3000}(?:\s|$)/g)!);

  it("is whole documents, and the same whatever their order", async () => {
    const texts = notes().slice(0, 120);
    const { unit, test } = await split(folder(texts));
    expect(unit).toBe("document");
    const reversed = await split(folder(texts.toReversed()));
    expect(test.split(" ").toSorted()).toEqual(reversed.test.split(" ").toSorted());
    const spans = (await splitText(folder(texts), prose)).spans;
    expect(spans.length).toBeLessThan(texts.length);
  });

  it("was never trained on before documents were added and others grew", async () => {
    const texts = notes();
    const before = await split(folder(texts.slice(0, 150).map((text) => text.slice(0, 2_000))));
    const after = await split(folder(texts.slice(0, 200)));
    expect(overlap(after.test, before.train)).toBeLessThan(BY_CHANCE);
  });

  it("has no copy of a document that is trained on, not even an edited one", async () => {
    const texts = notes().slice(0, 150);
    const copies = texts.map((text) => `Copy of an old note. ${text.replaceAll(" and ", " & ")}`);
    const { train, test, valid } = await split(folder([...texts, ...copies]));
    expect(sizeOf(test)).toBeGreaterThan(1_000);
    expect(overlap(test, train)).toBeLessThan(2 * BY_CHANCE);
    expect(overlap(valid, train)).toBeLessThan(2 * BY_CHANCE);
  });
});
