// cli/commands/publish: `afterword publish`: a run's model becomes a version in the store and, if it is good enough, current.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { publishRun } from "#registry/publish";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { Command } from "../command.ts";
import { toCommandResult, withGateProgress } from "../release-result.ts";
import { openRun } from "../run-option.ts";
import { openStore, STORE_OPTIONS } from "../store-option.ts";

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
    ...STORE_OPTIONS,
  },
  examples: [
    "publish --run runs/notes",
    "publish --run runs/notes --name notes --store s3://models",
  ],
  async run(args) {
    const store = openStore(args);
    const name = args.requireText("name");
    const run = openRun(args.requireText("run"));
    const corpus = args.text("corpus");
    return toCommandResult(
      await withGateProgress((gate) => publishRun(store, { ...gate, name, run, corpus })),
    );
  },
};
