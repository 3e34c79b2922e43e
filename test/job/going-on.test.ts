// A job that goes on from a model: the base model, or the version that is current when its run begins.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainingPlan } from "#config/training-plan";
import { planChoices } from "#job/beginning";
import { weighTraining } from "#job/worth-training";
import { readMasterFile } from "#model/master-file";
import { readPointer } from "#registry/versions";
import { StoredRun } from "#registry/stored-run";
import { corpusManifest } from "#training/data/manifest";
import { BASE_FILE } from "#training/loop/base-model";
import { readRunSettings } from "#training/run/settings";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { pushTinyCorpus, runTinyJob, TINY_PLAN } from "./tiny-job.ts";

const OTHER_TEXT = Array.from({ length: 300 }, (_, day) => `On day ${day} the ${["miller", "farmer", "baker"][(day * day) % 3]} sold what he had. `).join(""); // prettier-ignore
const { layers: _, hiddenSize: __, vocabularySize: ___, epochs: ____, ...free } = TINY_PLAN.settings; // prettier-ignore
const FROM_CURRENT: TrainingPlan = { ...TINY_PLAN, from: "current" };
const FROM_BASE: TrainingPlan = { ...TINY_PLAN, model: "mail", from: "base", preset: "auto", settings: {}, minutes: 0.03 }; // prettier-ignore

let bucket: LocalBucket;
beforeAll(async () => {
  bucket = await startLocalBucket();
  await pushTinyCorpus(bucket);
  await bucket.store.put("corpora/other/text.txt", OTHER_TEXT);
}, START_LIMIT_MS);
afterAll(() => bucket.close());

/** A run of a job with all that it told. */
async function attempt(run: string, plan: TrainingPlan, { force = true, signal = new AbortController().signal } = {}) {
  const notices: string[] = [];
  const heard = { onNotice: (notice: string) => notices.push(notice) };
  const finished = await runTinyJob(bucket, run, { plan, force, heard, signal });
  return { ...finished, notices: notices.join("\n") };
} // prettier-ignore

const filesOf = (run: string) => new StoredRun(bucket.store, `runs/${run}/`);
const parentOf = async (run: string) => (await readRunSettings(filesOf(run)))?.parent?.version;
const masterOf = async (run: string) => Buffer.from((await filesOf(run).read("master.safetensors"))!); // prettier-ignore

async function replayedBy(run: string): Promise<string[]> {
  const manifest: unknown = JSON.parse(Buffer.from((await filesOf(run).read("manifest.json"))!).toString()); // prettier-ignore
  return corpusManifest.parse(manifest).replayed?.map(({ key }) => key) ?? [];
}

