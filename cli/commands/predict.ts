// cli/commands/predict: `afterword predict`: the words that come after a text, from an edge or from a model's file.

import { formatPredictions, predictAt } from "../ask-edge.ts";
import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";
import { readModelFile } from "../model-file.ts";
import { predictText } from "#inference/predict-text";
import { writeEdgeFile } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { DEFAULT_PORT } from "#ops/local-edge";
import { readEdgeModule } from "#training/evaluation/edge-scorer";

export const predict: Command = {
  summary: "Predicts the words that come after a text.",
  positionals: { name: "TEXT", help: 'what stands before, e.g. "the state of the "' },
  options: {
    limit: { value: "N", help: "how many words", default: "5" },
    model: {
      value: "NAME|FILE",
      help: "one of the edge's models (default: its default), or a .safetensors file or address, which needs no edge",
    },
    text: { value: "TEXT", help: "the text, in place of the argument" },
    url: {
      value: "URL",
      help: "the edge (default $AFTERWORD_URL, else the local one)",
    },
  },
  examples: [
    'predict "the state of the "',
    'predict "the uni" --limit 3 --json',
    'predict --model runs/notes/edge.safetensors --text "the uni"',
  ],
  async run(args) {
    const text = args.text("text") ?? args.positionals[0];
    if (text === undefined) throw new UsageError('give the text, e.g. predict "the state of the "');
    const url = args.text("url") ?? process.env.AFTERWORD_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`;
    const model = args.text("model");
    const limit = args.integer("limit", 1, 100)!;
    if (model !== undefined && isFile(model)) {
      const predictions = predictText(await readEdgeModule(), await readEdgeFile(model), text, limit); // prettier-ignore
      return { json: { predictions }, text: formatPredictions(predictions) };
    }
    const answer = await predictAt(url, { text, limit, model });
    return { json: answer, text: formatPredictions(answer.predictions) };
  },
};

/** Names of models hold no dots and no slashes. */
function isFile(model: string): boolean {
  return /^https?:|\.safetensors$|[\\/]/.test(model);
}

/** An edge file as it is; a master file as the edge would run it. */
async function readEdgeFile(model: string): Promise<Uint8Array> {
  const file = await readModelFile(model);
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") return file;
  return writeEdgeFile(readMasterFile(file));
}
