// What is refused before a run's first step, how a run ends that goes wrong, and how one goes on beyond what was asked.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { ObjectStore } from "#registry/object-store";
import { publishRun } from "#registry/publish";
import { localStoreAddress, readStoreAddress } from "#registry/url";
import { createWasmEngine } from "#training/engines/wasm";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import { RunFolder } from "#training/run/folder";
import { listenTo, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

let folder: string;
let corpus: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doors-"));
  corpus = join(folder, "text.txt");
  await writeTinyCorpus(corpus, 300);
});
afterAll(() => rm(folder, { recursive: true }));

interface Changes extends Partial<Omit<TrainOptions, "preset">> {
  model?: Partial<LanguageModelConfig>;
  training?: Partial<TrainingSettings>;
}

function optionsFor(run: string, { model, training, ...changes }: Changes = {}): TrainOptions {
  const options = tinyRun(corpus, new RunFolder(join(folder, run)));
  Object.assign(options.preset.model, model);
  Object.assign(options.preset.training, { batchSize: 10 }, training);
  return { ...options, ...changes };
}

/** Runs, and says what was told. */
async function run(options: TrainOptions) {
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  return { summary: await train(options, listenTo({ onNotice })), notices };
}

async function failureOf(options: TrainOptions): Promise<string> {
  return run(options).then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
}

