// edge/worker: every route of the API. Checks the request, asks the predictor or the session, and answers.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { checkIds, planCompletion } from "./completion-plan.ts";
import { answerCompletion, streamCompletion } from "./completion-reply.ts";
import { checkText, failBodyLimit, failNotFound, failValidation } from "./validation.ts";
import docs from "./pages/docs/index.html";
import { ApiError, respondToError } from "./errors.ts";
import { allowOrigins, limitRate, rateKeyOf, requireKey, setPrivate } from "./middleware.ts";
import type { EdgeContext } from "./middleware.ts";
import { isOpen } from "./keys.ts";
import { withCaller } from "./websocket.ts";
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from "./limits.ts";
import { findCard, findModel, listModels } from "./list-models.ts";
import type { Model } from "./load-model.ts";
import { currentModel, describeModels, unknownModel } from "./model-registry.ts";
import playground from "./pages/playground/index.html";
import * as routes from "./routes.ts";
import { openState, sealState } from "./state-token.ts";
import { scoreText } from "#inference/scoring";
import { findSession, newSession, unwrap, sessionObject } from "./sessions.ts";
import { describeTokenizer, readTextOrName, writeText } from "#inference/token-text";

export { Session } from "./session.ts";

// the page is one file and talks to this Worker alone
const PAGE_HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

const KEYED_PATHS = ["/v1/*", "/tokenize", "/detokenize", "/tokenizer_info"];

const app = new OpenAPIHono<EdgeContext>({ defaultHook: failValidation });

app.use(requestId(), setPrivate, allowOrigins);
for (const path of KEYED_PATHS) app.use(path, requireKey, limitRate);
app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: failBodyLimit }));
app.onError(respondToError);
app.notFound(failNotFound);

app.openapi(routes.predict, async (c) => {
  const { text, limit, model: name, state } = c.req.valid("json");
  checkText(text);
  const { predictor, version } = await modelOf(c, name);
  const binding = { model: name, version, owner: c.var.owner };
  const passage =
    state === undefined
      ? { point: predictor.start(), before: "", rest: "" }
      : await openState(c.env.STATE_KEYS, state, binding);
  const rest = passage.rest + text;
  checkText(rest);
  const predictions = predictor.predict(passage.point, passage.before, rest, limit);
  const reached = predictor.advance({ ...passage, rest });
  const next = await sealState(c.env.STATE_KEYS, reached, binding);
  return c.json({ model: name, version, predictions, state: next }, 200);
});

app.openapi(routes.createSession, async (c) => {
  const { ttl_seconds: ttlSeconds, ...begin } = c.req.valid("json");
  checkText(begin.text);
  const { id, session } = newSession(c.env.SESSIONS);
  const description = unwrap(await session.create(c.var.owner, { ...begin, ttlSeconds }));
  return c.json(sessionObject(id, description), 201);
});

app.openapi(routes.getSession, async (c) => {
  const { id } = c.req.valid("param");
  const description = unwrap(await findSession(c.env.SESSIONS, id).describe(c.var.owner));
  return c.json(sessionObject(id, description), 200);
});

app.openapi(routes.deleteSession, async (c) => {
  const { id } = c.req.valid("param");
  unwrap(await findSession(c.env.SESSIONS, id).delete(c.var.owner));
  return c.body(null, 204);
});

app.openapi(routes.predictInSession, async (c) => {
  const change = c.req.valid("json");
  checkText(change.text);
  const session = findSession(c.env.SESSIONS, c.req.valid("param").id);
  return c.json(unwrap(await session.predict(c.var.owner, change)), 200);
});

app.openapi(routes.liveSession, async (c) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const message = "this is a WebSocket: send Upgrade: websocket";
    throw new ApiError({ status: 426, code: "upgrade_required", message });
  }
  const session = findSession(c.env.SESSIONS, c.req.valid("param").id);
  const caller = { owner: c.var.owner, rateKey: rateKeyOf(c) };
  return session.fetch(withCaller(c.req.raw, caller));
});

app.openapi(routes.complete, async (c) => {
  const request = c.req.valid("json");
  const model = await modelOf(c, request.model);
  const plan = planCompletion(model.network, request);
  if (plan.stream) return streamCompletion(model, plan);
  return c.json(answerCompletion(model, plan), 200);
});

app.openapi(routes.score, async (c) => {
  const { text, model: name } = c.req.valid("json");
  checkText(text);
  const { network, version } = await modelOf(c, name);
  return c.json({ model: name, version, ...scoreText(network, text) }, 200);
});

// programs that evaluate models look for these at the root
for (const prefix of ["/v1", ""]) {
  const at = <Path extends string>(path: Path) => ({ path: path.replace("/v1", prefix) as Path, hide: prefix === "" }); // prettier-ignore

  app.openapi({ ...routes.tokenize, ...at("/v1/tokenize") }, async (c) => {
    const { prompt, model } = c.req.valid("json");
    checkText(prompt);
    const { ids, pieces } = readTextOrName((await modelOf(c, model)).network, prompt);
    const reply = { count: ids.length, max_model_len: MAX_TEXT_BYTES, tokens: ids };
    return c.json({ ...reply, token_strs: pieces }, 200);
  });

  app.openapi({ ...routes.detokenize, ...at("/v1/detokenize") }, async (c) => {
    const { tokens, model } = c.req.valid("json");
    const { network } = await modelOf(c, model);
    return c.json({ prompt: writeText(network, checkIds(network, tokens, "tokens")).text }, 200);
  });

  app.openapi({ ...routes.tokenizerInfo, ...at("/v1/tokenizer_info") }, async (c) => {
    const { network } = await modelOf(c, DEFAULT_MODEL_NAME);
    return c.json(describeTokenizer(network), 200);
  });
}

app.openapi(routes.listModels, async (c) => {
  return c.json({ object: "list" as const, data: await listModels(c.env.MODELS) }, 200);
});

app.openapi(routes.getModel, async (c) => {
  const { model: name } = c.req.valid("param");
  const found = await findModel(c.env.MODELS, name);
  if (!found) throw unknownModel(name);
  return c.json(found, 200);
});

app.openapi(routes.getCard, async (c) => {
  const { model: name } = c.req.valid("param");
  const card = await findCard(c.env.MODELS, name);
  if (card) return c.json(card, 200);
  if (!(await findModel(c.env.MODELS, name))) throw unknownModel(name);
  const message = `the current version of "${name}" has no card; publish it again`;
  throw new ApiError({ status: 404, code: "card_not_found", message, param: "model" });
});

app.openapi(routes.health, async (c) => {
  // a new isolate holds nothing yet: try, then tell what there is
  await modelOf(c, DEFAULT_MODEL_NAME).catch(() => null);
  const { models, error } = describeModels();
  const status = models.length === 0 ? "no_model" : error ? "degraded" : "ok";
  const access = isOpen(c.env.API_KEY_HASHES) ? "open" : "key";
  return c.json({ status, access, models, error } as const, 200);
});

app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
app.doc31("/openapi.json", {
  openapi: "3.1.0",
  security: [{ key: [] }, {}], // an open deployment needs none
  info: {
    title: "Afterword",
    version: "1",
    description: "Predicts the word that comes after. Every response carries an `x-request-id`.",
  },
});

function modelOf(c: Context<EdgeContext>, name: string): Promise<Model> {
  return currentModel(c.env.MODELS, name, (promise) => c.executionCtx.waitUntil(promise));
}

app.get("/", (c) => c.html(playground, 200, PAGE_HEADERS));
app.get("/docs", (c) => c.html(docs, 200, PAGE_HEADERS));

export default app;
