// A model that goes on under another text does not forget the text of before, where that is still there and may be read.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import { findTokenizer } from "#model/tokenizers/find";
import { encodeText, readCorpus } from "#training/data/corpus";
import { findLocalText } from "#training/data/known-text";
import type { KnownText } from "#training/data/known-text";
import type { CorpusManifest } from "#training/data/manifest";
import { readReplay, withReplay } from "#training/data/replay";
import type { ReplayOptions } from "#training/data/replay";
import { findSources } from "#training/data/text-source";
import { createWasmEngine } from "#training/engines/wasm";
import { evaluateText } from "#training/evaluation/evaluation";
import { readKnownTexts } from "#training/loop/replay";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import type { Parent } from "#training/loop/warm-start";
import { RunFolder } from "#training/run/folder";
import { listenTo, tinyPreset, tinyRun } from "./tiny-run.ts";

const MIN_FORGETTING = 1.5; // of what a model knew, in times its perplexity, without a replay; with one it is less
const words = "we they people senate house peace work year law state union bill vote".split(" ");
const old = "apple pear plum cherry fig lemon quince melon grape peach lime kiwi date".split(" ");

/** Sentences of these words, each about as likely after each. */
function sentences(of: string[], count: number, seed: number): string {
  let state = seed;
  const next = () => of[(state = (state * 48_271) % 2_147_483_647) % of.length]!;
  return Array.from({ length: count }, () => `${next()} the ${next()} and ${next()} of ${next()}. `).join(""); // prettier-ignore
}

let folder: string;
let known: string; // the folder with the parent's text
let fresh: string; // with the new text
let parent: Parent;
let runs = 0;
const newRun = () => new RunFolder(join(folder, `run-${++runs}`));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-"));
  [known, fresh] = [join(folder, "known"), join(folder, "fresh")];
  await Promise.all([mkdir(known), mkdir(fresh)]);
  await writeKnown();
  await writeFile(join(fresh, "mail.txt"), sentences(words, 300, 3));
  parent = await goOn({ corpus: known, files: newRun() });
}, 60_000);
beforeEach(writeKnown);
afterAll(() => rm(folder, { recursive: true }));

async function writeKnown(): Promise<void> {
  await writeFile(join(known, "fruit.txt"), sentences(old, 300, 1));
  await writeFile(join(known, "more.txt"), sentences(old, 150, 2));
}

interface Child extends Parent {
  notices: string[];
  steps: number;
  manifest: CorpusManifest;
}

/** Trains, and reads what came of it as a parent of others. */
async function goOn(options: Partial<TrainOptions> & Pick<TrainOptions, "files">): Promise<Child> {
  const notices: string[] = [];
  let steps = 0;
  const reporter = listenTo({
    onNotice: (notice) => notices.push(notice),
    onStep: (progress) => (steps = progress.steps),
  });
  const preset = tinyPreset();
  Object.assign(preset.training, { batchSize: 10, epochs: 3 });
  const summary = await train({ ...tinyRun(fresh, options.files), preset, ...options }, reporter);
  const master = readMasterFile(await readFile(summary.masterPath));
  const texts = await readKnownTexts(options.files, master);
  const manifest = JSON.parse(await readFile(options.files.addressOf("manifest.json"), "utf8")) as CorpusManifest; // prettier-ignore
  return { version: "parent", master, texts, notices, steps, manifest };
}

const replays = ({ notices }: Child) => notices.filter((notice) => notice.startsWith("replays "));

