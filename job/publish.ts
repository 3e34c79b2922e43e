// job/publish: what becomes of a job's model: a version in the bucket, the same where the edge reads, and, if the gate
// lets it through, the current one in both. Trains nothing.

import type { TrainingPlan } from "#config/training-plan";
import { corpusPrefix } from "#registry/corpora";
import type { EdgeStore, JobRequest } from "./environment.ts";
import type { CostTracker } from "./cost-tracker.ts";
import type { RunResult } from "./run-result.ts";
import { readStoreAddress } from "#registry/url";
import { copyVersion } from "#registry/copy-version";
import { ObjectStore } from "#registry/object-store";
import { writeRunVersion } from "#registry/publish";
import { releaseVersion } from "#registry/release";
import { promoteVersion, readCurrent } from "#registry/promotions";
import { defaultThreads } from "#training/engines/choose";
import type { RunFiles } from "#training/run/files";
import type { JobReporter } from "./reporter.ts";

export interface Publication {
  store: ObjectStore;
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
  { store, files, corpus, costs, reporter, signal }: Publication,
): Promise<Pick<RunResult, "version" | "promoted" | "reason">> {
  const name = plan.model;
  const notes = { run: request.run, corpus: corpusPrefix(plan.corpus), receipt: costs.read() };
  const { version, model } = await writeRunVersion(store, name, files, notes);
  const edge = request.edge && openEdgeStore(request.edge);
  if (edge) await copyVersion(store, edge, { name, version });
  if ("key" in request.plan) {
    return { version, promoted: false, reason: "the best of a sweep is promoted by hand" };
  }
  const tolerance = plan.gateTolerancePercent / 100;
  const { promoted, reason } = await releaseVersion(store, {
    name,
    version,
    files: model,
    corpus,
    tolerance,
    threads: defaultThreads(),
    signal,
    onNotice: (notice) => reporter.onNotice(notice),
    onProgress: (done, total) => reporter.onGate(done, total),
  });
  if (!promoted) signal.throwIfAborted(); // it was not judged: the next attempt does that
  if (promoted && edge) await promoteVersion(edge, name, version, await readCurrent(edge, name));
  return { version, promoted, reason };
}

function openEdgeStore({ address, credentials }: EdgeStore): ObjectStore {
  return new ObjectStore({ ...readStoreAddress(address), credentials });
}
