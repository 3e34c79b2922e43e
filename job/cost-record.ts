// job/cost-record: what runs have cost: `runs/<run>/receipt.json`, written by the job that made the run.

import { z } from "zod";
import type { ObjectStore } from "#registry/object-store";
import { readStored } from "#registry/stored-json";

const attempt = z.object({
  instance_type: z.string().nullable(),
  purchase: z.enum(["spot", "on-demand"]).nullable(),
  seconds: z.number(),
  usd: z.number().nullable(),
});

const runCost = z.object({
  run: z.string(),
  model: z.string(),
  attempts: z.array(attempt),
  seconds: z.number(),
  usd: z.number().nullable(),
  prices_as_of: z.string(),
  finished_at: z.string().nullable(), // ISO 8601; null while the run goes on, or where it was given up
});

/** A run's costs over all its attempts. */
export type RunCost = z.infer<typeof runCost>;

const RUNS_PREFIX = "runs/";
const costKey = (run: string) => `${RUNS_PREFIX}${run}/receipt.json`;

export async function writeRunCost(store: ObjectStore, cost: RunCost): Promise<void> {
  await store.put(costKey(cost.run), JSON.stringify(cost));
}

/** @throws Error where the record is there and cannot be read */
export function readRunCost(store: ObjectStore, run: string): Promise<RunCost | null> {
  return readStored(store, costKey(run), runCost);
}

/** The costs of all runs, the newest first; runs that were not made by a job have none. */
export async function listRunCosts(store: ObjectStore): Promise<RunCost[]> {
  const runs = await store.list(RUNS_PREFIX, { folders: true });
  const found = await Promise.all(runs.map((run) => readRunCost(store, run)));
  return found
    .filter((cost) => cost !== null)
    .sort((a, b) => (b.finished_at ?? "9").localeCompare(a.finished_at ?? "9"));
}