describe("a run that goes on from a model under another text", () => {
  it("replays the model's text, and forgets less of it", async () => {
    const [without, replaying] = [
      await goOn({ files: newRun(), from: { ...parent, texts: [] } }),
      await goOn({ files: newRun(), from: parent }),
    ];
    expect(replays(without)).toEqual([]);
    expect(replays(replaying)).toEqual([
      expect.stringMatching(/^replays \d+ words an epoch of the text of model parent, so that it is not forgotten: \d+ words of 2 files that this text lacks; --without leaves one out$/), // prettier-ignore
    ]);
    expect(replaying.steps).toBeGreaterThan(1.8 * without.steps);
    expect(replaying.manifest.replayed!.map(({ key }) => key)).toEqual(["fruit.txt", "more.txt"]);
    const [forgetful, faithful] = [await perplexityOf(without), await perplexityOf(replaying)];
    const before = await perplexityOf(parent);
    expect(forgetful).toBeGreaterThan(MIN_FORGETTING * before);
    expect(faithful).toBeLessThan(MIN_FORGETTING * before);
  });

  it("says and does nothing where its text has all of the model's, by whatever names", async () => {
    const grown = join(folder, "grown");
    await mkdir(grown);
    await writeFile(join(grown, "a.txt"), await readFile(join(known, "fruit.txt")));
    await writeFile(join(grown, "b.txt"), await readFile(join(known, "more.txt")));
    await writeFile(join(grown, "new.txt"), sentences(words, 150, 4));
    const files = newRun();
    const child = await goOn({ corpus: grown, files, from: parent });
    expect(replays(child)).toEqual([]);
    expect(child.manifest).not.toHaveProperty("replayed");
    expect(await files.list()).not.toContain("replay.json");
  });

  it("hands on what it replayed to the model after it", async () => {
    const child = await goOn({ files: newRun(), from: parent });
    const corpus = join(folder, "third.txt");
    await writeFile(corpus, sentences(words, 150, 5));
    const grandchild = await goOn({ corpus, files: newRun(), from: child });
    expect(grandchild.manifest.replayed!.map(({ key }) => key)).toEqual(["mail.txt", "fruit.txt", "more.txt"]); // prettier-ignore
  });
});

/** A model's perplexity of text like its parent's. */
async function perplexityOf({ master }: Parent): Promise<number> {
  const { vocabulary, weights, metadata } = master;
  const held = join(folder, "held.txt");
  await writeFile(held, sentences(old, 100, 6));
  const reading = { vocabulary, split: "all" as const };
  const text = await encodeText(await findSources(held), findTokenizer("text"), reading);
  const { config: model, training } = metadata;
  const engine = await createWasmEngine({ model, training, threads: 1 });
  engine.loadWeights(weights);
  const { perplexity } = await evaluateText(engine, text, { vocabulary, tokenizer: "text" });
  await engine.close();
  return perplexity;
}

describe("a run that was interrupted", () => {
  it("replays the same when it goes on, without its parent", async () => {
    const whole = await goOn({ files: newRun(), from: parent });
    const files = newRun();
    await interrupt(files);
    const child = await goOn({ files, resume: true });
    expect(child.master.weights).toEqual(whole.master.weights);
  });

  it("is refused where that text is gone, and can be finished all the same", async () => {
    const files = newRun();
    await interrupt(files);
    await rm(join(known, "more.txt"));
    await expect(goOn({ files, resume: true })).rejects.toThrow(
      '"more.txt" of the text that the run replays is gone or changed, so that it cannot go on as it began; ' +
        "--resume --finish makes a model of what it has learnt",
    );
    await goOn({ files, resume: true, finish: true });
  });

  async function interrupt(files: RunFolder): Promise<void> {
    const controller = new AbortController();
    const preset = tinyPreset();
    Object.assign(preset.training, { batchSize: 10, epochs: 3 });
    const stopping = listenTo({ onEpoch: () => controller.abort(new Error("stopped by hand")) });
    const options = { ...tinyRun(fresh, files), preset, from: parent, signal: controller.signal };
    await expect(train(options, stopping)).rejects.toThrow("stopped by hand");
  }
});

