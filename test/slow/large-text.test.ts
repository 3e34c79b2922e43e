// A run that goes on from a model with a large text: it has less dropout than with a small one, unless that is given, and
// keeps it where it is resumed.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import type { Parent } from "#training/loop/warm-start";
import { RunFolder } from "#training/run/folder";
import { readRunSettings } from "#training/run/settings";
import { listenTo, tinyRun, writeTinyCorpus } from "../training/tiny-run.ts";

const SENTENCES = 160_000; // of eight tokens each
const NOUNS = "miller baker farmer sailor weaver doctor lawyer painter hunter tailor".split(" ");
const nounOf = (index: number) => NOUNS[index % NOUNS.length]!;

let folder: string;
let from: Parent;
let corpus: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "large-text-"));
  const small = join(folder, "small.txt");
  await writeTinyCorpus(small, 300);
  const { masterPath } = await train(tinyRun(small, new RunFolder(join(folder, "parent"))), listenTo()); // prettier-ignore
  from = { version: "first", master: readMasterFile(await readFile(masterPath)) };
  corpus = join(folder, "large.txt");
  const sentences = Array.from({ length: SENTENCES }, (_, index) => {
    const [one, other] = [nounOf(index), nounOf(Math.floor(index / 10))];
    return `The ${one} gave the ${other} ${index} coins.`;
  });
  await writeFile(corpus, sentences.join("\n\n"));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

async function keepProbOf(name: string, changes: Partial<TrainOptions>): Promise<number> {
  const files = new RunFolder(join(folder, name));
  await train({ ...tinyRun(corpus, files), from, maxSteps: 1, ...changes }, listenTo());
  return (await readRunSettings(files))!.training.keepProb;
}

it("has less dropout unless that is given, and the same where it is resumed", async () => {
  const preset = tinyRun(corpus, new RunFolder(folder)).preset;
  const asked = { preset: { ...preset, training: { ...preset.training, keepProb: 0.6 } } };
  expect(await keepProbOf("chosen", { ...asked, chooseKeepProb: true })).toBe(0.85);
  const again = { ...asked, chooseKeepProb: true, resume: true, maxSteps: 2 };
  expect(await keepProbOf("chosen", again)).toBe(0.85);
  expect(await keepProbOf("given", asked)).toBe(0.6);
}, 120_000);
