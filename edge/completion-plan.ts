// edge/completion-plan: what a request for completions asks for, checked to the end: after this nothing of it can be
// wrong, so an answer that is streamed never breaks off for a reason that could have been a 400.

import type { z } from "@hono/zod-openapi";
import type { LanguageModel } from "#inference/language-model";
import { checkText } from "./validation.ts";
import { endsInsideWord } from "#inference/completion";
import type { CompletionSettings } from "#inference/completion";
import type { CompletionRequest } from "./schemas/openai.ts";
import { ApiError } from "./errors.ts";
import { MAX_COMPLETIONS, MAX_REQUEST_TOKENS } from "./limits.ts";
import { NO_TEXT, readText, writeText } from "#inference/token-text";
import type { TokenText } from "#inference/token-text";

export interface PlannedPrompt {
  prompt: TokenText;
  prefix: string; // first letters of a word that the text ends in and the answer completes
}

export interface CompletionPlan {
  prompts: PlannedPrompt[];
  settings: CompletionSettings;
  n: number; // answers to each prompt
  bestOf: number; // of so many, the topK
  echo: boolean;
  stream: boolean;
  includeUsage: boolean;
}

export function planCompletion(
  network: LanguageModel,
  request: z.infer<typeof CompletionRequest>,
): CompletionPlan {
  const { n, echo, stream, max_tokens: maxTokens } = request;
  const bestOf = request.best_of ?? n;
  if (request.suffix) fail("suffix", "is not supported; leave it out");
  if (bestOf < n) fail("best_of", `is ${bestOf}, less than n, which is ${n}`);
  if (bestOf > n && stream) fail("best_of", "cannot be streamed: the best is known at the end");
  if (request.stream_options && !stream) fail("stream_options", "is for streams; set stream too");
  const prompts = promptsOf(request.prompt).map((prompt) => readPlanned(network, prompt, { echo, maxTokens })); // prettier-ignore
  const answers = prompts.length * bestOf;
  if (answers > MAX_COMPLETIONS) {
    fail("prompt", `and n ask for ${answers} answers; at most ${MAX_COMPLETIONS} are given`);
  }
  if (answers * maxTokens > MAX_REQUEST_TOKENS) {
    fail("max_tokens", `asks for ${answers * maxTokens} tokens in ${answers} answers; at most ${MAX_REQUEST_TOKENS} are given`); // prettier-ignore
  }
  const random = crypto.getRandomValues(new BigInt64Array(1))[0]!;
  const settings = {
    sampling: {
      temperature: request.temperature,
      topP: request.top_p,
      frequencyPenalty: request.frequency_penalty,
      presencePenalty: request.presence_penalty,
      logitBias: readBias(network, request.logit_bias ?? {}),
    },
    maxTokens,
    stops: [request.stop ?? []].flat().filter((stop) => stop !== ""),
    seed: request.seed == null ? random : BigInt(request.seed),
    logprobs: request.logprobs ?? null,
  };
  const includeUsage = request.stream_options?.include_usage ?? false;
  return { prompts, settings, n, bestOf, echo, stream, includeUsage };
}

/** The ids that a list holds; throws where one of them is no word's. */
export function checkIds({ vocabulary }: LanguageModel, ids: number[], param: string): number[] {
  const wrong = ids.find((id) => id >= vocabulary.size);
  if (wrong !== undefined) fail(param, `holds ${wrong}; ids go up to ${vocabulary.size - 1}`);
  return ids;
}

type Prompt = string | number[];

function promptsOf(prompt: z.infer<typeof CompletionRequest>["prompt"]): Prompt[] {
  if (prompt == null) return [""];
  if (typeof prompt === "string") return [prompt];
  const isIds = typeof prompt[0] === "number" || prompt.length === 0;
  return isIds ? [prompt as number[]] : (prompt as Prompt[]);
}

function readPlanned(
  network: LanguageModel,
  prompt: Prompt,
  { echo, maxTokens }: { echo: boolean; maxTokens: number },
): PlannedPrompt {
  if (typeof prompt !== "string") {
    return { prompt: writeText(network, checkIds(network, prompt, "prompt")), prefix: "" };
  }
  checkText(prompt);
  const { prefix } = network.tokenizer.read(prompt);
  // where the prompt itself is to be scored, it is whole words
  if (!prefix || echo || maxTokens === 0 || !endsInsideWord(network, prefix.word)) {
    return { prompt: readText(network, prompt), prefix: "" };
  }
  const read = readText(network, prompt);
  const [ids, pieces] = [read.ids.slice(0, -1), read.pieces.slice(0, -1)];
  const last = ids.at(-1);
  const previous = last === undefined ? NO_TEXT.previous : network.vocabulary.entries[last]!.word;
  const text = prompt.slice(0, prefix.start);
  return { prompt: { text, ids, pieces, previous }, prefix: prompt.slice(prefix.start) };
}

function readBias(network: LanguageModel, bias: Record<string, number>): Map<number, number> {
  const entries = Object.entries(bias).map(([key, value]): [number, number] => {
    if (!/^\d{1,7}$/.test(key)) fail("logit_bias", `has "${key}" for a key; keys are word ids`);
    return [Number(key), value];
  });
  checkIds(network, entries.map(([id]) => id), "logit_bias"); // prettier-ignore
  return new Map(entries);
}

function fail(param: string, reason: string): never {
  throw new ApiError({ status: 400, code: "invalid_value", message: `${param} ${reason}`, param });
}