describe("what is replayed", () => {
  const tokenizer = findTokenizer("text");

  async function read(texts: KnownText[], corpus: string, options: Partial<ReplayOptions> = {}) {
    const { vocabulary } = parent.master;
    const words = { vocabulary, words: vocabulary };
    const read = await readCorpus(await findSources(corpus), tokenizer, 100, { parent: words });
    const replay = await readReplay(texts, read, tokenizer, { find: findLocalText, ...options });
    const ids = replay?.ids ?? new Int32Array();
    return {
      files: replay?.texts.flatMap(({ files }) => files.map(({ key }) => key)) ?? [],
      text: Array.from(ids, (id) => read.vocabulary.entries[id]!.word).join(" "),
    };
  } // prettier-ignore

  it("is what lies where it lay, byte for byte", async () => {
    expect((await read(parent.texts!, fresh)).files).toEqual(["fruit.txt", "more.txt"]);
    await writeFile(join(known, "fruit.txt"), sentences(old, 299, 1));
    expect((await read(parent.texts!, fresh)).files).toEqual(["more.txt"]);
    await rm(join(known, "more.txt"));
    expect((await read(parent.texts!, fresh)).files).toEqual([]);
    const [text] = parent.texts!;
    expect((await read([{ ...text!, corpus: join(folder, "nowhere") }], fresh)).files).toEqual([]);
  });

  it("is nothing that its owner leaves out, by name or by pattern", async () => {
    const left = (options: Partial<ReplayOptions>) => read(parent.texts!, fresh, options);
    expect((await left({ without: ["fruit.txt"] })).files).toEqual(["more.txt"]);
    expect((await left({ without: ["corpora/known/fruit.txt"] })).files).toEqual(["more.txt"]);
    expect((await left({ exclude: ["m*.txt"] })).files).toEqual(["fruit.txt"]);
  });

  it("is neither what the model's own text held out nor what the new text does", async () => {
    const { text } = await read(parent.texts!, fresh);
    const split = await readCorpus(await findSources(known), tokenizer, 100);
    expect(text.split(" ").length).toBeLessThanOrEqual(split.splits.train.ids.length);

    const corpus = join(folder, "split");
    await mkdir(corpus);
    const [first, ...others] = sentences(old, 300, 1).split(/(?<=\. )/);
    await writeFile(join(corpus, "train.txt"), sentences(words, 100, 7));
    await writeFile(join(corpus, "valid.txt"), others.slice(0, 40).join(""));
    await writeFile(join(corpus, "test.txt"), others.slice(40, 80).join(""));
    const replayed = (await read(parent.texts!, corpus)).text.split(" <eos> ");
    expect(replayed).toContain(first!.replace(".", "").trim().concat(" ."));
    for (const sentence of others.slice(0, 80)) {
      expect(replayed).not.toContain(sentence.replace(".", "").trim().concat(" ."));
    }
  });

  it("is, of files named by their splits, the training text", async () => {
    const corpus = join(folder, "named");
    await mkdir(corpus);
    for (const [index, name] of ["train.txt", "valid.txt", "test.txt"].entries())
      await writeFile(join(corpus, name), sentences(old, 100, 10 + index));
    const model = await goOn({ corpus, files: newRun() });
    expect((await read(model.texts!, fresh)).files).toEqual(["train.txt"]);
  });
});

describe("an epoch's text", () => {
  const ids = Int32Array.from({ length: 200 }, () => -1);
  const replay = { ids: Int32Array.from({ length: 1_000 }, (_, at) => at) };
  const replayed = (epoch: number) => [...withReplay(ids, replay, epoch)].slice(ids.length);

  it("is the new one and as much of the old, from all over it", () => {
    const first = replayed(0);
    expect(first).toHaveLength(ids.length);
    expect(first.filter((_, at) => at % 10 === 0)).toEqual(Array.from({ length: 20 }, (_, at) => 50 * at)); // prettier-ignore
    expect(replayed(0)).toEqual(first);
  });

  it("is another part of the old in each epoch, until all was read", () => {
    const all = [0, 1, 2, 3, 4].flatMap(replayed);
    expect(new Set(all).size).toBe(replay.ids.length);
    expect(replayed(5).every((id) => id >= 0 && id < replay.ids.length)).toBe(true);
  });

  it("is all of the old where that is less, and the new alone where there is none", () => {
    const short = { ids: replay.ids.subarray(0, 7) };
    expect([...withReplay(ids, short, 0)].slice(ids.length)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(withReplay(ids, null, 0)).toBe(ids);
  });
});
