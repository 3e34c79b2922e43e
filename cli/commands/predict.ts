// cli/commands/predict: `afterword predict`: asks an edge for the words that come after a text.

import { formatPredictions, predictAt } from "../ask-edge.ts";
import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";
import { DEFAULT_PORT } from "#ops/local-edge";

export const predict: Command = {
  summary: "Predicts the words that come after a text.",
  positionals: { name: "TEXT", help: 'what stands before, e.g. "the state of the "' },
  options: {
    limit: { value: "N", help: "how many words", default: "5" },
    model: { value: "NAME", help: "which of the edge's models (default: its default)" },
    url: {
      value: "URL",
      help: "the edge (default $AFTERWORD_URL, else the local one)",
    },
  },
  examples: ['predict "the state of the "', 'predict "the uni" --limit 3 --json'],
  async run(args) {
    const [text] = args.positionals;
    if (text === undefined) throw new UsageError('give the text, e.g. predict "the state of the "');
    const url = args.text("url") ?? process.env.AFTERWORD_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`;
    const model = args.text("model");
    const answer = await predictAt(url, { text, limit: args.integer("limit", 1, 100)!, model });
    return { json: answer, text: formatPredictions(answer.predictions) };
  },
};
