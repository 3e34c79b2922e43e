// edge/schemas/feedback: what is reported of suggestions: counts, and no text.

// oxlint-disable-next-line import/no-unassigned-import -- it gives schemas their .openapi()
import "@hono/zod-openapi";
import { DEFAULT_MODEL_NAME, MODEL_NAME, VERSION_NAME } from "#model/layout";
import { MAX_REPORTED_CHARACTERS, MAX_REPORTED_WORDS } from "../limits.ts";
import { z } from "../zod.ts";

const words = z.int().min(0).max(MAX_REPORTED_WORDS);

/** Of one version, since the last report. */
export const Counts = z.strictObject({
  version: z.string().regex(VERSION_NAME).openapi({
    description: "Whose suggestions they were, as the answers say it.",
    example: "20261123-205312-3f9a1c",
  }),
  shown: words.openapi({ description: "Words for which something was suggested.", example: 40 }),
  accepted: words
    .default(0)
    .openapi({ description: "Of these, words that were accepted.", example: 12 }),
  typed_out: words.default(0).openapi({
    description: "Of these, words that were suggested and typed to their end all the same.",
    example: 3,
  }),
  characters_saved: z.int().min(0).max(MAX_REPORTED_CHARACTERS).default(0).openapi({
    description: "That acceptances brought, less the keystrokes of accepting.",
    example: 61,
  }),
});

export const FeedbackRequest = Counts.extend({
  model: z.string().regex(MODEL_NAME).default(DEFAULT_MODEL_NAME),
}).openapi("FeedbackRequest");

/** The message of a live session that reports, in place of a change. */
export const LiveFeedback = z.strictObject({
  id: z.union([z.string().max(64), z.int()]).optional(),
  feedback: Counts,
});

export const ModelFeedback = z
  .object({
    model: z.string(),
    versions: z.array(
      z.object({
        version: z.string(),
        shown: z.int(),
        accepted: z.int(),
        typed_out: z.int(),
        characters_saved: z.int(),
        acceptance_rate: z.number().nullable(),
        reports: z.int(),
        updated_at: z.string(),
      }),
    ),
  })
  .openapi("ModelFeedback");
