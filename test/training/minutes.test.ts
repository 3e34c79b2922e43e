// A run that has a number of minutes: the length that fits, that it ends with them, and that it goes on as it began.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { learningRateAt } from "#model/hyper-parameters";
import { changeSettings } from "#model/presets";
import { chooseLength } from "#training/loop/minutes";
import { chooseEpochs } from "#training/loop/run-length";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import { RunFolder } from "#training/run/folder";
import { newProgress, secondsLeft, stepsOfEpoch } from "#training/run/progress";
import { readRunSettings } from "#training/run/settings";
import { listenTo, tinyPreset, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

describe("the length for some minutes", () => {
  const { training } = tinyPreset(); // without dropout
  const pace = { secondsPerStep: 1, validationSeconds: 10 };
  const time = { pace, stepsAnEpoch: 50, tokens: 1_000_000, goesOn: false }; // a minute an epoch

  it("leaves a tenth of them, and the rate falls to a twentieth over the second half", () => {
    const chosen = chooseLength(training, { ...time, minutes: 10 });
    expect(chosen.maxSteps).toBeUndefined();
    expect(chosen.training).toMatchObject({ epochs: 9, maxLrEpoch: 5 });
    expect(learningRateAt(chosen.training, 4)).toBe(training.learningRate);
    expect(learningRateAt(chosen.training, 8)).toBeCloseTo(0.05 * training.learningRate);
  });

  it.each([
    ["without dropout", { keepProb: 1 }, false, 13],
    ["with dropout", { keepProb: 0.5 }, false, 40],
    ["that asks for more epochs than that", { keepProb: 0.5, epochs: 60 }, false, 60],
    ["that goes on from a model", { keepProb: 0.5, epochs: 2 }, true, 2],
    ["that averages its weights", { averaging: true }, false, 2_400],
    ["that goes on and averages", { averaging: true, epochs: 2 }, true, 2],
  ])("has so many epochs at most, of a run %s", (_, changes, goesOn, epochs) => {
    const chosen = chooseLength({ ...training, ...changes }, { ...time, goesOn, minutes: 1_000 });
    expect(chosen.training.epochs).toBe(epochs);
  });

  it("leaves nothing of them where the rate is steady, were the machine twice as fast as it seemed", () => {
    const averaged = { ...training, averaging: true };
    const chosen = chooseLength(averaged, { ...time, minutes: 10 }); // of 50 s, without scoring
    expect(chosen.training).toMatchObject({ epochs: 24, maxLrEpoch: 24 });
  });

  it("has no more epochs than a run may have", () => {
    const averaged = { ...training, averaging: true };
    const { epochs } = chooseLength(averaged, { ...time, minutes: 1e6 }).training;
    expect(changeSettings({ ...tinyPreset(), training: averaged }, { epochs }).training.epochs).toBe(epochs); // prettier-ignore
  });

  it("has as many epochs as suit a small text, of a run that goes on from a model", () => {
    const [settings, tokens] = [{ ...training, epochs: 2 }, 3_000];
    const suiting = chooseEpochs(settings, tokens, true);
    expect(suiting.epochs).toBeGreaterThan(2);
    const chosen = chooseLength(settings, { ...time, tokens, goesOn: true, minutes: 1_000 });
    expect(chosen.training).toEqual(suiting);
  });

  it("keeps the preset's own rates where its epochs fit", () => {
    const chosen = chooseLength(training, { ...time, goesOn: true, minutes: 1_000 });
    expect(chosen.training).toEqual(training);
  });

  it.each([
    [0.5, 17],
    [0.001, 1],
  ])("is some steps of an epoch where %d minutes are fewer than one needs", (minutes, steps) => {
    const chosen = chooseLength(training, { ...time, minutes });
    expect(chosen).toMatchObject({ maxSteps: steps, training: { epochs: 1 } });
  });
});

it.each([
  ["before the first step", { seconds: 0 }, 50],
  ["within its minutes", { stepsDone: 70, step: 20, epoch: 1, seconds: 40, epochSeconds: 19 }, 50],
  ["after them, within an epoch", { stepsDone: 70, step: 20, epoch: 1, seconds: 40, epochSeconds: 20 }, 20], // prettier-ignore
  ["after them, between epochs", { stepsDone: 50, step: 0, epoch: 1, seconds: 45, scoringSeconds: 15 }, 0], // prettier-ignore
])("a run %s has so many steps in its epoch", (_, progress, steps) => {
  const length = { stepsAnEpoch: 50, totalSteps: 500, minutes: 1 };
  expect(
    stepsOfEpoch({ ...newProgress(), ...progress }, length, { epochs: 10, averaging: false }),
  ).toBe(steps);
});

it.each([
  ["all steps, where they fit", 5, 100 - 50],
  ["its minutes, where they do not", 1, 60 - 20 - 25 - 5],
  ["nothing, once they are over", 0.5, 0],
])("a run has the seconds left of %s", (_, minutes, left) => {
  const progress = { ...newProgress(), epoch: 1, step: 25, stepsDone: 50, seconds: 20, epochSeconds: 25, scoringSeconds: 5 }; // prettier-ignore
  expect(secondsLeft(progress, { stepsAnEpoch: 50, totalSteps: 100, minutes })).toBe(left);
});

describe("a run whose epochs get no better", () => {
  const length = { stepsAnEpoch: 50, totalSteps: 5_000, minutes: 60 };
  const training = { epochs: 100, averaging: true };
  const after = (epoch: number) => ({ ...newProgress(), epoch, stepsDone: 50 * epoch, best: { epoch: 3, validPerplexity: 80 } }); // prettier-ignore

  it.each([
    ["has patience", 7, length, training, 50],
    ["ends after five of them", 8, length, training, 0],
    ["takes all that were asked for where it has no minutes", 8, { ...length, minutes: undefined }, training, 50], // prettier-ignore
    ["goes on while its rate falls", 8, length, { ...training, averaging: false }, 50],
  ])("%s", (_, epoch, { minutes, ...steps }, settings, left) => {
    const found = stepsOfEpoch(after(epoch), { ...steps, ...(minutes && { minutes }) }, settings);
    expect(found).toBe(left);
  });
});

describe("a run with minutes", () => {
  let folder: string;
  let corpus: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "minutes-"));
    corpus = join(folder, "text.txt");
    await writeTinyCorpus(corpus, 300);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const optionsFor = (name: string, changes: Partial<TrainOptions> = {}): TrainOptions => ({
    ...tinyRun(corpus, new RunFolder(join(folder, name))),
    ...changes,
  });

  it("is, byte for byte, the run that its chosen settings are, and says what it chose", async () => {
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const options = optionsFor("timed", { minutes: 60 });
    const timed = await train(options, listenTo({ onNotice }));
    const { training, minutes } = (await readRunSettings(options.files))!;
    expect(minutes).toBe(60);
    expect(timed.epochs).toHaveLength(training.epochs);
    expect(notices).toContainEqual(
      expect.stringMatching(
        `^--minutes 60: ${training.epochs} epochs of about \\d+ s, the learning rate falling after epoch ${training.maxLrEpoch}$`,
      ),
    );
    const preset = { ...tinyPreset(), training };
    const asked = await train(optionsFor("asked", { preset }), listenTo());
    expect(await readFile(timed.masterPath)).toEqual(await readFile(asked.masterPath));
    expect(await readFile(timed.reportPath, "utf8")).toContain("chosen for 60 minutes");
  }, 60_000);

  it("takes a step in however little time, and makes a model of it", async () => {
    const summary = await train(optionsFor("short", { minutes: 1e-6 }), listenTo());
    expect(summary.losses).toHaveLength(1);
    expect(summary.test.perplexity).toBeGreaterThan(1);
  });

  it("ends before them where no epoch is better, says so, and has nothing to go on with", async () => {
    const notices: string[] = [];
    const listener = listenTo({ onNotice: (notice: string) => notices.push(notice) });
    const preset = tinyPreset();
    const steady = {
      ...preset,
      training: { ...preset.training, averaging: true, learningRate: 0 },
    };
    const options = optionsFor("early", { preset: steady, minutes: 60 });
    const { epochs } = await train(options, listener);
    expect(epochs).toHaveLength(6);
    expect(notices.join("\n")).toContain("--minutes 60: at most ");
    expect(notices).toContain(
      "epoch 1 is better than the 5 after it: training ends before its minutes do",
    );
    const { training } = (await readRunSettings(options.files))!;
    const again = { ...options, preset: { ...steady, training }, resume: true };
    expect((await train(again, listener)).epochs).toHaveLength(6);
    expect(notices.at(-1)).toContain("there is nothing to go on with");
  }, 60_000);

  it("that was stopped goes on with what it chose, and with no other minutes", async () => {
    const stopped = new Error("stopped by hand");
    const controller = new AbortController();
    const onEpoch = () => controller.abort(stopped);
    const begun = optionsFor("stopped", { minutes: 60, signal: controller.signal });
    await expect(train(begun, listenTo({ onEpoch }))).rejects.toThrow(stopped.message);
    const { training } = (await readRunSettings(begun.files))!;

    const again = optionsFor("stopped", { resume: true });
    await expect(train({ ...again, minutes: 30 }, listenTo())).rejects.toThrow(
      "--minutes is 30 and was 60",
    );
    const { epochs } = await train({ ...again, minutes: 60 }, listenTo());
    expect(epochs).toHaveLength(training.epochs);
    expect((await readRunSettings(begun.files))!.training).toEqual(training);
  }, 60_000);
});
