// edge/schemas/models: what is told of the models that are served.

// oxlint-disable-next-line import/no-unassigned-import -- it gives schemas their .openapi()
import "@hono/zod-openapi";
import { VERSION_NAME } from "#model/layout";
import { z } from "../zod.ts";

export const version = z.string().openapi({ example: "20261123-205312-3f9a1c" });
export const seconds = z.int().openapi({ description: "Seconds since 1970." });

export const ModelObject = z
  .object({
    id: z.string(),
    object: z.literal("model"),
    created: seconds,
    owned_by: z.literal("afterword"),
    version,
  })
  .openapi("Model");

export const ModelList = z
  .object({ object: z.literal("list"), data: z.array(ModelObject) })
  .openapi("ModelList");

export const ModelCard = z
  .object({
    model: z.string(),
    version,
    created_at: z.string().openapi({ description: "When it was trained, ISO 8601." }),
    promoted_at: z.string().openapi({ description: "When it became current, ISO 8601." }),
    vocabulary_size: z.int(),
    hidden_size: z.int(),
    layers: z.int(),
    tokenizer: z.string(),
    metrics: z.record(z.string(), z.number()).openapi({
      description: "What was measured of it before it was published, as far as it was.",
      example: { test_perplexity: 73.7, keystroke_savings: 0.44 },
    }),
  })
  .openapi("ModelCard");

export const ModelId = z.object({
  model: z.string().openapi({ param: { name: "model", in: "path" } }),
});

export const FileQuery = z.object({
  version: z
    .string()
    .regex(VERSION_NAME)
    .optional()
    .openapi({
      param: { name: "version", in: "query" },
      description: "One version's file; left out: the current one's.",
    }),
});

export const FileBytes = z.string().openapi({ format: "binary" });

export const Health = z
  .object({
    status: z.enum(["ok", "degraded", "no_model"]).openapi({
      description:
        "`degraded`: words are predicted, but not with the version that current.json names; `error` says why.",
    }),
    access: z.enum(["open", "key"]).openapi({ description: "Whether requests need an API key." }),
    models: z
      .array(
        z.object({
          name: z.string(),
          version,
          promoted_at: z.string(),
          loaded_at: z.string(),
          memory_bytes: z.int(),
          canary: z.boolean().optional(),
        }),
      )
      .optional()
      .openapi({
        description:
          "Not for requests without a key, where the deployment has keys; `error` neither.",
      }),
    error: z.string().nullable().optional(),
  })
  .openapi("Health");