describe("a job from the current version", () => {
  let first: string;

  it("begins from nothing where none is current yet, and says so", async () => {
    const { version, promoted, notices } = await attempt("first", FROM_CURRENT);
    expect(notices).toContain('no version of "notes" is current yet: the run begins from nothing, with preset small'); // prettier-ignore
    expect(await readRunSettings(filesOf("first"))).toMatchObject({ parent: null, training: { learningRate: 1 } }); // prettier-ignore
    expect(promoted).toBe(true);
    first = version;
  });

  it("is not worth it on the same text, whatever settings the version came to be by", async () => {
    const reason = `the text is the one that version ${first} was trained on`;
    const settings = { ...free, keepProb: 0.9 };
    for (const plan of [FROM_CURRENT, { ...FROM_CURRENT, preset: "auto", settings }]) {
      expect(await weighTraining(bucket.store, plan)).toMatchObject({ helps: false, reason });
    }
    expect(await weighTraining(bucket.store, { ...FROM_CURRENT, minutes: 1, settings: { ...FROM_CURRENT.settings, epochs: undefined! } })).toBeNull(); // prettier-ignore
    expect((await attempt("again", FROM_CURRENT, { force: false })).skipped).toContain(reason);
  });

  it("goes on from it at a low learning rate, and replays its text from the store", async () => {
    const plan = { ...FROM_CURRENT, corpus: "other" };
    const { notices, promoted } = await attempt("second", plan);
    expect(notices).toContain(`goes on from model ${first}`);
    expect(await readRunSettings(filesOf("second"))).toMatchObject({
      parent: { version: first },
      model: { hiddenSize: 20, layers: 1 },
      training: { learningRate: 0.6, epochs: 1 },
    });
    expect(await replayedBy("second")).toEqual(["corpora/notes/text.txt"]);
    expect(promoted).toBe(true);
    // with the same settings and no parent it is another recipe: so a text is forgotten
    const { model, training } = (await readRunSettings(filesOf("second")))!;
    const fromNothing = { ...TINY_PLAN, corpus: "other", settings: { ...model, ...training } };
    expect(await weighTraining(bucket.store, fromNothing)).toBeNull();
  });

  it("that was cut off goes on from its own, whatever became current meanwhile", async () => {
    const plan = { ...FROM_CURRENT, settings: free, preset: "auto" };
    const before = (await readPointer(bucket.store, "notes"))!.version;
    const controller = new AbortController();
    const heard = { onEpoch: () => controller.abort(new Error("told to stop")) };
    const stopped = runTinyJob(bucket, "cut-off", { plan, force: true, heard, signal: controller.signal }); // prettier-ignore
    await expect(stopped).rejects.toThrow("told to stop");

    const { version } = await attempt("whole", plan);
    expect((await readPointer(bucket.store, "notes"))!.version).toBe(version);
    await attempt("cut-off", plan);
    // of so small a text more epochs than the two that a larger one gets
    expect((await readRunSettings(filesOf("whole")))!.training.epochs).toBeGreaterThan(2);
    expect([await parentOf("cut-off"), await parentOf("whole")]).toEqual([before, before]);
    expect((await masterOf("cut-off")).equals(await masterOf("whole"))).toBe(true);
  });

  it("reads text by that version's language where its plan names none", async () => {
    const plan = { ...FROM_CURRENT, model: "turkish" };
    await attempt("turkish", { ...plan, language: "tr" });
    expect(await weighTraining(bucket.store, plan)).toMatchObject({ helps: false });
    expect(await weighTraining(bucket.store, { ...plan, language: "en" })).toBeNull();
    await attempt("turkish-again", { ...plan, corpus: "other" });
    expect(await readRunSettings(filesOf("turkish-again"))).toMatchObject({ language: "tr" });
    const { metadata } = readMasterFile(await masterOf("turkish-again"));
    expect(metadata.language).toBe("tr");
  });

  it.each([
    ["a preset", { preset: "medium", settings: {} }, /^model 2026.* has hiddenSize 20, not 650, layers 1, not 2; to go on from it, train with the same$/], // prettier-ignore
    ["a setting", { preset: "auto", settings: { tied: true } }, /has tied false, not true/],
    ["a tokenizer", { tokenizer: "whitespace" as const }, /has tokenizer text, not whitespace/],
  ])("in another shape by %s is refused before it costs anything", async (_, other, sentence) => {
    const plan = { ...FROM_CURRENT, ...other };
    await expect(attempt("refused", plan)).rejects.toThrow(sentence);
    await expect(weighTraining(bucket.store, plan)).rejects.toThrow(sentence);
    expect(await bucket.store.list("runs/refused/")).toEqual([]);
  });
});

it.each<[string, Partial<TrainingPlan>, string[]]>([
  ["nothing", {}, ["chooseEpochs", "chooseBatchSize", "chooseKeepProb"]],
  ["how the rate falls", { settings: { maxLrEpoch: 2 } }, ["chooseBatchSize", "chooseKeepProb"]],
  ["by how much it falls", { settings: { lrDecay: 0.5 } }, ["chooseBatchSize", "chooseKeepProb"]],
  ["the epochs", { settings: { epochs: 2 } }, ["chooseBatchSize", "chooseKeepProb"]],
  ["minutes", { minutes: 3 }, ["chooseBatchSize", "chooseKeepProb"]],
  ["batches and dropout", { settings: { batchSize: 8, keepProb: 0.9 } }, ["chooseEpochs"]],
  ["no model to go on from", { from: undefined! }, []],
])("a job that is told %s chooses the rest by its text", (_, told, chosen) => {
  const { minutes: _minutes, ...plan } = FROM_BASE;
  const choices = Object.entries(planChoices({ ...plan, ...told }));
  expect(choices.filter(([, isChosen]) => isChosen).map(([name]) => name)).toEqual(chosen);
});

