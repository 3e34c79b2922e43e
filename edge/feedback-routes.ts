// edge/feedback-routes: the routes about feedback: their contracts, and what they do.

import { createRoute } from "@hono/zod-openapi";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { listFeedback } from "#model/feedback";
import { findPointer } from "./list-models.ts";
import type { EdgeContext } from "./middleware.ts";
import { unknownModel } from "./model-registry.ts";
import { readFeedback, reportFeedback } from "./report-feedback.ts";
import { checkModelName } from "./request-context.ts";
import { body, errors, json } from "./routes.ts";
import { ModelId } from "./schemas/models.ts";
import { FeedbackRequest, ModelFeedback } from "./schemas/feedback.ts";

const report = createRoute({
  method: "post",
  path: "/v1/feedback",
  summary: "Report how suggestions fared",
  description:
    "Counts alone, since the last report, of one version; no text. The client of Afterword sends them by itself. A session's " +
    'WebSocket takes them too: `{"id", "feedback": {"version", "shown", …}}`.',
  request: { body: body(FeedbackRequest) },
  responses: { 204: { description: "counted" }, ...errors(400, 404, 413, 415) },
});

const read = createRoute({
  method: "get",
  path: "/v1/models/{model}/feedback",
  summary: "How a model's suggestions fared, by version",
  request: { params: ModelId },
  responses: {
    200: { description: "what was reported, newest version first", content: json(ModelFeedback) },
    ...errors(404),
  },
});

export function addFeedbackRoutes(app: OpenAPIHono<EdgeContext>): void {
  app.openapi(report, async (c) => {
    const { model, ...counts } = c.req.valid("json");
    checkModelName(c, model);
    await reportFeedback(c.env, model, counts);
    return c.body(null, 204);
  });

  app.openapi(read, async (c) => {
    const { model } = c.req.valid("param");
    checkModelName(c, model);
    if (!(await findPointer(c.env.MODELS, model))) throw unknownModel(model);
    const versions = listFeedback(await readFeedback(c.env, model));
    return c.json({ model, versions }, 200);
  });
}
