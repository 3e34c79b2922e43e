// edge/worker: every route of the API. Checks the request, asks the predictor or the session, and answers.

import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import { planCompletion } from "./completion-plan.ts";
import { answerCompletion, streamCompletion } from "./completion-reply.ts";
import { checkText, failBodyLimit, failNotFound, failValidation } from "./validation.ts";
import { ApiError, respondToError } from "./errors.ts";
import { requireLoopback } from "./local-only.ts";
import { allowOrigins, limitRate, requireKey, setPrivate } from "./middleware.ts";
import type { EdgeContext } from "./middleware.ts";
import { withCaller } from "./websocket.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import { addDocuments } from "./documents.ts";
import { addModelRoutes } from "./model-routes.ts";
import { addTokenRoutes } from "./token-routes.ts";
import { callerOf, charge, checkModelName, modelOf } from "./request-context.ts";
import { issueTicket, TICKET_SECONDS } from "./tickets.ts";
import { addFeedbackRoutes } from "./feedback-routes.ts";
import { addProfileRoutes } from "./profile-routes.ts";
import { readProfile, withProfile } from "./profiles.ts";
import * as routes from "./routes.ts";
import { findCursor, readCursor, rememberCursor } from "./stateless.ts";
import { openState, sealState } from "./state-token.ts";
import { listPredictions } from "#inference/suggestion-list";
import { endScored, scoreSteps } from "#inference/scoring";
import { checkWork, costOfList, costsOf, readInSlices, Slices } from "./work.ts";
import { takeFromQuota } from "./session-quota.ts";
import { findSession, newSession, unwrap, sessionObject } from "./sessions.ts";

export { Feedback } from "./feedback.ts";
export { Profile } from "./profile.ts";
export { Session } from "./session.ts";
export { SessionQuota } from "./session-quota.ts";

const KEYED_PATHS = ["/v1/*", "/tokenize", "/detokenize", "/tokenizer_info"];

const app = new OpenAPIHono<EdgeContext>({ defaultHook: failValidation, strict: false });

app.use(requestId(), setPrivate, allowOrigins, requireLoopback);
for (const path of KEYED_PATHS) app.use(path, requireKey, limitRate);
app.use("/health", limitRate);
app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: failBodyLimit }));
app.onError(respondToError);
app.notFound((c) => failNotFound(c, app.routes));

app.openapi(routes.predict, async (c) => {
  const { text, model: name, state, user, ...list } = c.req.valid("json");
  checkText(text);
  const model = await modelOf(c, name);
  const { version } = model;
  const binding = { model: name, version, owner: callerOf(c).owner };
  const isGiven = typeof state === "string";
  const cursor = isGiven
    ? await openState(c.env.STATE_KEYS, state, binding)
    : findCursor(model, binding.owner, text);
  const unseen = isGiven ? { ...cursor, rest: cursor.rest + text } : cursor;
  checkText(unseen.rest);
  const listMs = costOfList(model.network, list);
  const reached = await readCursor(model, unseen, (ms) => charge(c, ms + listMs));
  if (!isGiven) rememberCursor(model, binding.owner, reached);
  const { owner } = binding;
  const profile =
    user === undefined
      ? null
      : await readProfile(c.env, { writer: { owner, user }, model }, (ms) => charge(c, ms));
  const predictions = listPredictions(model.predictor, reached, withProfile(profile), list);
  const next = state === undefined ? null : await sealState(c.env.STATE_KEYS, reached, binding);
  return c.json({ model: name, version, predictions, state: next }, 200);
});

app.openapi(routes.createSession, async (c) => {
  const { ttl_seconds: ttlSeconds, ...begin } = c.req.valid("json");
  checkText(begin.text);
  checkModelName(c, begin.model);
  const caller = callerOf(c);
  const { id, session } = newSession(c.env);
  // at once: who is counted may live far from whoever asks
  const [counted, reply] = await Promise.allSettled([
    takeFromQuota(c.env, caller.rateKey),
    session.create(caller, { ...begin, ttlSeconds }),
  ]);
  if (reply.status === "rejected") throw reply.reason;
  const description = unwrap(reply.value);
  if (counted.status === "rejected") {
    await session.delete(caller);
    throw counted.reason;
  }
  return c.json(sessionObject(id, description), 201);
});

app.openapi(routes.getSession, async (c) => {
  const { id } = c.req.valid("param");
  const description = unwrap(await findSession(c.env.SESSIONS, id).describe(callerOf(c)));
  return c.json(sessionObject(id, description), 200);
});

app.openapi(routes.deleteSession, async (c) => {
  const { id } = c.req.valid("param");
  unwrap(await findSession(c.env.SESSIONS, id).delete(callerOf(c)));
  return c.body(null, 204);
});

app.openapi(routes.predictInSession, async (c) => {
  const change = c.req.valid("json");
  checkText(change.text);
  const session = findSession(c.env.SESSIONS, c.req.valid("param").id);
  return c.json(unwrap(await session.predict(callerOf(c), change)), 200);
});

app.openapi(routes.liveSession, async (c) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const message = "this is a WebSocket: send Upgrade: websocket";
    throw new ApiError({ status: 426, code: "upgrade_required", message });
  }
  const session = findSession(c.env.SESSIONS, c.req.valid("param").id);
  const caller = { ...callerOf(c), keyId: c.var.key?.id ?? null };
  return session.fetch(withCaller(c.req.raw, caller));
});

app.openapi(routes.createTicket, async (c) => {
  const { id } = c.req.valid("param");
  unwrap(await findSession(c.env.SESSIONS, id).describe(callerOf(c)));
  const ticket = await issueTicket(c.var.key, id);
  return c.json({ ticket, expires_in: TICKET_SECONDS }, 200);
});

app.openapi(routes.complete, async (c) => {
  const request = c.req.valid("json");
  const model = await modelOf(c, request.model);
  const plan = await planCompletion(model.network, request);
  await charge(c, plan.workMs);
  if (plan.stream) return streamCompletion(model, plan);
  return c.json(await answerCompletion(model, plan), 200);
});

app.openapi(routes.score, async (c) => {
  const { text, model: name } = c.req.valid("json");
  checkText(text);
  const { network, version } = await modelOf(c, name);
  const ids = endScored(network, (await readInSlices(network, text)).ids);
  const { read, scored } = costsOf(network);
  checkWork(ids.length * scored, read, "text");
  await charge(c, ids.length * scored);
  const score = await new Slices().run(scoreSteps(network, ids), () => scored);
  return c.json({ model: name, version, ...score }, 200);
});

addProfileRoutes(app);
addFeedbackRoutes(app);
addTokenRoutes(app);
addModelRoutes(app);
addDocuments(app);

export default app;