describe("a job from the base model", () => {
  it("goes on from it in its shape, for as long as it is told", async () => {
    const { notices } = await attempt("from-base", FROM_BASE);
    expect(notices).toContain("--minutes 0.03");
    expect(await readRunSettings(filesOf("from-base"))).toMatchObject({
      parent: { version: `sha256:${createHash("sha256").update(await readFile(BASE_FILE)).digest("hex")}` },
      model: { hiddenSize: 256, layers: 2, tied: true },
      training: { batchSize: 8 },
      minutes: 0.03,
    });
  }, 120_000); // prettier-ignore

  it.each<[string, Partial<TrainingPlan>, boolean]>([
    ["the same plan", {}, true],
    ["other minutes", { minutes: 1 }, false],
    ["no minutes", { minutes: undefined! }, false],
    ["a setting", { settings: { keepProb: 0.8 } }, false],
    ["a setting that it has by itself", { settings: { keepProb: 0.7 } }, true],
    ["no parent", { from: undefined!, preset: "small", minutes: undefined! }, false],
  ])("on the same text is compared with the current version: %s", async (_, other, isSame) => {
    const worth = await weighTraining(bucket.store, { ...FROM_BASE, ...other });
    expect(worth?.helps).toBe(isSame ? false : undefined);
  });

  it.each<[string, Partial<TrainingPlan>, boolean]>([
    ["nothing of the length", {}, true],
    ["the epochs", { settings: { epochs: 2 } }, false],
    ["the same epochs", { settings: { epochs: 7, maxLrEpoch: 4, lrDecay: 0.5 } }, true],
    ["the size of batches", { settings: { batchSize: 20 } }, false],
  ])("is no other recipe where a run chose its length and its plan says %s", async (_, other, isSame) => {
    const { minutes: _minutes, ...settings } = (await readRunSettings(filesOf("from-base")))!;
    const training = { ...settings.training, epochs: 7, maxLrEpoch: 4, lrDecay: 0.5, batchSize: 8 };
    await filesOf("from-base").write("settings.json", JSON.stringify({ ...settings, training }));
    const { minutes: __, ...plan } = FROM_BASE;
    const worth = await weighTraining(bucket.store, { ...plan, ...other });
    expect(worth?.helps).toBe(isSame ? false : undefined);
  }); // prettier-ignore

  it("is another recipe than one from another base model", async () => {
    const settings = (await readRunSettings(filesOf("from-base")))!;
    const parent = { ...settings.parent, version: "sha256:0" };
    const { minutes: _minutes, ...plan } = FROM_BASE;
    expect(await weighTraining(bucket.store, plan)).not.toBeNull();
    await filesOf("from-base").write("settings.json", JSON.stringify({ ...settings, parent }));
    expect(await weighTraining(bucket.store, plan)).toBeNull();
  });

  it("in another shape is refused before it costs anything", async () => {
    const plan = { ...FROM_BASE, settings: { hiddenSize: 300 } };
    await expect(attempt("refused", plan)).rejects.toThrow("has hiddenSize 256, not 300; to go on from it"); // prettier-ignore
    expect(await bucket.store.list("runs/refused/")).toEqual([]);
  });

  it("is what auto begins with where no version is current yet, unless the text is no English prose", async () => {
    const plan = { ...FROM_BASE, model: "new", from: "current" as const };
    const { notices } = await attempt("new", plan);
    expect(notices).toContain("goes on from the base model");
    const german = await attempt("german", { ...plan, model: "german", language: "de" });
    expect(german.notices).toContain("begins from nothing, with preset quick");
    expect(await parentOf("german")).toBeUndefined();
  }, 120_000);
});
