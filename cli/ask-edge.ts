// cli/ask-edge: asks an edge for predictions over HTTP, and shows them.

import { z } from "zod";
import { localEdgeUrl } from "#ops/local-edge";
import type { Arguments, OptionSpec } from "./command.ts";
import { PORT_OPTION, readPort } from "./port-option.ts";

const predictionAnswer = z.looseObject({
  model: z.string(),
  version: z.string(),
  predictions: z.array(
    z.object({
      word: z.string(),
      probability: z.number(),
      insert: z.string(),
      replace: z.number().optional(), // an edge of the first release says none
    }),
  ),
});

const errorAnswer = z.object({ error: z.object({ message: z.string() }) });

export type PredictionAnswer = z.infer<typeof predictionAnswer>;

const TIMEOUT_MS = 30_000;

/** The options by which a command finds an edge and is let in. */
export const EDGE_CALL_OPTIONS: Record<string, OptionSpec> = {
  url: { value: "URL", help: "the edge (default $AFTERWORD_URL, else the local one)" },
  port: PORT_OPTION,
  key: { value: "KEY", help: "the edge's API key (default $AFTERWORD_KEY)" },
};

export interface EdgeAddress {
  url: string;
  key?: string;
}

/** The edge that was named, else the one of the environment, else the local one. */
export function readEdgeAddress(args: Arguments): EdgeAddress {
  const port = readPort(args, "url");
  const local = localEdgeUrl(port);
  const isLocal = args.given("port") !== undefined;
  const url = args.text("url") ?? (isLocal ? local : (process.env.AFTERWORD_URL ?? local));
  return { url, key: args.text("key") ?? process.env.AFTERWORD_KEY };
}

/** One call of `POST /v1/predict`; throws with the edge's own message when it refuses. */
export async function predictAt(
  { url, key }: EdgeAddress,
  body: { text: string; limit: number; model?: string },
): Promise<PredictionAnswer> {
  const answer = await fetch(predictUrl(url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    if (error.name === "TimeoutError") {
      throw new Error(`the edge at ${url} did not answer within ${TIMEOUT_MS / 1000} s`);
    }
    throw new Error(
      `no edge answers at ${url}; start one with "npm start", or name it with --url or --port`,
    );
  });
  const json = readJson(await answer.text());
  const read = predictionAnswer.safeParse(json);
  if (answer.ok && read.success) return read.data;
  const message =
    errorAnswer.safeParse(json).data?.error.message ??
    "which is not what an edge of Afterword says; check --url";
  if (answer.status === 401) {
    throw new Error(`the edge answers 401: ${message}; give the key with --key or AFTERWORD_KEY`);
  }
  throw new Error(`the edge answers ${answer.status}: ${message}`);
}

/** The address may be the one that OpenAI's clients take, which ends in /v1. */
function predictUrl(url: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new Error(`"${url}" is no address of an edge; write e.g. https://predict.example.com`);
  }
  return new URL(`${base.pathname.replace(/(\/v1)?\/*$/, "")}/v1/predict`, base);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page
  }
}

/** `States 93.1 %, …` */
export function formatPredictions(predictions: PredictionAnswer["predictions"]): string {
  if (predictions.length === 0) return "nothing to offer";
  return predictions
    .map(({ word, probability }) => `${word} ${(100 * probability).toFixed(1)} %`)
    .join(", ");
}
