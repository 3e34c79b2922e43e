// edge/schemas/profiles: what requests about writers' profiles and their replies look like.

import { MAX_PROFILE_WORDS, MAX_WORD_CHARACTERS } from "../limits.ts";
import { z } from "../zod.ts";

const USER = /^[\w.:@+-]{1,128}$/;
const USER_DESCRIPTION =
  "The writer whose profile is meant: 1 to 128 letters, digits and . : @ + - _. Profiles belong to the API key's owner, so two " +
  "owners' writers of one name have nothing in common. Whoever has a key can name any of its writers: where keys lie in pages, " +
  "take names that nobody can guess.";

/** Opts in to a profile. */
export const user = z
  .string()
  .regex(USER)
  .optional()
  .openapi({
    description: `${USER_DESCRIPTION} Without it no profile is read or written.`,
    example: "anna",
  });

export const ProfileUser = z.object({
  user: z
    .string()
    .regex(USER)
    .openapi({ param: { name: "user", in: "path" }, description: USER_DESCRIPTION }),
});

const date = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const count = z.int().min(1).max(1_000_000);
const word = z.string().min(1).max(MAX_WORD_CHARACTERS);

export const ForgetQuery = z.strictObject({
  word: word.optional().openapi({
    param: { name: "word", in: "query" },
    description: "This word alone, in whatever case it was written.",
  }),
  from: date.optional().openapi({
    param: { name: "from", in: "query" },
    description: "What was typed on this day or later, in UTC.",
    example: "2026-11-23",
  }),
  to: date.optional().openapi({
    param: { name: "to", in: "query" },
    description: "What was typed on this day or earlier.",
    example: "2026-11-25",
  }),
});

const WordCount = z.object({ word: z.string(), count });

export const ProfileSummary = z
  .object({
    object: z.literal("profile"),
    user: z.string(),
    bytes: z.int().openapi({ description: "What is stored, 65,536 at most." }),
    days: z.array(date).openapi({ description: "On which something was typed that is kept." }),
    words: z
      .array(WordCount)
      .openapi({ description: `The ${MAX_PROFILE_WORDS} most frequent, as they were typed.` }),
    rejected: z.array(WordCount).openapi({ description: "Suggestions that were rejected." }),
  })
  .openapi("ProfileSummary");

/** All of a profile; the same content is always the same JSON. */
export const Profile = z
  .strictObject({
    format: z.literal(1),
    days: z.array(
      z.strictObject({
        day: date,
        phrases: z.array(z.strictObject({ words: z.string().min(1), count })).openapi({
          description:
            "Sentences and parts of them, a space between words; <eos> stands before one that begins its sentence.",
          example: [{ words: "<eos> Dear Kowalski ,", count: 2 }],
        }),
        rejected: z.array(z.strictObject({ word, count })),
      }),
    ),
  })
  .openapi("Profile");
