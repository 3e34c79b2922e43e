// registry/publish: a run's two model files as a version in the store, and through the gate.

import type { RunFiles } from "#training/run/files";
import { readRunCorpus } from "#training/run/settings";
import type { ObjectStore } from "./object-store.ts";
import { releaseVersion } from "./release.ts";
import type { Release, ReleaseOptions } from "./release.ts";
import { writeVersion } from "./versions.ts";
import type { ModelFiles } from "./versions.ts";

export interface PublishOptions extends Omit<ReleaseOptions, "version" | "files" | "corpus"> {
  run: RunFiles;
  corpus?: string; // whose held-out text is scored; the run's own if it is left out
}

/** Publishes a run's two model files and lets the version through the gate. */
export async function publishRun(store: ObjectStore, options: PublishOptions): Promise<Release> {
  const { run, name, corpus, ...others } = options;
  const own = (await readRunCorpus(run)) ?? undefined;
  const notes = { corpus: own };
  const { version, model } = await writeRunVersion(store, name, run, notes);
  const text = corpus ?? own;
  return releaseVersion(store, { ...others, name, version, files: model, corpus: text });
}

/** Writes a run's two model files as a version, the run's card and the notes in the version's own. */
export async function writeRunVersion(
  store: ObjectStore,
  name: string,
  files: RunFiles,
  notes: object,
): Promise<{ version: string; model: ModelFiles }> {
  const read = async (file: string) => {
    const data = await files.read(file);
    if (data) return data;
    throw new Error(`run "${files.address}" has no ${file}; train first, or check --run`);
  };
  const model = { master: await read("master.safetensors"), edge: await read("edge.safetensors") };
  const card = await files.read("card.json");
  const version = await writeVersion(store, name, model, {
    ...notes,
    ...(card && { modelCard: JSON.parse(new TextDecoder().decode(card)) as object }),
  });
  return { version, model };
}
