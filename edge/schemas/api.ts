// edge/schemas/api: what requests and replies look like; requests are checked by these, and the OpenAPI document shows them.

// oxlint-disable-next-line import/no-unassigned-import -- it gives schemas their .openapi()
import "@hono/zod-openapi";
import { DEFAULT_MODEL_NAME, MODEL_NAME } from "#model/layout";
import {
  DEFAULT_PREDICTIONS,
  DEFAULT_TTL_SECONDS,
  MAX_CHECKED_CHARACTERS,
  MAX_PREDICTIONS,
  MAX_TEXT_BYTES,
  MAX_TTL_SECONDS,
  MAX_WORD_CHARACTERS,
  MIN_TTL_SECONDS,
} from "../limits.ts";
import { z } from "../zod.ts";
import { seconds, version } from "./models.ts";
import { user } from "./profiles.ts";

const text = z.string().openapi({
  description: `At most ${MAX_TEXT_BYTES} bytes of UTF-8. White space at its end means that the last word is finished.`,
  example: "the united",
});
const limit = z
  .int()
  .min(1)
  .max(MAX_PREDICTIONS)
  .default(DEFAULT_PREDICTIONS)
  .openapi({ description: "How many words to predict." });
const minProbability = z.number().min(0).max(1).default(0).openapi({
  description: "Words that are less probable than this are left out.",
});
const after = z.string().max(MAX_TEXT_BYTES).default("").openapi({
  description:
    "The text behind the cursor, or the beginning of that: what stands there is not offered again.",
});
const phrases = z
  .boolean()
  .default(false)
  .openapi({
    description:
      "Whether predictions say in `phrase` what most probably follows them, up to four words in all, as long as these together " +
      "are at least as probable as 0.2, and as min_probability.",
  });
const correct = z.boolean().default(false).openapi({
  description:
    "Whether words that the letters typed miss by one key are offered where hardly anything fits these.",
});
const model = z.string().regex(MODEL_NAME).default(DEFAULT_MODEL_NAME);
const position = z.int().min(0).openapi({
  description: "Where the session's text ends, counted in UTF-16 code units from its beginning.",
});
const learn = (extra: string) =>
  z.boolean().openapi({
    description:
      "Whether the session's words raise their probability, those that no vocabulary has too. " +
      extra,
  });

const Prediction = z
  .object({
    word: z.string().openapi({ description: "As it is mostly written.", example: "States" }),
    probability: z.number().openapi({ example: 0.93 }),
    insert: z.string().openapi({
      description: "What to type after the text, with its space and its case.",
      example: " States",
    }),
    replace: z
      .int()
      .min(0)
      .openapi({
        description:
          "How many UTF-16 code units to take back from the end of the text before `insert` is typed: 0 but where the letters " +
          "typed cannot begin the word, as in `cafe` for café or `i'` for I'm.",
        example: 0,
      }),
    corrected: z.literal(true).optional().openapi({
      description: "The word is not one that begins so, but one that was missed by one key.",
    }),
    phrase: z
      .array(z.object({ word: z.string(), probability: z.number(), insert: z.string() }))
      .optional()
      .openapi({
        description:
          "The words that most probably follow, each with what to type after the ones before, and the probability of all up to it.",
      }),
  })
  .openapi("Prediction");

export const PredictRequest = z
  .strictObject({
    text,
    limit,
    min_probability: minProbability,
    after,
    phrases,
    correct,
    model,
    user,
    state: z.string().nullish().openapi({
      description:
        "From the answer before: `text` goes on from there. With null, or with one, the answer holds the state after the text.",
    }),
  })
  .openapi("PredictRequest");

const Predictions = z.object({ model: z.string(), version, predictions: z.array(Prediction) });

export const PredictReply = Predictions.extend({
  state: z
    .string()
    .nullable()
    .openapi({
      description:
        "The state after the text, sealed: send it with the text that follows. Valid for this model version and API key. " +
        "Null where none was asked for, or the deployment has no STATE_KEYS.",
    }),
}).openapi("Predictions");

export const SessionId = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" } }),
});

export const Ticket = z
  .object({
    ticket: z.string().openapi({ description: "Offer the WebSocket protocol `ticket.<ticket>`." }),
    expires_in: z.int().openapi({ description: "Seconds until it is worth nothing." }),
  })
  .openapi("Ticket");

export const CreateSessionRequest = z
  .strictObject({
    text: text.default(""),
    model,
    ttl_seconds: z
      .int()
      .min(MIN_TTL_SECONDS)
      .max(MAX_TTL_SECONDS)
      .default(DEFAULT_TTL_SECONDS)
      .openapi({ description: "A session that is not used for so long is deleted." }),
    learn: learn("Calls that say nothing else go by this.").default(true),
    user,
  })
  .openapi("CreateSessionRequest");

export const SessionObject = z
  .object({
    id: z.string(),
    object: z.literal("session"),
    model: z.string(),
    version,
    position,
    start: z.int().openapi({ description: "Where the retained text begins." }),
    text: z.string().openapi({ description: "The retained text." }),
    learn: learn("Calls that say nothing else go by this."),
    user,
    created: seconds,
    expires: seconds,
  })
  .openapi("Session");

export const SessionPredictRequest = z
  .strictObject({
    at: position.optional().openapi({
      description:
        "From this position on the session's text becomes `text`. Left out: `text` is appended. " +
        "With it, a call that is repeated changes nothing. 0 is always accepted; other positions as far as the text is retained, " +
        "the last 8,000 characters at least.",
    }),
    text,
    before: z
      .strictObject({
        length: z.int().min(1).max(MAX_CHECKED_CHARACTERS),
        digest: z.string().regex(/^[0-9a-f]{16}$/),
      })
      .optional()
      .openapi({
        description:
          "The last `length` characters before `at`, or before the end, as a digest: where the session has others there, " +
          "it answers 409 and changes nothing. The client of Afterword sends it.",
      }),
    limit,
    min_probability: minProbability,
    after,
    phrases,
    correct,
    learn: learn(
      "False: no word of this `text` ever does. Left out: as the session has it.",
    ).optional(),
    reject: z
      .string()
      .min(1)
      .max(MAX_WORD_CHARACTERS)
      .optional()
      .openapi({
        description:
          "A `word` that was suggested after the text and is not wanted: from here on it is next to impossible, and recovers " +
          "over the fifty words that follow.",
        example: "States",
      }),
  })
  .openapi("SessionPredictRequest");

/** A message of a live session. */
export const LiveRequest = SessionPredictRequest.extend({
  id: z.union([z.string().max(64), z.int()]).optional(),
});

export const SessionPredictions = Predictions.extend({ position }).openapi("SessionPredictions");

export const ErrorReply = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum(["invalid_request_error", "server_error"]),
      param: z.string().nullable(),
      code: z.string(),
      start: z.int().optional().openapi({
        description: "Of a session's 409: where its retained text begins.",
      }),
      position: z.int().optional().openapi({
        description: "Of a session's 409: where its text ends. Send it from there.",
      }),
    }),
  })
  .openapi("Error");
