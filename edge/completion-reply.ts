// edge/completion-reply: completions in OpenAI's wire format, whole or streamed. What the words are is completion's.

import type { LanguageModel } from "#inference/language-model";
import { complete, idsToRead } from "#inference/completion";
import type { CompletionPart } from "#inference/completion";
import { reportPrompt } from "#inference/token-report";
import type { TokenReport } from "#inference/token-report";
import type { CompletionPlan, PlannedPrompt } from "./completion-plan.ts";
import { respondToError } from "./errors.ts";
import type { Model } from "./load-model.ts";
import { costOfDraw, costsOf, Slices } from "./work.ts";

interface Answer {
  text: string;
  tokens: TokenReport[]; // of the text
  written: number; // how many words were written, those behind a stop among them
  finish: "stop" | "length";
}

/** The whole answer. */
export async function answerCompletion(model: Model, plan: CompletionPlan) {
  const { prompts, n, settings } = plan;
  const choices = [];
  const slices = new Slices();
  let written = 0;
  for (const [promptIndex, planned] of prompts.entries()) {
    const answers = await bestAnswers(model.network, planned, plan, slices);
    for (const answer of answers.all) written += answer.written;
    for (const [choice, { text, tokens, finish }] of answers.best.entries()) {
      const logprobs = settings.logprobs === null ? null : logprobsObject(tokens, settings.logprobs); // prettier-ignore
      choices.push({ index: promptIndex * n + choice, text, logprobs, finish_reason: finish });
    }
  }
  return { ...envelope(model), choices, usage: usageOf(plan, written) };
}

/** The answer as server-sent events; a client that goes away ends the work. */
export function streamCompletion(model: Model, plan: CompletionPlan): Response {
  const chunks = streamChunks(model, plan);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(`data: ${value}\n\n`));
      } catch (error) {
        const json = await respondToError(error as Error).text();
        controller.enqueue(encoder.encode(`data: ${json}\n\n`));
        controller.close();
      }
    },
    cancel: async () => void (await chunks.return(undefined)),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

async function* streamChunks(
  model: Model,
  plan: CompletionPlan,
): AsyncGenerator<string, undefined> {
  const { prompts, n, settings, includeUsage } = plan;
  const head = { ...envelope(model), ...(includeUsage && { usage: null }) };
  const slices = new Slices();
  let written = 0;
  for (const [promptIndex, planned] of prompts.entries()) {
    const state = await readPlanned(model.network, planned, slices);
    for (let choice = 0; choice < n; choice++) {
      const parts = partsOf(model.network, { ...planned, state, choice }, plan, slices);
      for await (const { text, tokens, finish, words } of parts) {
        written += words;
        if (text === "" && tokens.length === 0 && finish === null) continue; // held back
        const logprobs = settings.logprobs === null ? null : logprobsObject(tokens, settings.logprobs); // prettier-ignore
        const index = promptIndex * n + choice;
        yield JSON.stringify({
          ...head,
          choices: [{ index, text, logprobs, finish_reason: finish }],
        });
      }
    }
  }
  if (includeUsage) yield JSON.stringify({ ...head, choices: [], usage: usageOf(plan, written) });
  yield "[DONE]";
}

/** The state after a prompt: the same for all answers to it. */
function readPlanned(
  network: LanguageModel,
  { prompt }: PlannedPrompt,
  slices: Slices,
): Promise<Float32Array> {
  return slices.consume(network, network.initialState(), idsToRead(network, prompt));
}

/** The parts of one answer, an echoed prompt first. */
async function* partsOf(
  network: LanguageModel,
  start: PlannedPrompt & { state: Float32Array; choice: number },
  { settings, echo }: CompletionPlan,
  slices: Slices,
): AsyncGenerator<CompletionPart> {
  const { logprobs, sampling } = settings;
  if (echo) {
    const tokens: TokenReport[] = [];
    const { reported, written } = costsOf(network);
    const ms = logprobs === null ? 0 : reported + written * logprobs;
    for (const token of reportPrompt(network, start.prompt, logprobs)) {
      tokens.push(token);
      await slices.spend(ms);
    }
    yield { text: start.prompt.text, tokens, finish: null, words: 0 };
  }
  const ms = costOfDraw(network, sampling, logprobs);
  for (const part of complete(network, start, settings)) {
    yield part;
    await slices.spend(ms);
  }
}

async function bestAnswers(
  network: LanguageModel,
  planned: PlannedPrompt,
  plan: CompletionPlan,
  slices: Slices,
) {
  const { n, bestOf, settings } = plan;
  const ranked = bestOf > n;
  // the best are found by their words' probabilities, asked for or not
  const asking = ranked ? { ...plan, settings: { ...settings, logprobs: settings.logprobs ?? 0 } } : plan; // prettier-ignore
  const state = await readPlanned(network, planned, slices);
  const all: Answer[] = [];
  for (let choice = 0; choice < bestOf; choice++) {
    const parts: CompletionPart[] = [];
    for await (const part of partsOf(network, { ...planned, state, choice }, asking, slices)) parts.push(part); // prettier-ignore
    all.push(collect(parts));
  }
  const best = ranked ? all.toSorted((a, b) => meanLogprob(b) - meanLogprob(a)).slice(0, n) : all;
  return { all, best };
}

function collect(parts: CompletionPart[]): Answer {
  const last = parts.at(-1)!;
  return {
    text: parts.map(({ text }) => text).join(""),
    tokens: parts.flatMap(({ tokens }) => tokens),
    written: parts.reduce((sum, { words }) => sum + words, 0),
    finish: last.finish!,
  };
}

function meanLogprob({ tokens }: Answer): number {
  return tokens.reduce((sum, { logprob }) => sum + (logprob ?? 0), 0) / Math.max(tokens.length, 1);
}

function logprobsObject(tokens: TokenReport[], count: number) {
  return {
    tokens: tokens.map(({ piece }) => piece),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: count === 0 ? null : tokens.map(({ top }) => top),
    text_offset: tokens.map(({ offset }) => offset),
  };
}

function envelope({ name, sha256 }: Model) {
  return {
    id: `cmpl-${crypto.randomUUID()}`,
    object: "text_completion" as const,
    created: Math.floor(Date.now() / 1000),
    model: name,
    system_fingerprint: `fp_${sha256.slice(0, 12)}`,
  };
}

function usageOf({ prompts }: CompletionPlan, written: number) {
  const read = prompts.reduce((sum, { prompt }) => sum + prompt.ids.length, 0);
  return { prompt_tokens: read, completion_tokens: written, total_tokens: read + written };
}
