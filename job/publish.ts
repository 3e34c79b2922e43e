// job/publish: what becomes of a job's model: a version in the bucket, the same where the edge reads, and, if the gate
// lets it through, the current one in both. Trains nothing. All of it may be repeated after an interruption.

import type { TrainingPlan } from "#config/training-plan";
import { copyVersion } from "#registry/copy-version";
import { corpusPrefix } from "#registry/corpora";
import { followCurrent } from "#registry/follow";
import { warningsOf } from "#registry/gate";
import { ObjectStore } from "#registry/object-store";
import { PATIENT } from "#registry/open";
import { readCurrent } from "#registry/promotions";
import { writeRunVersion } from "#registry/publish";
import { releaseVersion } from "#registry/release";
import { readStoreAddress } from "#registry/url";
import { defaultThreads } from "#training/engines/choose";
import type { RunFiles } from "#training/run/files";
import type { CostTracker } from "./cost-tracker.ts";
import type { EdgeStore, JobRequest } from "./environment.ts";
import type { JobReporter } from "./reporter.ts";
import type { RunResult } from "./run-result.ts";

export interface Publication {
  store: ObjectStore;
  edge: ObjectStore | null; // where the edge reads its models, if that is another store
  files: RunFiles;
  corpus: string;
  costs: CostTracker;
  reporter: JobReporter;
  signal: AbortSignal;
}

/** Writes a version, also where the edge reads it, and makes it current in both places if the gate lets it through. */
export async function publishJob(
  request: JobRequest,
  plan: TrainingPlan,
  { store, edge, files, corpus, costs, reporter, signal }: Publication,
): Promise<Pick<RunResult, "version" | "promoted" | "reason">> {
  const name = plan.model;
  const extra = { run: request.run, corpus: corpusPrefix(plan.corpus), receipt: costs.read() };
  const { version, model } = await writeRunVersion(store, name, files, extra);
  if (edge) await copyVersion(store, edge, { name, version });
  if ("key" in request.plan) {
    return { version, promoted: false, reason: "the best of a sweep is promoted by hand" };
  }
  const { promoted, reason, checks } = (await isCurrent(store, name, version))
    ? { promoted: true, reason: null, checks: [] } // an attempt before made it so, and could not tell
    : await releaseVersion(store, {
        name,
        version,
        files: model,
        corpus,
        tolerance: plan.gateTolerancePercent / 100,
        threads: defaultThreads(),
        signal,
        onNotice: (notice) => reporter.onNotice(notice),
        onProgress: (done, total) => reporter.onGate(done, total),
      });
  // in the log alone, which its owner reads: a warning names files, as the card and the run's result must not
  for (const { message } of warningsOf(checks)) reporter.onNotice(message);
  if (!promoted) signal.throwIfAborted(); // it was not judged: the next attempt does that
  if (promoted && edge) await followCurrent(store, edge, name);
  return { version, promoted, reason };
}

async function isCurrent(store: ObjectStore, name: string, version: string): Promise<boolean> {
  return (await readCurrent(store, name)).pointer?.version === version;
}

/** The store that the edge reads, with its own keys. */
export function openEdgeStore({ address, credentials }: EdgeStore): ObjectStore {
  return new ObjectStore({ ...readStoreAddress(address), credentials }, PATIENT);
}
