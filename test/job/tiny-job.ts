// test/job/tiny-job: a job that trains a tiny model in a second, on text that it puts into a local bucket.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingPlan } from "#config/training-plan";
import { runJob } from "#job/run-job";
import type { TrainReporter } from "#training/loop/reporter";
import type { LocalBucket } from "../local-bucket.ts";
import { listenTo, writeTinyCorpus } from "../training/tiny-run.ts";

const settings = { vocabularySize: 100, hiddenSize: 20, layers: 1, batchSize: 5, numSteps: 10, epochs: 1 }; // prettier-ignore

export const TINY_PLAN: TrainingPlan = { model: "notes", corpus: "notes", tokenizer: "text", preset: "small", settings, gateTolerancePercent: 100 }; // prettier-ignore

/** Puts the text of `TINY_PLAN` there. */
export async function pushTinyCorpus({ store }: LocalBucket): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "corpus-"));
  await writeTinyCorpus(join(folder, "text.txt"), 400);
  await store.put("corpora/notes/text.txt", await readFile(join(folder, "text.txt")));
  await rm(folder, { recursive: true });
}

interface TinyJob {
  plan?: TrainingPlan;
  force?: boolean;
  heard?: Partial<TrainReporter>; // of the job and its training
  signal?: AbortSignal;
}

export function runTinyJob(
  bucket: LocalBucket,
  run: string,
  { plan = TINY_PLAN, force = false, heard = {}, signal = new AbortController().signal }: TinyJob = {}, // prettier-ignore
) {
  const reporter = listenTo(heard);
  return runJob(
    { run, plan, store: bucket.address, edge: null, ...(force && { force }) },
    { ...reporter, onEvent: () => {}, onTraining: () => reporter, onGate: () => {} },
    signal,
  );
}
