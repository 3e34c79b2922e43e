// Runs that are interrupted, against one that never was: the same losses and the same bytes of the model.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import type { EngineOptions, TrainingEngine } from "#training/engines/engine";
import { createWasmEngine } from "#training/engines/wasm";
import type { WasmEngine } from "#training/engines/wasm";
import { RunFolder } from "#training/run/folder";
import { train } from "#training/loop/train";
import type { TrainSummary } from "#training/loop/finish-run";
import type { TrainOptions } from "#training/loop/train-options";
import { readEvents } from "./read-events.ts";
import { listenTo, tinyPreset, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

const EPOCHS = 2;
const STEPS = 22; // of an epoch
const SENTENCES = 300;

let folder: string;
let corpus: string;
let whole: TrainSummary;
let wholeMaster: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "resume-"));
  corpus = join(folder, "text.txt");
  await writeTinyCorpus(corpus, SENTENCES);
  whole = await train(optionsFor("whole"), listenTo());
  wholeMaster = await readFile(whole.masterPath);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** With dropout, weight-drop and a sampled softmax, so that their counters matter. */
function optionsFor(run: string, changes: Partial<TrainOptions> = {}): TrainOptions {
  const preset = tinyPreset();
  const drop = { keepProb: 0.8, recurrentKeepProb: 0.9, sampledWords: 12 };
  Object.assign(preset.training, { batchSize: 10, epochs: EPOCHS, ...drop });
  return { ...tinyRun(corpus, new RunFolder(join(folder, run))), preset, ...changes };
}

type Watch = (engine: TrainingEngine, steps: number) => void;

/** An engine that calls back before each step. */
function watched(before: Watch): TrainOptions["createEngine"] {
  return async (options: EngineOptions) => {
    const engine = await createWasmEngine(options);
    const step = engine.step.bind(engine);
    let steps = 0;
    engine.step = (...batch) => {
      before(engine, ++steps);
      return step(...batch);
    };
    return engine;
  };
}

/** Trains until that many steps were taken, then as after Ctrl-C. */
async function trainUntil(step: number, options: TrainOptions): Promise<void> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("stopped by hand"));
  const createEngine = watched((_, steps) => steps === step && stop());
  const run = train({ ...options, createEngine, signal: controller.signal }, listenTo());
  await expect(run).rejects.toThrow(/^stopped by hand; the last checkpoint, after step \d+, is /);
}

async function goOn(options: TrainOptions): Promise<{ summary: TrainSummary; notices: string[] }> {
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  return { summary: await train({ ...options, resume: true }, listenTo({ onNotice })), notices };
}

async function expectWhole(summary: TrainSummary): Promise<void> {
  const { losses, epochs, test } = summary;
  expect(epochs).toHaveLength(EPOCHS);
  expect(losses).toHaveLength(EPOCHS * STEPS);
  expect(losses).toEqual(whole.losses);
  expect(epochs.map(withoutTimes)).toEqual(whole.epochs.map(withoutTimes));
  expect(test).toEqual(whole.test);
  expect((await readFile(summary.masterPath)).equals(wholeMaster)).toBe(true);
}

function withoutTimes(measured: object): object {
  return { ...measured, seconds: undefined, words_per_second: undefined };
}

