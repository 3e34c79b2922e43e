// cli/predict: `afterword predict`: asks an edge for the words that come after a text.

import { UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { DEFAULT_PORT } from "./local-edge.ts";

export interface PredictionAnswer {
  model: string;
  version: string;
  predictions: { word: string; probability: number; insert: string }[];
}

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
    const answer = await predictAt(url, { text, limit: args.whole("limit", 1, 100)!, model });
    return { json: answer, text: formatPredictions(answer.predictions) };
  },
};

/** One call of `POST /v1/predict`; throws with the edge's own message when it refuses. */
export async function predictAt(
  url: string,
  body: { text: string; limit: number; model?: string },
): Promise<PredictionAnswer> {
  const answer = await fetch(new URL("/v1/predict", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error(`no edge answers at ${url}; start one with "npm start", or name it with --url`);
  });
  const json = (await answer.json()) as PredictionAnswer & { error?: { message: string } };
  if (!answer.ok) throw new Error(`the edge answers ${answer.status}: ${json.error?.message}`);
  return json;
}

/** `States 93.1 %, …` */
export function formatPredictions(predictions: PredictionAnswer["predictions"]): string {
  if (predictions.length === 0) return "nothing to offer";
  return predictions
    .map(({ word, probability }) => `${word} ${(100 * probability).toFixed(1)} %`)
    .join(", ");
}
