// cli/commands/predict: `afterword predict`: the words that come after a text, from a model's file or from an edge.

import { predictText } from "#inference/predict-text";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { EDGE_CALL_OPTIONS, formatPredictions, predictAt, readEdgeAddress } from "../ask-edge.ts";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { isModelFile, readEdgeFile } from "../model-file.ts";

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
      model !== undefined && isModelFile(model)
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