async function write(name: string, text: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe("before the first step", () => {
  it.each<[string, Changes]>([
    ["nine layers", { model: { layers: 9 } }],
    ["no layers", { model: { layers: 0 } }],
    ["a hidden size of zero", { model: { hiddenSize: 0 } }],
    ["a negative hidden size", { model: { hiddenSize: -5 } }],
    ["half a unit", { model: { hiddenSize: 2.5 } }],
    ["three words", { model: { vocabularySize: 3 } }],
    ["a negative vocabulary", { model: { vocabularySize: -5 } }],
    ["a forget bias beyond all sense", { model: { forgetBias: 1e9 } }],
    ["half an epoch", { training: { epochs: 2.5 } }],
    ["a model that no isolate could hold", { model: { hiddenSize: 4_096, layers: 2 } }],
  ])("%s is refused, and nothing is written", async (name, changes) => {
    let hasTrained = false;
    const createEngine: TrainOptions["createEngine"] = (options) => {
      hasTrained = true;
      return createWasmEngine(options);
    };
    expect(await failureOf(optionsFor(name, { ...changes, createEngine }))).not.toBe(
      "it did not fail",
    );
    expect(hasTrained).toBe(false);
    expect(await readdir(folder)).not.toContain(name);
  });

  it.each([
    ["is not there", "nowhere.txt", undefined],
    ["is empty", "empty.txt", ""],
    ["is no text", "binary.txt", new Uint8Array(99)],
    ["is too small", "small.txt", "Just a few words."],
  ])("a text that %s is refused, and nothing is written", async (_, name, text) => {
    const path = text === undefined ? join(folder, name) : await write(name, text);
    expect(await failureOf(optionsFor(`run of ${name}`, { corpus: path }))).toContain(
      name === "small.txt" ? "too small: " : name,
    );
    expect(await readdir(folder)).not.toContain(`run of ${name}`);
  });

  it("a text of one word that is too few for a model is refused", async () => {
    const text = await write("one-word.txt", "word ".repeat(9_000));
    const options = optionsFor("one word", { corpus: text, tokenizer: "whitespace" });
    expect(await failureOf(options)).toContain(
      "has 3 different tokens, the end of a sentence and <unk> among them; a model needs 4",
    );
    expect(await readdir(folder)).not.toContain("one word");
  });

  it("says that little is held out, and that it trains longer on a small text", async () => {
    const { summary, notices } = await run(
      optionsFor("small", { chooseEpochs: true, training: { epochs: 1, batchSize: 20 } }),
    );
    expect(notices.join("\n")).toMatch(
      /only \d+ tokens are held out for validation and \d+ to test/,
    );
    expect(notices.join("\n")).toMatch(/the text is small: \d+ epochs in place of 1/);
    const steps = summary.losses.at(-1)!.step;
    expect(steps).toBeGreaterThan(300);
    const settings = JSON.parse(await readFile(join(folder, "small", "settings.json"), "utf8"));
    expect(settings.training.epochs).toBe(summary.epochs.length);
  });
});

describe("a run that diverges", () => {
  it.each([50, 1_000])("ends with one sentence, at a learning rate of %i", async (learningRate) => {
    const options = optionsFor(`diverging ${learningRate}`, {
      training: { learningRate, clipNorm: 1e6, epochs: 40 },
    });
    expect(await failureOf(options)).toMatch(
      /^training diverged: the (loss|validation perplexity) .*; lower --learning-rate or --clip/,
    );
  });

  it("keeps its best epoch, of which a model can be made", async () => {
    const options = optionsFor("late", { training: { epochs: 6, maxLrEpoch: 6 } });
    let epochs = 0;
    options.createEngine = async (engineOptions) => {
      const engine = await createWasmEngine(engineOptions);
      const { step, resetTrainingState } = engine;
      engine.resetTrainingState = () => (epochs++, resetTrainingState.call(engine));
      engine.step = (inputs, targets, rate) =>
        step.call(engine, inputs, targets, epochs > 2 ? 1e6 * rate : rate);
      return engine;
    };
    options.preset.training.clipNorm = 1e6;
    expect(await failureOf(options)).toMatch(
      /^training diverged: .*; --resume --finish makes a model of its best epoch so far, [12]$/,
    );
    const { summary } = await run({ ...options, resume: true, finish: true });
    expect(summary.epochs).toHaveLength(2);
    expect(summary.test.perplexity).toBeLessThan(30);
  });
});

describe("a run that goes on", () => {
  it("for more epochs than it was begun with ends as one that was begun with them", async () => {
    const epochs = (count: number) => ({ training: { epochs: count } });
    const whole = await run(optionsFor("four at once", epochs(4)));
    await run(optionsFor("two and two", epochs(2)));
    const { summary } = await run(optionsFor("two and two", { ...epochs(4), resume: true }));
    expect(summary.epochs.map(({ validPerplexity }) => validPerplexity)).toEqual(
      whole.summary.epochs.map(({ validPerplexity }) => validPerplexity),
    );
    expect(summary.test).toEqual(whole.summary.test);
    const again = await run(optionsFor("two and two", { ...epochs(4), resume: true }));
    expect(again.notices.join()).toContain("has finished");
  });

  it("beyond its last step takes more of them", async () => {
    await run(optionsFor("steps", { maxSteps: 5 }));
    const { summary } = await run(optionsFor("steps", { maxSteps: 30, resume: true }));
    expect(summary.losses.at(-1)!.step).toBe(30);
  });

  it("no further makes a model of what a stopped run has learnt", async () => {
    const options = optionsFor("stopped", { training: { epochs: 200 } });
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("stopped by hand"));
    const onEpoch = ({ epoch }: { epoch: number }) => epoch === 2 && stop();
    await expect(
      train({ ...options, signal: controller.signal }, listenTo({ onEpoch })),
    ).rejects.toThrow(
      /: --resume goes on from it; --resume --finish makes a model of its best epoch/,
    );
    const store = new ObjectStore(readStoreAddress(localStoreAddress(9))); // nothing answers there
    await expect(
      publishRun(store, { run: options.files, name: "stopped", threads: 1 }),
    ).rejects.toThrow(
      /has not finished; "afterword train --resume --finish --run .*" makes a model/,
    );
    const { summary } = await run({ ...options, resume: true, finish: true });
    expect(summary.epochs).toHaveLength(2);
    const { metadata } = readMasterFile(await readFile(summary.masterPath));
    expect(metadata.metrics.test_perplexity).toBe(summary.test.perplexity);
  });

  it("is one that is there: nothing cannot be finished", async () => {
    const options = optionsFor("nothing", { resume: true, finish: true });
    expect(await failureOf(options)).toContain("there is no run");
    expect(await readdir(folder)).not.toContain("nothing");
  });
});

describe("a run's folder", () => {
  it.each([
    ["under a file", "text.txt/run", /a part of its path is a file, not a folder/],
    ["that is a file", "text.txt", /text\.txt.*a part of its path is a file, not a folder/],
  ])("%s is refused in words", async (_, path, message) => {
    const options = { ...optionsFor("any"), files: new RunFolder(join(folder, path)) };
    expect(await failureOf(options)).toMatch(message);
  });

  it("whose settings were cut off is refused in words", async () => {
    await mkdir(join(folder, "cut"));
    await write("cut/settings.json", '{"corpus": "te');
    expect(await failureOf(optionsFor("cut", { resume: true }))).toMatch(
      /settings\.json is not JSON: it was cut off or written over$/,
    );
  });
});
