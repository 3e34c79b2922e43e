// cli/commands/start: `npm start`: the edge comes up, a first model is trained and published if there is none, a word is predicted.

import { join } from "node:path";
import { findPreset } from "#model/presets";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { localStoreAddress, readStoreAddress } from "#registry/url";
import { publishRun } from "#registry/publish";
import { readPointer } from "#registry/versions";
import { ObjectStore } from "#registry/object-store";
import { chooseEngine, defaultThreads } from "#training/engines/choose";
import { RunFolder } from "#training/run/folder";
import { BUILT_IN_CORPUS, BUILT_IN_LICENCE } from "#training/data/text-source";
import { train } from "#training/loop/train";
import type { Command } from "../command.ts";
import { EDGE_OPTIONS, withLocalEdge } from "../edge-option.ts";
import { formatPredictions, predictAt } from "../ask-edge.ts";
import { ProgressLine } from "../progress.ts";
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
      line.print(`edge:   ${url}`);
      const store = new ObjectStore(
        readStoreAddress(localStoreAddress(args.integer("port", 1, 65_535)!)),
      );
      const current = await readPointer(store, DEFAULT_MODEL_NAME);
      if (!current) {
        const threads = defaultThreads();
        const engine = chooseEngine("auto", { threads, needsGpu: false });
        line.print("no model yet: training the quick preset on the State of the Union addresses");
        const files = new RunFolder(join(args.requireText("data"), FIRST_RUN));
        await train(
          {
            corpus: BUILT_IN_CORPUS,
            corpusLicence: BUILT_IN_LICENCE,
            tokenizer: "text",
            preset: findPreset("quick"),
            files,
            resume: true, // of a start that was stopped while it trained
            threads,
            createEngine: engine.create,
            signal,
          },
          reportOn(line, engine.reason),
        );
        const release = await withGateProgress((gate) =>
          publishRun(store, { ...gate, name: DEFAULT_MODEL_NAME, run: files }),
        );
        if (!release.promoted) throw new Error(`the first model was held back: ${release.reason}`);
        line.print(`published version ${release.version}`);
      }
      const answer = await predictAt(url, { text: SAMPLE_TEXT, limit: 3 });
      if (args.json) process.stdout.write(JSON.stringify({ url, ...answer }) + "\n");
      line.print(`after "${SAMPLE_TEXT}": ${formatPredictions(answer.predictions)}`);
      line.print(`playground: ${url}/   stop with Ctrl-C`);
    }),
};
