// cli/publish: `afterword publish`: a run's model becomes a version in the store and, if it is good enough, current.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { writeVersion } from "#registry/versions";
import type { ModelFiles } from "#registry/versions";
import type { ObjectStore } from "#registry/object-store";
import type { RunFiles } from "#training/run/files";
import { readRunSettings } from "#training/run/settings";
import type { Command } from "./command.ts";
import { toCommandResult, releaseVersion } from "./release.ts";
import type { Release } from "./release.ts";
import { openRun } from "./run-option.ts";
import { openStore, STORE_OPTION } from "./store-option.ts";

export const publish: Command = {
  summary: "Writes a trained model to the store and, if it passes the gate, makes it current.",
  options: {
    run: { value: "DIR|URL", help: "the run to publish" },
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    corpus: {
      value: "PATH",
      help: "whose held-out text it is compared on with the current version (default: the run's)",
    },
    store: STORE_OPTION,
  },
  examples: [
    "publish --run runs/notes",
    "publish --run runs/notes --name notes --store s3://models",
  ],
  async run(args) {
    const release = await publishRun(
      openStore(args),
      args.requireText("name"),
      args.requireText("run"),
      args.text("corpus"),
    );
    return toCommandResult(release);
  },
};

/** Publishes a run's two model files and lets the version through the gate. */
export async function publishRun(
  store: ObjectStore,
  name: string,
  run: string,
  corpus?: string,
): Promise<Release> {
  const files = openRun(run);
  const settings = await readRunSettings(files);
  const notes = { corpus: settings?.corpus };
  const { version, model } = await writeRunVersion(store, name, files, notes);
  return releaseVersion(store, {
    name,
    version,
    files: model,
    corpus: corpus ?? settings?.corpus,
  });
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
    if (!data)
      throw new Error(`run "${files.address}" has no ${file}; train first, or check --run`);
    return data;
  };
  const model = { master: await read("master.safetensors"), edge: await read("edge.safetensors") };
  const card = await files.read("card.json");
  const version = await writeVersion(store, name, model, {
    ...notes,
    ...(card && { modelCard: JSON.parse(new TextDecoder().decode(card)) as object }),
  });
  return { version, model };
}
