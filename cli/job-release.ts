// cli/job-release: what becomes of a job's model: a version in the bucket, the same where the edge reads, and, if the gate
// lets it through, the current one in both. Trains nothing.

import type { TrainingPlan } from "#model/job-environment";
import { corpusPrefix } from "#operations/corpus";
import type { EdgeStore, JobRequest } from "#operations/job/environment";
import type { Meter } from "#operations/job/meter";
import type { RunResult } from "#operations/run-result";
import { readStoreAddress } from "#store/address";
import { copyVersion } from "#store/copy-version";
import { ObjectStore } from "#store/object-store";
import { promoteVersion, readCurrent } from "#store/promotions";
import type { RunFiles } from "#training/run-files";
import { writeRunVersion } from "./publish.ts";
import { releaseVersion } from "./release.ts";

export interface Publication {
  store: ObjectStore;
  files: RunFiles;
  corpus: string;
  meter: Meter;
  signal: AbortSignal;
}

/** Writes a version, also where the edge reads it, and makes it current in both places if the gate lets it through. */
export async function publishJob(
  request: JobRequest,
  plan: TrainingPlan,
  { store, files, corpus, meter, signal }: Publication,
): Promise<Pick<RunResult, "version" | "promoted" | "reason">> {
  const name = plan.model;
  const notes = { run: request.run, corpus: corpusPrefix(plan.corpus), receipt: meter.read() };
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
  });
  if (!promoted) signal.throwIfAborted(); // it was not judged: the next attempt does that
  if (promoted && edge) await promoteVersion(edge, name, version, await readCurrent(edge, name));
  return { version, promoted, reason };
}

function openEdgeStore({ address, credentials }: EdgeStore): ObjectStore {
  return new ObjectStore({ ...readStoreAddress(address), credentials });
}
