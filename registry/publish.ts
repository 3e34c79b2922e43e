// registry/publish: a run's two model files as a version in the store, and through the gate.

import { createHash } from "node:crypto";
import { z } from "zod";
import { corpusManifest, MANIFEST_NAME } from "#training/data/manifest";
import { nameCorpus } from "#training/data/name-corpus";
import { compareWithCounting, isBehind } from "#training/evaluation/baseline";
import type { RunFiles } from "#training/run/files";
import { readRunCorpus } from "#training/run/settings";
import { readMasterFile } from "#model/master-file";
import type { ModelMetrics } from "#model/metadata";
import type { ObjectStore } from "./object-store.ts";
import { readCurrent } from "./promotions.ts";
import { releaseVersion } from "./release.ts";
import type { Release, ReleaseOptions } from "./release.ts";
import { parseStored } from "./stored-json.ts";
import { newVersionName, writeVersion } from "./versions.ts";
import type { ModelFiles } from "./versions.ts";

/** Which run is published, and how it is released. */
export interface PublishOptions extends Omit<ReleaseOptions, "version" | "files" | "corpus"> {
  run: RunFiles;
  corpus?: string; // whose held-out text is scored; the run's own if it is left out
}

/**
 * Publishes a run's two model files and lets the version through the gate.
 * @example
 * await publishRun(store, { name: "notes", run: openRun("runs/notes"), threads: 4 }); // { promoted: true, … }
 */
export async function publishRun(store: ObjectStore, options: PublishOptions): Promise<Release> {
  const { run, name, corpus, ...others } = options;
  const own = (await readRunCorpus(run)) ?? undefined;
  const extra = { corpus: own && nameCorpus(own) };
  const { version, model } = await writeRunVersion(store, name, run, extra);
  tellIfBehind(readMasterFile(model.master).metadata.metrics, options.onNotice);
  const { pointer } = await readCurrent(store, name);
  if (pointer?.version === version && corpus === undefined) {
    // published before: its answer was lost, or it is asked for again
    const { sequence } = pointer;
    return { name, version, promoted: true, sequence, current: version, checks: [], reason: null };
  }
  const text = corpus ?? own;
  return releaseVersion(store, { ...others, name, version, files: model, corpus: text });
}

/** Counting the same text would predict it better: the gate lets it pass, its owner should know. */
function tellIfBehind(metrics: ModelMetrics, onNotice: (notice: string) => void = () => {}): void {
  const { served_keystroke_savings: own, kneser_ney_keystroke_savings: counting } = metrics;
  if (own === undefined || counting === undefined || !isBehind(own, counting)) return;
  onNotice(
    `${compareWithCounting(own, counting)}; train longer, on more text, or on from a base model`,
  );
}

/**
 * Writes a run's two model files as a version, the run's card and `extra` in the version's own. A run keeps the name of its
 * version, so that publishing it again after an interruption makes no second one.
 * @throws Error where the run has no model, or one that an isolate could not serve
 * @example
 * const { version } = await writeRunVersion(store, "notes", openRun("runs/notes"), { corpus: "notes" });
 */
export async function writeRunVersion(
  store: ObjectStore,
  name: string,
  files: RunFiles,
  extra: object,
): Promise<{ version: string; model: ModelFiles }> {
  const read = async (file: string) => {
    const data = await files.read(file);
    if (data) return data;
    const hasBegun = (await readRunCorpus(files)) !== null;
    throw new Error(
      hasBegun
        ? `run "${files.address}" has not finished; "afterword train --resume --finish --run ${files.address}" makes a model of what it has learnt`
        : `run "${files.address}" has no ${file}; train first, or check --run`,
    );
  };
  const model = { master: await read("master.safetensors"), edge: await read("edge.safetensors") };
  const card = await files.read("card.json");
  const modelCard = card && parseStored(z.looseObject({}), card, files.addressOf("card.json"));
  const listed = await files.read(MANIFEST_NAME); // lacking in runs of earlier releases
  const manifest = listed && parseStored(corpusManifest, listed, files.addressOf(MANIFEST_NAME));
  const sections = { ...extra, ...(modelCard && { modelCard }), ...(manifest && { manifest }) };
  const version = await versionOf(files, name, model);
  await writeVersion(store, name, model, sections, version);
  return { version, model };
}

const publication = z.object({ name: z.string(), version: z.string(), sha256: z.string() });

/** The version that this model of this run was given, or is given now. */
async function versionOf(files: RunFiles, name: string, { edge }: ModelFiles): Promise<string> {
  const sha256 = createHash("sha256").update(edge).digest("hex");
  const file = `publication-${name}.json`;
  const found = await files.read(file);
  if (found) {
    const before = parseStored(publication, found, files.addressOf(file));
    if (before.sha256 === sha256) return before.version;
  }
  const version = newVersionName(new Date());
  await files.write(file, JSON.stringify({ name, version, sha256 }));
  return version;
}
