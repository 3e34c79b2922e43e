// cli/commands/publish: `afterword publish`: a run's model becomes a version in the store and, if it is good enough, current.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { publishRun } from "#registry/publish";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { Command } from "../command.ts";
import { toCommandResult, withGateProgress } from "../release-result.ts";
import { openRun } from "../run-option.ts";
import { EDGE_OPTION, openReleaseStores, thenEdge } from "../release-stores.ts";
import { STORE_OPTIONS } from "../store-option.ts";

export const publish: Command = {
  summary: "Writes a trained model to the store and, if it passes the gate, makes it current.",
  options: {
    run: { value: "DIR|URL", help: "the run to publish", isPath: true },
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    corpus: {
      value: "PATH",
      isPath: true,
      words: [BUILT_IN_CORPUS],
      help: "whose held-out text it is compared on with the current version (default: the run's)",
    },
    edge: EDGE_OPTION,
    ...STORE_OPTIONS,
  },
  examples: [
    "publish --run runs/notes",
    "publish --run runs/notes --name notes --store s3://models",
  ],
  async run(args) {
    const stores = await openReleaseStores(args);
    const name = args.requireText("name");
    const run = openRun(args.requireText("run"));
    const corpus = args.text("corpus");
    const release = await withGateProgress((gate) =>
      publishRun(stores.store, { ...gate, name, run, corpus }),
    );
    return thenEdge(stores, name, toCommandResult(release));
  },
};
