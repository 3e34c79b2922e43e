// A run's manifest is there as soon as the run is, wherever it was stopped, and whatever release began it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RunFolder } from "#training/run/folder";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import { listenTo, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

let folder: string;
let corpus: string;
let whole: { master: Buffer; manifest: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "manifest-"));
  corpus = join(folder, "text.txt");
  await writeTinyCorpus(corpus, 300);
  whole = await endOf(optionsFor("whole"));
});
afterAll(() => rm(folder, { recursive: true }));

function optionsFor(run: string): TrainOptions {
  return { ...tinyRun(corpus, new RunFolder(join(folder, run))), maxSteps: 20 };
}

const readManifest = (run: string) => readFile(join(folder, run, "manifest.json"), "utf8");

async function endOf(options: TrainOptions) {
  const { run, masterPath } = await train(options, listenTo());
  return { master: await readFile(masterPath), manifest: await readFile(join(run, "manifest.json"), "utf8") }; // prettier-ignore
}

/** Begins a run that is stopped as soon as its settings are written. */
async function stopAtSettings(run: string): Promise<void> {
  const options = optionsFor(run);
  const write = options.files.write.bind(options.files);
  options.files.write = async (name, data) => {
    await write(name, data);
    if (name === "settings.json") throw new Error("stopped by hand");
  };
  await expect(train(options, listenTo())).rejects.toThrow("stopped by hand");
}

it("is there as soon as the run's settings are", async () => {
  await stopAtSettings("stopped");
  expect(await readManifest("stopped")).toBe(whole.manifest);
  expect(await endOf({ ...optionsFor("stopped"), resume: true })).toEqual(whole);
});

it("is written where a run that goes on lacks it", async () => {
  await stopAtSettings("lacking");
  await rm(join(folder, "lacking", "manifest.json"), { force: true });
  expect(await endOf({ ...optionsFor("lacking"), resume: true })).toEqual(whole);
});
