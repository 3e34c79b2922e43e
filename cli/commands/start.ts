// cli/commands/start: `npm start`: the edge comes up, a first model is trained and published if there is none, a word is predicted.

import { join } from "node:path";
import { findPreset } from "#model/presets";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { localStoreAddress } from "#registry/url";
import { publishRun } from "#registry/publish";
import { readPointer } from "#registry/versions";
import { chooseEngine, defaultThreads } from "#training/engines/choose";
import { RunFolder } from "#training/run/folder";
import { BUILT_IN_CORPUS, BUILT_IN_LICENCE } from "#training/data/text-source";
import { train } from "#training/loop/train";
import type { Command } from "../command.ts";
import { EDGE_OPTIONS, withLocalEdge } from "../edge-option.ts";
import { formatPredictions, predictAt } from "../ask-edge.ts";
import { ProgressLine } from "../progress.ts";
import { readPort } from "../port-option.ts";
import { openStoreAt } from "../store-option.ts";
import { withGateProgress } from "../release-result.ts";
import { reportOn } from "../train-progress.ts";

const FIRST_RUN = "first-run"; // the folder, within the data folder, of the run that makes the first model
const SAMPLE_TEXT = "the United";

export const start: Command = {
  summary: "Runs the edge here and, the first time, trains a model on the built-in text for it.",
  options: EDGE_OPTIONS,
  examples: ["start"],
  run: (args) =>
    withLocalEdge(args, async ({ url }, signal) => {
      const line = new ProgressLine();
      const store = openStoreAt(localStoreAddress(readPort(args)));
      if (!(await readPointer(store, DEFAULT_MODEL_NAME))) {
        const run = new RunFolder(join(args.requireText("data"), FIRST_RUN));
        line.print(
          `no model yet: training one on the State of the Union addresses; then it is served at ${url}`,
        );
        try {
          await trainFirst(run, line, signal);
        } catch (error) {
          if (signal.aborted) line.print("stopped; the next npm start goes on from here");
          throw error;
        }
        const release = await withGateProgress((gate) =>
          publishRun(store, { ...gate, name: DEFAULT_MODEL_NAME, run }),
        );
        if (!release.promoted) throw new Error(`the first model was held back: ${release.reason}`);
        line.print(`published version ${release.version}`);
      }
      const answer = await predictAt({ url }, { text: SAMPLE_TEXT, limit: 3 });
      if (args.json) process.stdout.write(JSON.stringify({ url, ...answer }) + "\n");
      line.print(`after "${SAMPLE_TEXT}": ${formatPredictions(answer.predictions)}`);
      line.print(`playground: ${url}/   stop with Ctrl-C`);
    }),
};

/** Trains the first model, or goes on where a start before was stopped. */
async function trainFirst(run: RunFolder, line: ProgressLine, signal: AbortSignal): Promise<void> {
  const threads = defaultThreads();
  const engine = chooseEngine("auto", { threads, needsGpu: false });
  await train(
    {
      corpus: BUILT_IN_CORPUS,
      corpusLicence: BUILT_IN_LICENCE,
      tokenizer: "text",
      preset: findPreset("quick"),
      files: run,
      resume: true,
      threads,
      createEngine: engine.create,
      signal,
    },
    reportOn(line, engine.reason),
  );
}
