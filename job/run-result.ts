// job/run-result: what came out of a job's run: `runs/<run>/result.json`, its last object.

import type { TrainingPlan } from "./contract.ts";
import type { ModelMetrics } from "#model/metadata";
import type { ObjectStore } from "#registry/object-store";

export interface RunResult {
  run: string;
  plan: TrainingPlan;
  version: string;
  metrics: ModelMetrics;
  promoted: boolean;
  reason: string | null; // why it was not promoted
  usd: number | null;
}

const resultKey = (run: string) => `runs/${run}/result.json`;

export async function writeResult(store: ObjectStore, result: RunResult): Promise<void> {
  await store.put(resultKey(result.run), JSON.stringify(result));
}

export async function readResult(store: ObjectStore, run: string): Promise<RunResult | null> {
  const found = await store.get(resultKey(run));
  return found && (JSON.parse(new TextDecoder().decode(found.body)) as RunResult);
}
