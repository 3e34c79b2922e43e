// cli/commands/start: `npm start`: the edge comes up and predicts a word at once; the first time, a model is trained meanwhile.

import { localStoreAddress } from "#registry/url";
import type { Arguments, Command } from "../command.ts";
import { EDGE_OPTIONS, withLocalEdge } from "../edge-option.ts";
import { formatPredictions, predictAt } from "../ask-edge.ts";
import { serveBase, trainFirst } from "../first-model.ts";
import { ProgressLine } from "../progress.ts";
import { readPort } from "../port-option.ts";
import { openStoreAt } from "../store-option.ts";

const SAMPLE_TEXT = "the United";

export const start: Command = {
  summary: "Runs the edge here and, the first time, trains a model on the built-in text for it.",
  options: EDGE_OPTIONS,
  examples: ["start"],
  run: (args) =>
    withLocalEdge(args, async ({ url }, signal) => {
      const line = new ProgressLine();
      const store = openStoreAt(localStoreAddress(readPort(args)));
      const served = await serveBase(store);
      if (served !== "nothing") await showPrediction(args, url, line);
      if (served === "own") return;
      line.print(
        served === "base"
          ? "that is the base model of general English; one is trained on the State of the Union addresses now, and served then"
          : `no model yet: training one on the State of the Union addresses; then it is served at ${url}`,
      );
      try {
        const release = await trainFirst(store, args.requireText("data"), { line, signal });
        const { version, promoted, reason } = release;
        if (promoted) line.print(`published version ${version}, served from now on`);
        else if (served === "base")
          line.print(`version ${version} is in the store; the base model stays current: ${reason}`); // prettier-ignore
        else throw new Error(`the first model was held back: ${reason}`);
      } catch (error) {
        if (signal.aborted) line.print("stopped; the next npm start goes on from here");
        throw error;
      }
      if (served === "nothing") await showPrediction(args, url, line);
    }),
};

async function showPrediction(args: Arguments, url: string, line: ProgressLine): Promise<void> {
  const answer = await predictAt({ url }, { text: SAMPLE_TEXT, limit: 3 });
  if (args.json) process.stdout.write(JSON.stringify({ url, ...answer }) + "\n");
  line.print(`after "${SAMPLE_TEXT}": ${formatPredictions(answer.predictions)}`);
  line.print(`playground: ${url}/   stop with Ctrl-C`);
}
