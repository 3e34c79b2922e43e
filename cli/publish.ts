// cli/publish: `afterword publish`: a run's model becomes a version in the store, and the current one.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { publishModel } from "#store/model-store";
import { LostRaceError } from "#store/object-store";
import type { ObjectStore } from "#store/object-store";
import type { Command } from "./command.ts";
import { openRun } from "./run-option.ts";
import { openStore, STORE_OPTION } from "./store-option.ts";

export const publish: Command = {
  summary: "Writes a trained model to the store and makes it the current one.",
  options: {
    run: { value: "DIR|URL", help: "the run to publish" },
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    store: STORE_OPTION,
  },
  examples: [
    "publish --run runs/notes",
    "publish --run runs/notes --name notes --store s3://models",
  ],
  async run(args) {
    const published = await publishRun(
      openStore(args),
      args.requireText("name"),
      args.requireText("run"),
    );
    const { name, version, sequence } = published;
    return {
      json: { name, version, sequence, current: version },
      text: `published ${name} ${version}; it is current, promotion ${sequence}`,
    };
  },
};

/** Publishes a run's two model files. */
export async function publishRun(store: ObjectStore, name: string, run: string) {
  const files = openRun(run);
  const read = async (file: string) => {
    const data = await files.read(file);
    if (!data) throw new Error(`run "${run}" has no ${file}; train first, or check --run`);
    return data;
  };
  const [master, edge] = [await read("master.safetensors"), await read("edge.safetensors")];
  try {
    return await publishModel(store, name, { master, edge });
  } catch (error) {
    if (!(error instanceof LostRaceError)) throw error;
    throw new Error(
      `another version of "${name}" was published at the same moment and stays current; look with "afterword models", then publish again`,
      { cause: error },
    );
  }
}
