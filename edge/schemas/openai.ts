// edge/schemas/openai: OpenAI's completions as this Worker takes and answers them, and the routes about tokens that
// evaluation programs call. Fields that are not known are passed over, as clients of this format expect.

// oxlint-disable-next-line import/no-unassigned-import -- it gives schemas their .openapi()
import "@hono/zod-openapi";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import {
  MAX_COMPLETION_TOKENS,
  MAX_COMPLETIONS,
  MAX_LOGPROBS,
  MAX_STOP_CHARACTERS,
  MAX_STOPS,
} from "../limits.ts";
import { z } from "../zod.ts";

const wordId = z.int().min(0);
const model = z.string().nullish().transform((name) => name ?? DEFAULT_MODEL_NAME); // prettier-ignore
const text = z.string().openapi({ example: "The state of" });

/** null means the default, as everywhere in this format. */
const number = (min: number, max: number, preset: number) =>
  z.number().min(min).max(max).nullish().transform((value) => value ?? preset); // prettier-ignore
const integer = (min: number, max: number, preset: number) =>
  z.int().min(min).max(max).nullish().transform((value) => value ?? preset); // prettier-ignore
const stop = z.string().max(MAX_STOP_CHARACTERS);
const flag = z.boolean().nullish().transform((value) => value ?? false); // prettier-ignore

export const CompletionRequest = z
  .object({
    model,
    prompt: z
      .union([text, z.array(z.string()), z.array(wordId), z.array(z.array(wordId))])
      .nullish()
      .openapi({ description: "A text, word ids, or a list of either." }),
    max_tokens: integer(-1, Number.MAX_SAFE_INTEGER, 16).openapi({
      description: `At most ${MAX_COMPLETION_TOKENS} are written; more, or -1, stands for as many as one request may have.`,
    }),
    temperature: number(0, 2, 1),
    top_p: number(0, 1, 1),
    n: integer(1, MAX_COMPLETIONS, 1),
    best_of: z.int().min(1).max(MAX_COMPLETIONS).nullish(),
    echo: flag,
    logprobs: z.int().min(0).max(MAX_LOGPROBS).nullish(),
    stop: z.union([stop, z.array(stop).max(MAX_STOPS)]).nullish(),
    seed: z
      .number()
      .multipleOf(1)
      .min(-(2 ** 63))
      .max(2 ** 63)
      .nullish()
      .openapi({ description: "A signed integer of 64 bits." }),
    frequency_penalty: number(-2, 2, 0),
    presence_penalty: number(-2, 2, 0),
    logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
    stream: flag,
    stream_options: z.object({ include_usage: flag }).nullish(),
    suffix: z.string().nullish().openapi({ description: "Not supported." }),
  })
  .openapi("CompletionRequest");

const Logprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullable(),
  text_offset: z.array(z.int()),
});

export const Completion = z
  .object({
    id: z.string(),
    object: z.literal("text_completion"),
    created: z.int(),
    model: z.string(),
    system_fingerprint: z.string().openapi({
      description: "Of the weights: the same seed and fingerprint give the same text.",
    }),
    choices: z.array(
      z.object({
        index: z.int(),
        text: z.string(),
        logprobs: Logprobs.nullable(),
        finish_reason: z.enum(["stop", "length"]).nullable(),
      }),
    ),
    usage: z
      .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
      .nullish(),
  })
  .openapi("Completion");

export const ScoreRequest = z.strictObject({ text, model }).openapi("ScoreRequest");

export const Score = z
  .object({
    model: z.string(),
    version: z.string(),
    tokens: z.int().openapi({ description: "Ends of sentences among them." }),
    log_probability: z.number().openapi({ description: "Natural logarithm, of all tokens." }),
    perplexity: z.number(),
  })
  .openapi("Score");

export const TokenizeRequest = z.object({ model, prompt: text }).openapi("TokenizeRequest");

export const Tokens = z
  .object({
    count: z.int(),
    max_model_len: z.int(),
    tokens: z.array(z.int()),
    token_strs: z.array(z.string()),
  })
  .openapi("Tokens");

export const DetokenizeRequest = z
  .object({ model, tokens: z.array(wordId) })
  .openapi("DetokenizeRequest");

export const Detokenized = z.object({ prompt: z.string() }).openapi("Detokenized");

export const TokenizerInfo = z
  .object({
    tokenizer_class: z.string(),
    vocab_size: z.int(),
    unk_token: z.string(),
    eos_token: z.string(),
    bos_token: z.string(),
    pad_token: z.string().nullable(),
    add_bos_token: z.boolean(),
    chat_template: z.string().nullable(),
  })
  .openapi("TokenizerInfo");
