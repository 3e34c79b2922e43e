// edge/completion-reply: completions in OpenAI's wire format, whole or streamed. What the words are is completion's.

import type { LanguageModel } from "#inference/language-model";
import { complete, readPrompt, reportPrompt } from "#inference/completion";
import type { CompletionPart, TokenReport } from "#inference/completion";
import type { CompletionPlan, PlannedPrompt } from "./completion-plan.ts";
import { respondToError } from "./errors.ts";
import type { Model } from "./load-model.ts";

interface Answer {
  text: string;
  tokens: TokenReport[]; // of the text
  written: number; // how many words were written, those behind a stop among them
  finish: "stop" | "length";
}

/** The whole answer. */
export function answerCompletion(model: Model, plan: CompletionPlan) {
  const { prompts, n, settings } = plan;
  let written = 0;
  const choices = prompts.flatMap((planned, promptIndex) => {
    const answers = bestAnswers(model.network, planned, plan);
    for (const answer of answers.all) written += answer.written;
    return answers.best.map(({ text, tokens, finish }, choice) => ({
      index: promptIndex * n + choice,
      text,
      logprobs: settings.logprobs === null ? null : logprobsObject(tokens, settings.logprobs),
      finish_reason: finish,
    }));
  });
  return { ...envelope(model), choices, usage: usageOf(plan, written) };
}

/** The answer as server-sent events; a client that goes away ends the work. */
export function streamCompletion(model: Model, plan: CompletionPlan): Response {
  const chunks = streamChunks(model, plan);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      try {
        const { done, value } = chunks.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(`data: ${value}\n\n`));
      } catch (error) {
        return respondToError(error as Error)
          .text()
          .then((json) => {
            controller.enqueue(encoder.encode(`data: ${json}\n\n`));
            controller.close();
          });
      }
    },
    cancel: () => void chunks.return(undefined),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

function* streamChunks(model: Model, plan: CompletionPlan): Generator<string, undefined> {
  const { prompts, n, settings, includeUsage } = plan;
  const head = { ...envelope(model), ...(includeUsage && { usage: null }) };
  let written = 0;
  for (const [promptIndex, planned] of prompts.entries()) {
    for (let choice = 0; choice < n; choice++) {
      for (const { text, tokens, finish, words } of partsOf(model.network, planned, plan, choice)) {
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

/** The parts of one answer, an echoed prompt first. */
function* partsOf(
  network: LanguageModel,
  { prompt, prefix }: PlannedPrompt,
  { settings, echo }: CompletionPlan,
  choice: number,
): Generator<CompletionPart> {
  if (echo) {
    const tokens = reportPrompt(network, prompt, settings.logprobs);
    yield { text: prompt.text, tokens, finish: null, words: 0 };
  }
  const state = readPrompt(network, prompt);
  yield* complete(network, { prompt, prefix, state, choice }, settings);
}

function bestAnswers(network: LanguageModel, planned: PlannedPrompt, plan: CompletionPlan) {
  const { n, bestOf, settings } = plan;
  const ranked = bestOf > n;
  // the topK are found by their words' probabilities, asked for or not
  const asking = ranked ? { ...plan, settings: { ...settings, logprobs: settings.logprobs ?? 0 } } : plan; // prettier-ignore
  const all = Array.from({ length: bestOf }, (_, choice) =>
    collect([...partsOf(network, planned, asking, choice)]),
  );
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
