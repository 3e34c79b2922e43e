// cli/commands/predict: `afterword predict`: the words that come after a text, from a model's file or from an edge.

import { predictText } from "#inference/predict-text";
import { writeEdgeFile } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { EDGE_CALL_OPTIONS, formatPredictions, predictAt, readEdgeAddress } from "../ask-edge.ts";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { readModelFile } from "../model-file.ts";
import { typedPath } from "../typed-path.ts";

export const predict: Command = {
  summary: "Predicts the words that come after a text.",
  positionals: { name: "TEXT", help: 'what stands before, e.g. "the state of the "' },
  options: {
    text: { value: "TEXT", help: "the same as an option" },
    limit: { value: "N", help: "how many words", default: "5" },
    model: {
      value: "FILE|NAME",
      help: "a model's file, which needs no edge, or one of the edge's models (default: its default)",
    },
    ...EDGE_CALL_OPTIONS,
  },
  examples: [
    'predict "the state of the "',
    'predict "the uni" --model runs/notes/edge.safetensors --json',
    'predict "the uni" --url https://predict.example.com --key $KEY',
  ],
  async run(args) {
    const text = readText(args);
    const limit = args.integer("limit", 1, 100)!;
    const model = args.text("model");
    const answer =
      model !== undefined && isFile(model)
        ? {
            predictions: predictText(
              await readEdgeModule(),
              await readEdgeFile(model),
              text,
              limit,
            ),
          }
        : await predictAt(readEdgeAddress(args), { text, limit, model });
    return { json: answer, text: formatPredictions(answer.predictions) };
  },
};

function readText(args: Arguments): string {
  const [positional] = args.positionals;
  const option = args.text("text");
  if (positional !== undefined && option !== undefined) {
    throw new UsageError("the text is given twice; leave out --text");
  }
  const text = positional ?? option;
  if (text === undefined) throw new UsageError('give the text, e.g. predict "the state of the "');
  return text;
}

/** Names of an edge's models have neither dots nor slashes. */
function isFile(model: string): boolean {
  return /[./\\]/.test(model);
}

/** An edge file as it is; a master file as the edge would run it. */
async function readEdgeFile(model: string): Promise<Uint8Array> {
  const file = await readModelFile(typedPath(model));
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") return file;
  return writeEdgeFile(readMasterFile(file));
}