async function readMetrics(run: string): Promise<object[]> {
  const lines = (await readFile(join(folder, run, "metrics.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => withoutTimes(JSON.parse(line)));
}

/** The steps from which TensorBoard is told that the curves are new. */
async function readRestarts(run: string): Promise<number[]> {
  const names = (await readdir(join(folder, run))).filter((name) => name.includes("tfevents"));
  const files = await Promise.all(names.map((name) => readFile(join(folder, run, name))));
  const events = files.flatMap((file) => readEvents(file));
  return events.filter(({ isRestart }) => isRestart).map(({ step }) => step);
}

describe("a run that was stopped", () => {
  it.each([STEPS, STEPS + 7])("at step %i goes on as if it had not been", async (step) => {
    const options = optionsFor(`stopped-${step}`);
    await trainUntil(step, options);
    const { summary, notices } = await goOn(options);
    expect(notices.join()).toContain(`goes on after step ${step}`);
    await expectWhole(summary);
    expect(await readMetrics(`stopped-${step}`)).toEqual(await readMetrics("whole"));
    expect(await readRestarts(`stopped-${step}`)).toEqual([step + 1]);
  });

  it("at every seventeenth step still ends the same", async () => {
    const options = optionsFor("many-stops");
    for (let done = 0; done + 17 < EPOCHS * STEPS; done += 17) {
      await trainUntil(17, { ...options, resume: done > 0 });
    }
    const { summary } = await goOn(options);
    await expectWhole(summary);
    expect(await readMetrics("many-stops")).toEqual(await readMetrics("whole"));
  });

  it.each([
    ["scored the validation text", "onEvaluating"],
    ["was about to score the test text", "onEpoch"],
  ])("while it %s ends the same", async (_, event) => {
    const options = optionsFor(event);
    const controller = new AbortController();
    let calls = 0;
    const stop = () => ++calls === EPOCHS && controller.abort(new Error("stopped by hand"));
    const stopped = train({ ...options, signal: controller.signal }, listenTo({ [event]: stop }));
    await expect(stopped).rejects.toThrow("stopped by hand");
    await expectWhole((await goOn(options)).summary);
  });

  it("goes on with the average of its weights", async () => {
    const optionsOf = (run: string) => {
      const options = optionsFor(run);
      // a rate at which the mean is better than the last step's weights, and a sampled softmax diverges
      Object.assign(options.preset.training, {
        epochs: 4,
        learningRate: 4,
        averaging: true,
        sampledWords: 0,
      });
      return options;
    };
    const uninterrupted = await train(optionsOf("averaging"), listenTo());
    const averaged = uninterrupted.epochs.map(({ averagedSteps }) => averagedSteps);
    expect(Math.max(...averaged)).toBeGreaterThan(STEPS); // over more than an epoch
    const options = optionsOf("averaging-stopped");
    await trainUntil(2 * STEPS + 7, options);
    const { summary } = await goOn(options);
    expect(summary.epochs.map(withoutTimes)).toEqual(uninterrupted.epochs.map(withoutTimes));
    expect(summary.test).toEqual(uninterrupted.test);
    const [again, once] = [summary, uninterrupted].map((run) => readFile(run.masterPath));
    expect((await again!).equals(await once!)).toBe(true);
  });

  it("goes on without the model that it had gone on from", async () => {
    const from = { version: "parent", master: readMasterFile(wholeMaster) };
    const uninterrupted = await train(optionsFor("child", { from }), listenTo());
    expect(uninterrupted.epochs[0]!.trainPerplexity).toBeLessThan(whole.epochs[0]!.trainPerplexity);
    const options = optionsFor("child-stopped", { from });
    await trainUntil(STEPS + 7, options);
    const { summary } = await goOn({ ...options, from: undefined });
    expect(summary.parent).toEqual(uninterrupted.parent);
    const weightsOf = async (run: TrainSummary) =>
      readMasterFile(await readFile(run.masterPath)).weights;
    expect(await weightsOf(summary)).toEqual(await weightsOf(uninterrupted));
  });

  it("before its first checkpoint begins again from the model that it had gone on from", async () => {
    const from = { version: "parent", master: readMasterFile(wholeMaster) };
    const uninterrupted = await train(optionsFor("child-again", { from }), listenTo());
    const options = optionsFor("child-at-once", { from });
    const controller = new AbortController();
    const onEvaluating = () => controller.abort(new Error("stopped by hand")); // at first its parent
    const stopped = train({ ...options, signal: controller.signal }, listenTo({ onEvaluating }));
    await expect(stopped).rejects.toThrow("stopped by hand");
    const { summary } = await goOn({ ...options, from: undefined });
    const [again, once] = [summary, uninterrupted].map((run) => readFile(run.masterPath));
    expect((await again!).equals(await once!)).toBe(true);
  });

  it("goes on with another number of threads, and says so", async () => {
    const options = optionsFor("threads");
    await trainUntil(20, options);
    const { summary, notices } = await goOn({ ...options, threads: 2 });
    expect(notices).toContainEqual(expect.stringContaining("began with 1 threads"));
    await expectWhole(summary);
  });
});

describe("a run whose thread died", () => {
  it("ends with one error and goes on from its last checkpoint", async () => {
    const createEngine = watched((engine, steps) => {
      if (steps === STEPS + 5) void (engine as WasmEngine).pool.workers[0]!.terminate();
    });
    const options = optionsFor("lost-thread", { checkpointMinutes: 0 });
    await expect(train({ ...options, createEngine }, listenTo())).rejects.toThrow(
      `training thread 1 of 1 ended unexpectedly; the step is lost, go on from the last checkpoint; ` +
        `the last checkpoint, after step ${STEPS + 4}, is`,
    );
    await expectWhole((await goOn(options)).summary);
  });
});

describe("a run with damaged checkpoints", () => {
  const checkpointsOf = async (run: string) =>
    (await readdir(join(folder, run))).filter((name) => /^checkpoint-.*tensors$/.test(name)).sort();

  it("goes on from the one before, and says so", async () => {
    const options = optionsFor("damaged");
    await trainUntil(STEPS + 2, options);
    await trainUntil(3, { ...options, resume: true });
    await flipByte(join(folder, "damaged", (await checkpointsOf("damaged")).at(-1)!));
    const { summary, notices } = await goOn(options);
    expect(notices[0]).toMatch(
      /^checkpoint .* is damaged: .* instead of .*; taking the one before$/,
    );
    expect(notices[1]).toContain(`goes on after step ${STEPS + 2}`);
    await expectWhole(summary);
  });

  it("begins again where none is whole", async () => {
    const options = optionsFor("all-damaged");
    await trainUntil(9, options);
    for (const name of await checkpointsOf("all-damaged")) {
      await flipByte(join(folder, "all-damaged", name));
    }
    const { summary, notices } = await goOn(options);
    expect(notices.join()).toContain("has no whole checkpoint and begins with its first step");
    await expectWhole(summary);
    expect(await readMetrics("all-damaged")).toEqual(await readMetrics("whole"));
  });
});

describe("what cannot go on", () => {
  it("is a run that nobody asked to", async () => {
    await expect(train(optionsFor("whole"), listenTo())).rejects.toThrow(
      `"${join(folder, "whole")}" holds a run already; go on with it by --resume`,
    );
    expect((await readFile(whole.masterPath)).equals(wholeMaster)).toBe(true);
  });

  it("is a run that has finished: it says again what it said", async () => {
    const { summary, notices } = await goOn(optionsFor("whole"));
    expect(summary).toEqual(whole);
    expect(notices.join()).toContain("has finished");
  });

  it("is a run with other settings, and each is named", async () => {
    const options = optionsFor("settings");
    await trainUntil(5, options);
    const { preset } = optionsFor("");
    preset.model.hiddenSize = 24;
    preset.training.lrDecay = 0.7;
    await expect(goOn({ ...options, preset })).rejects.toThrow(
      "the run began with other settings: --hidden-size is 24 and was 20, --lr-decay is 0.7 and was 0.5",
    );
  });

  it("is a run on another text", async () => {
    const options = optionsFor("text");
    await trainUntil(5, options);
    const other = join(folder, "other.txt");
    await writeTinyCorpus(other, SENTENCES + 5);
    await expect(goOn({ ...options, corpus: other })).rejects.toThrow(
      "is not the one that the run began with; to go on from what it has learnt, begin another run with --from",
    );
  });
});

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
}
