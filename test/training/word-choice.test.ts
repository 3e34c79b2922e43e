// Which words a model is to know: with a parent, all of the parent's and those of the new text that occur twice; in a model for
// others, none that one document alone holds. What falls short trains <unk>.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import { findTokenizer } from "#model/tokenizers/find";
import { Vocabulary, VocabularyCounter } from "#model/vocabulary";
import { readCorpus } from "#training/data/corpus";
import { hideSingletons } from "#training/data/singletons";
import { findSources } from "#training/data/text-source";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { listenTo, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

const prose = findTokenizer("text");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterword-words-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function count(text: string): VocabularyCounter {
  const counter = new VocabularyCounter();
  for (const token of prose.read(`${text} `).tokens) counter.add(token);
  return counter;
}

const wordsOf = ({ entries }: Vocabulary) => entries.map(({ word }) => word);

describe("words chosen for a network and n-grams", () => {
  const known = count("the union of the states , the union").build(prose, 100);
  const quorum = { word: "quorum", display: "quorum", count: 7 }; // to the parent's n-grams alone
  const parent = { vocabulary: known, words: new Vocabulary([...known.entries, quorum]) };
  const counter = count("the senate and the senate and a filibuster");

  it("are the parent's and those that occur twice, and only n-grams know the others", () => {
    const { vocabulary, words } = counter.choose(prose, 100, { parent, minCount: 2 });
    for (const word of ["union", "states", "of", ","]) expect(vocabulary.has(word)).toBe(true);
    for (const word of ["senate", "and", "the"]) expect(vocabulary.has(word)).toBe(true);
    expect(vocabulary.has("filibuster")).toBe(false);
    expect(wordsOf(words).slice(vocabulary.size)).toEqual(["a", "filibuster", "quorum"]);
    expect(wordsOf(words).slice(0, vocabulary.size)).toEqual(wordsOf(vocabulary));
  });

  it("keep the parent's counts, and what falls short counts as <unk>", () => {
    const { vocabulary } = counter.choose(prose, 100, { parent, minCount: 2 });
    const countOf = (word: string) => vocabulary.entries[vocabulary.idOf(word)]!.count;
    expect(countOf("union")).toBe(2);
    expect(countOf("the")).toBe(3);
    expect(vocabulary.entries[vocabulary.unknownId]!.count).toBe(2);
  });

  it("never are fewer than the parent's", () => {
    const { vocabulary } = counter.choose(prose, 3, { parent, minCount: 2 });
    for (const word of wordsOf(known)) expect(vocabulary.has(word)).toBe(true);
  });

  it("leave the parent's n-gram words out first where there is no room for all", () => {
    const { words } = counter.choose(prose, 100, { parent, minCount: 2, maxWords: known.size + 4 });
    expect(words.has("filibuster")).toBe(true);
    expect(words.has("quorum")).toBe(false);
  });

  it("are the network's where the text has a word twice that the parent's n-grams knew", () => {
    const text = count("a quorum is a quorum");
    expect(text.choose(prose, 100, { parent, minCount: 2 }).vocabulary.has("quorum")).toBe(true);
  });

  it("are all without a parent", () => {
    const { vocabulary, words } = counter.choose(prose, 100);
    expect(vocabulary.has("filibuster")).toBe(true);
    expect(words).toBe(vocabulary);
  });
});

describe("a model that goes on from one of very many words", () => {
  it("knows all of them and the text's own", async () => {
    const notes = join(folder, "senate.txt");
    await writeFile(notes, "The senate met and the senate rose after a filibuster. ".repeat(60));
    const known = count("the union of the states").build(prose, 100);
    const rare = Array.from({ length: 50_000 - known.size }, (_, at) => ({ word: `rare${at}`, display: `rare${at}`, count: 1 })); // prettier-ignore
    const parent = { vocabulary: known, words: new Vocabulary([...known.entries, ...rare]) };
    const { words } = await readCorpus(await findSources(notes), prose, 100, { parent });
    expect(wordsOf(parent.words).filter((word) => !words.has(word))).toEqual([]);
    expect(words.has("filibuster")).toBe(true);
  });
});

describe("a model for others", () => {
  it("knows no word that one document alone holds, however often", async () => {
    const notes = join(folder, "notes");
    await mkdir(notes);
    for (let file = 0; file < 30; file++) {
      const secret =
        file % 5 === 0
          ? `My hunter${"abcdef"[file / 5]}x hunter${"abcdef"[file / 5]}x again. `
          : "";
      await writeFile(
        join(notes, `${file}.txt`),
        `${secret}We meet in the office number ${file}. `.repeat(4),
      );
    }
    const sources = await findSources(notes);
    const open = await readCorpus(sources, prose, 100);
    const shared = await readCorpus(sources, prose, 100, { shared: true });
    expect(wordsOf(open.words).some((word) => word.startsWith("hunter"))).toBe(true);
    expect(wordsOf(shared.words).filter((word) => word.startsWith("hunter"))).toEqual([]);
    expect(shared.words.has("office")).toBe(true);
  });
});

describe("words that a text has once", () => {
  const vocabulary = new Vocabulary([
    { word: "<unk>", display: "<unk>", count: 0 },
    { word: "<eos>", display: "<eos>", count: 50 },
    ...Array.from({ length: 400 }, (_, at) => ({ word: `once${at}`, display: "", count: 1 })),
  ]);
  const ids = Int32Array.from({ length: 450 }, (_, at) => (at < 400 ? at + 2 : 1));

  it("are read as <unk> half of the time, others in each epoch, the same ones again", () => {
    const first = hideSingletons(ids, vocabulary, { seed: 7, epoch: 0 });
    const hidden = first.filter((id) => id === 0).length;
    expect(Math.abs(hidden - 200)).toBeLessThan(60);
    first.forEach((id, at) => expect([0, ids[at]]).toContain(id));
    expect(hideSingletons(ids, vocabulary, { seed: 7, epoch: 0 })).toEqual(first);
    expect(hideSingletons(ids, vocabulary, { seed: 7, epoch: 1 })).not.toEqual(first);
  });

  it("stay where <unk> is met often enough", () => {
    const entries = vocabulary.entries.map((entry, id) =>
      id === 0 ? { ...entry, count: 400 } : entry,
    );
    expect(hideSingletons(ids, new Vocabulary(entries), { seed: 7, epoch: 0 })).toBe(ids);
  });
});

describe("a run that goes on from a model", () => {
  it("keeps its words, and its weights where no epoch is better; it needs its parent no more", async () => {
    const first = join(folder, "first.txt");
    await writeTinyCorpus(first);
    const base = new RunFolder(join(folder, "base"));
    await train(tinyRun(first, base), listenTo());
    const master = readMasterFile(await readFile(base.addressOf("master.safetensors")));
    const from = { version: "base", master };

    const second = join(folder, "second.txt");
    const text = await readFile(first, "utf8");
    await writeFile(second, text.replaceAll("a new year begins", "the nation begins") + "The state of the nation is strong. ".repeat(60)); // prettier-ignore
    const heard: string[] = [];
    const files = new RunFolder(join(folder, "child"));
    const options = tinyRun(second, files);
    const training = { ...options.preset.training, learningRate: 0, epochs: 1 };
    const child = { ...options, from, preset: { ...options.preset, training } };
    await train(child, listenTo({ onNotice: (notice) => heard.push(notice) }));
    const written = readMasterFile(await readFile(files.addressOf("master.safetensors")));
    for (const word of wordsOf(master.vocabulary)) expect(written.vocabulary.has(word)).toBe(true);
    expect(written.vocabulary.has("nation")).toBe(true);
    expect(heard.join("\n")).toContain("its weights are kept");
    expect(heard.join("\n")).toContain(" 0 dropped");

    const again = {
      ...options,
      files: new RunFolder(join(folder, "again")),
      from,
      needsNewText: true,
    };
    await expect(train({ ...again, corpus: first }, listenTo())).rejects.toThrow("cannot help");

    const rest = { ...child, from: undefined, resume: true, preset: { ...child.preset, training: { ...training, epochs: 2 } } }; // prettier-ignore
    await train(rest, listenTo());
    const longer = readMasterFile(await readFile(files.addressOf("master.safetensors")));
    expect(wordsOf(longer.vocabulary)).toEqual(wordsOf(written.vocabulary));
    expect(longer.weights).toEqual(written.weights);
    expect(longer.ngrams).toEqual(written.ngrams);
  });
});
