// edge/completion-plan: what a request for completions asks for, checked to the end: after this nothing of it can be
// wrong, so an answer that is streamed never breaks off for a reason that could have been a 400.

import type { z } from "@hono/zod-openapi";
import type { LanguageModel } from "#inference/language-model";
import { checkText } from "./validation.ts";
import { endsInsideWord } from "#inference/completion";
import type { CompletionSettings } from "#inference/completion";
import type { CompletionRequest } from "./schemas/openai.ts";
import { ApiError } from "./errors.ts";
import { MAX_COMPLETION_TOKENS, MAX_COMPLETIONS, MAX_IDS, MAX_REQUEST_MS, MAX_REQUEST_TOKENS } from "./limits.ts"; // prettier-ignore
import { checkWork, costOfDraw, costsOf, readInSlices, Slices, writeInSlices } from "./work.ts";
import { NO_TEXT } from "#inference/token-text";
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
  workMs: number; // what all of it takes at most, see edge/work
}

export async function planCompletion(
  network: LanguageModel,
  request: z.infer<typeof CompletionRequest>,
): Promise<CompletionPlan> {
  const { n, echo, stream } = request;
  const bestOf = request.best_of ?? n;
  if (request.suffix) fail("suffix", "is not supported; leave it out");
  if (bestOf < n) fail("best_of", `is ${bestOf}, less than n, which is ${n}`);
  if (bestOf > n && stream) fail("best_of", "cannot be streamed: the best is known at the end");
  if (request.stream_options && !stream) fail("stream_options", "is for streams; set stream too");
  const given = promptsOf(request.prompt);
  const answers = given.length * bestOf;
  if (answers > MAX_COMPLETIONS) {
    fail("prompt", `and n ask for ${answers} answers; at most ${MAX_COMPLETIONS} are given`);
  }
  const isScored = echo || request.max_tokens === 0; // then a prompt is whole words
  const prompts: PlannedPrompt[] = [];
  const slices = new Slices();
  for (const prompt of given) prompts.push(await readPlanned(network, prompt, isScored, slices));
  const random = crypto.getRandomValues(new BigInt64Array(1))[0]!;
  const sampling = {
    temperature: request.temperature,
    topP: request.top_p,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    logitBias: readBias(network, request.logit_bias ?? {}),
  };
  const logprobs = request.logprobs ?? null;
  const costs = {
    read: readCost(network, prompts, { echo, logprobs }),
    draw: costOfDraw(network, sampling, bestOf > n ? (logprobs ?? 0) : logprobs),
  };
  const maxTokens = maxTokensOf(request.max_tokens, answers, costs);
  const workMs = costs.read + answers * maxTokens * costs.draw;
  checkWork(workMs, costsOf(network).read, costs.read > MAX_REQUEST_MS ? "prompt" : "max_tokens");
  const settings = {
    sampling,
    maxTokens,
    stops: [request.stop ?? []].flat().filter((stop) => stop !== ""),
    seed: request.seed == null ? random : BigInt.asIntN(64, BigInt(request.seed)),
    logprobs,
  };
  const includeUsage = request.stream_options?.include_usage ?? false;
  return { prompts, settings, n, bestOf, echo, stream, includeUsage, workMs };
}

/** What reading the prompts takes, once for all answers to each; echoed ones may have to be scored. */
function readCost(
  network: LanguageModel,
  prompts: PlannedPrompt[],
  { echo, logprobs }: { echo: boolean; logprobs: number | null },
): number {
  const { read, scored, reported, written } = costsOf(network);
  const report = logprobs === null ? 0 : logprobs === 0 ? scored : reported + written * logprobs;
  const words = prompts.reduce((sum, { prompt }) => sum + prompt.ids.length + 1, 0);
  return words * (echo ? read + report : read);
}

/** As many as asked for; clients that ask for more than there ever are, or for −1, get what one request may have. */
function maxTokensOf(asked: number, answers: number, costs: { read: number; draw: number }): number {
  const isOpen = asked < 0 || asked > MAX_COMPLETION_TOKENS;
  if (!isOpen && answers * asked <= MAX_REQUEST_TOKENS) return asked;
  if (!isOpen) {
    fail("max_tokens", `asks for ${answers * asked} tokens in ${answers} answers; at most ${MAX_REQUEST_TOKENS} are given`); // prettier-ignore
  }
  const affordable = Math.floor((MAX_REQUEST_MS - costs.read) / (answers * costs.draw));
  const max = Math.min(MAX_COMPLETION_TOKENS, Math.floor(MAX_REQUEST_TOKENS / answers));
  return Math.max(Math.min(affordable, max), 1);
} // prettier-ignore

/** The ids that a list holds; throws where one of them is no word's. */
export function checkIds({ words }: LanguageModel, ids: number[], param: string): number[] {
  const wrong = ids.find((id) => id >= words.size);
  if (wrong !== undefined) fail(param, `holds ${wrong}; ids go up to ${words.size - 1}`);
  return ids;
}

/** Throws where a list is longer than any request may send. */
export function checkIdCount(ids: number[], param: string): void {
  if (ids.length > MAX_IDS) fail(param, `holds ${ids.length} ids; at most ${MAX_IDS} are read`);
}

type Prompt = string | number[];

function promptsOf(prompt: z.infer<typeof CompletionRequest>["prompt"]): Prompt[] {
  if (prompt == null) return [""];
  if (typeof prompt === "string") return [prompt];
  const isIds = typeof prompt[0] === "number" || prompt.length === 0;
  return isIds ? [prompt as number[]] : (prompt as Prompt[]);
}

async function readPlanned(
  network: LanguageModel,
  prompt: Prompt,
  isScored: boolean,
  slices: Slices,
): Promise<PlannedPrompt> {
  if (typeof prompt !== "string") {
    checkIdCount(prompt, "prompt");
    return {
      prompt: await writeInSlices(network, checkIds(network, prompt, "prompt"), slices),
      prefix: "",
    };
  }
  checkText(prompt);
  const read = await readInSlices(network, prompt, slices);
  const { prefix, start } = prefixOf(network, prompt);
  if (!prefix || isScored || !endsInsideWord(network, prefix.word)) return { prompt: read, prefix: "" }; // prettier-ignore
  const [ids, pieces] = [read.ids.slice(0, -1), read.pieces.slice(0, -1)];
  const last = ids.at(-1);
  const previous = last === undefined ? NO_TEXT.previous : network.words.entries[last]!.word;
  return {
    prompt: { text: prompt.slice(0, start), ids, pieces, previous },
    prefix: prompt.slice(start),
  };
}

/** So much of a prompt's end, from white space on, says which word it ends in. */
const TAIL_CHARACTERS = 4_000;

/** The word that a prompt ends inside of, and where that begins. */
function prefixOf({ tokenizer }: LanguageModel, prompt: string) {
  const from = Math.max(prompt.length - TAIL_CHARACTERS, 0);
  const space = from === 0 ? 0 : prompt.slice(from).search(/\s/);
  const begin = space === -1 ? 0 : from + space;
  const { prefix } = tokenizer.read(prompt.slice(begin));
  return { prefix, start: begin + (prefix?.start ?? 0) };
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
