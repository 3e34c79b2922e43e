// edge/report-feedback: a report of suggestions, from a request or over a session's socket, checked and handed on: to the model's
// object, and where Analytics Engine is bound to that.

import type { z } from "@hono/zod-openapi";
import type { ModelFeedback } from "#model/feedback";
import { edgeKey } from "#model/layout";
import type { Environment } from "./environment.ts";
import { ApiError } from "./errors.ts";
import type { Feedback } from "./feedback.ts";
import { placeOf } from "./placement.ts";
import type { Counts } from "./schemas/feedback.ts";

export type Report = z.infer<typeof Counts>;

/** Versions that are there, by model: they never go away. */
const known = new Set<string>();
const MAX_KNOWN = 1_000;

/**
 * Counts what is reported of a version.
 * @throws ApiError 404 where there is no such version, 400 where the counts do not fit each other
 */
export async function reportFeedback(env: Environment, model: string, report: Report) {
  const { version, shown, accepted, typed_out: typedOut, characters_saved: charactersSaved } = report;
  if (accepted + typedOut > shown) {
    const message = `accepted and typed_out are ${accepted + typedOut} together, more than shown, ${shown}; count each word once`;
    throw new ApiError({ status: 400, code: "invalid_value", message, param: "accepted" });
  }
  await checkVersion(env.MODELS, model, version);
  env.FEEDBACK_EVENTS?.writeDataPoint({
    indexes: [model],
    blobs: [model, version],
    doubles: [shown, accepted, typedOut, charactersSaved],
  });
  const counts = { shown, accepted, typedOut, charactersSaved };
  await feedbackOf(env, model).add(model, version, counts);
} // prettier-ignore

/** All that was reported of a model. */
export function readFeedback(env: Environment, model: string): Promise<ModelFeedback> {
  return feedbackOf(env, model).read() as Promise<ModelFeedback>;
}

function feedbackOf({ FEEDBACK, ...env }: Environment, model: string) {
  const { namespace, options } = placeOf(FEEDBACK, env);
  const id = namespace.idFromName(model);
  return (namespace as unknown as DurableObjectNamespace<Feedback>).get(id, options);
}

/** Nobody fills the counts with made-up versions. */
async function checkVersion(store: R2Bucket, model: string, version: string): Promise<void> {
  const key = edgeKey(model, version);
  if (known.has(key)) return;
  if (!(await store.head(key))) {
    const message = `"${model}" has no version ${version}; send the one that the answers say`;
    throw new ApiError({ status: 404, code: "version_not_found", message, param: "version" });
  }
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(key);
}
