// job/cost-record: what runs have cost: `runs/<run>/receipt.json`, written by the job that made the run.

import type { ObjectStore } from "#registry/object-store";
import type { Receipt } from "#ops/costs";

export interface RunCost extends Receipt {
  run: string;
  model: string;
  finished_at: string | null; // ISO 8601; null while the run goes on, or where it was given up
}

export const RUNS_PREFIX = "runs/";
export const receiptKey = (run: string) => `${RUNS_PREFIX}${run}/receipt.json`;

export async function writeReceipt(store: ObjectStore, receipt: RunCost): Promise<void> {
  await store.put(receiptKey(receipt.run), JSON.stringify(receipt));
}

export async function readReceipt(store: ObjectStore, run: string): Promise<RunCost | null> {
  const found = await store.get(receiptKey(run));
  return found && (JSON.parse(new TextDecoder().decode(found.body)) as RunCost);
}

/** The receipts of all runs, the newest first; runs that were not made by a job have none. */
export async function listReceipts(store: ObjectStore): Promise<RunCost[]> {
  const runs = await store.list(RUNS_PREFIX, { folders: true });
  const found = await Promise.all(runs.map((run) => readReceipt(store, run)));
  return found
    .filter((receipt) => receipt !== null)
    .sort((a, b) => (b.finished_at ?? "9").localeCompare(a.finished_at ?? "9"));
}
