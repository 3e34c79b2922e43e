// job/run-result: what came out of a job's run: `runs/<run>/result.json`, its last object.

import { z } from "zod";
import type { ModelMetrics } from "#model/metadata";
import type { ObjectStore } from "#registry/object-store";
import { readStored } from "#registry/stored-json";
import { trainingPlan } from "./plan-file.ts";

const runResult = z.object({
  run: z.string(),
  plan: trainingPlan,
  version: z.string(),
  metrics: z.custom<ModelMetrics>((value) => typeof value === "object" && value !== null),
  promoted: z.boolean(),
  reason: z.string().nullable(), // why it was not promoted
  skipped: z.string().optional(), // why nothing was trained: the version is the one that was current
  usd: z.number().nullable(),
});

export type RunResult = z.infer<typeof runResult>;

const resultKey = (run: string) => `runs/${run}/result.json`;

export async function writeResult(store: ObjectStore, result: RunResult): Promise<void> {
  await store.put(resultKey(result.run), JSON.stringify(result));
}

/** @throws Error where the result is there and cannot be read */
export function readResult(store: ObjectStore, run: string): Promise<RunResult | null> {
  return readStored(store, resultKey(run), runResult);
}
