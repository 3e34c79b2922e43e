// edge/routes: the contract of every route: what it takes, what it answers, which errors it knows. worker.ts does the work.

import { createRoute } from "@hono/zod-openapi";
import type { z } from "@hono/zod-openapi";
import * as completions from "./schemas/openai.ts";
import * as schemas from "./schemas/api.ts";
import * as models from "./schemas/models.ts";

const ERRORS = {
  400: "the request is not as described; `param` names the field",
  401: "an API key is needed, or this one is not known",
  403: "the API key is not for this route, or not for this page's origin",
  404: "there is nothing of that name",
  409: "the session's text does not reach, or no longer reaches, `at`; or `state` is another version's; not worth a retry",
  413: "the text or the body is too long",
  415: "the body is not JSON",
  426: "this is a WebSocket: send `Upgrade: websocket`",
  429: "too many requests; `Retry-After` says when to go on",
  503: "no model can be served now; `Retry-After` says when to try again",
} as const;

type ErrorStatus = keyof typeof ERRORS;

export const json = <Schema extends z.ZodType>(schema: Schema) => ({
  "application/json": { schema },
});
const FILE = { "application/octet-stream": { schema: models.FileBytes } };
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: json(schema),
});
export const errors = (...statuses: ErrorStatus[]) =>
  Object.fromEntries(
    [...statuses, 401 as const, 403 as const, 429 as const]
      .sort()
      .map((status) => [
        status,
        { description: ERRORS[status], content: json(schemas.ErrorReply) },
      ]),
  );

export const predict = createRoute({
  method: "post",
  path: "/v1/predict",
  summary: "The words that may come after a text",
  description:
    "By the model alone: the words of the text raise their own probability in a session only. `state` goes on from an earlier call.",
  request: { body: body(schemas.PredictRequest) },
  responses: {
    200: { description: "most probable first", content: json(schemas.PredictReply) },
    ...errors(400, 404, 409, 413, 415, 503),
  },
});

export const createSession = createRoute({
  method: "post",
  path: "/v1/sessions",
  summary: "Begin a session, which remembers a text, its LSTM state and its words",
  request: { body: body(schemas.CreateSessionRequest) },
  responses: {
    201: { description: "the session", content: json(schemas.SessionObject) },
    ...errors(400, 404, 413, 415, 503),
  },
});

export const getSession = createRoute({
  method: "get",
  path: "/v1/sessions/{id}",
  summary: "A session and its text",
  request: { params: schemas.SessionId },
  responses: {
    200: { description: "the session", content: json(schemas.SessionObject) },
    ...errors(404),
  },
});

export const deleteSession = createRoute({
  method: "delete",
  path: "/v1/sessions/{id}",
  summary: "Delete a session and all it holds",
  request: { params: schemas.SessionId },
  responses: { 204: { description: "deleted" }, ...errors(404) },
});

export const predictInSession = createRoute({
  method: "post",
  path: "/v1/sessions/{id}/predict",
  summary: "Change a session's text; the words that may come after it",
  description:
    "The last words of the retained text make themselves more probable, names that no vocabulary has among them (`learn`); " +
    "a suggestion that is not wanted is held back for a while (`reject`).",
  request: { params: schemas.SessionId, body: body(schemas.SessionPredictRequest) },
  responses: {
    200: { description: "most probable first", content: json(schemas.SessionPredictions) },
    ...errors(400, 404, 409, 413, 415, 503),
  },
});

export const liveSession = createRoute({
  method: "get",
  path: "/v1/sessions/{id}/live",
  summary: "A session as a WebSocket",
  description:
    "Each message is the body of POST …/predict, with an `id` of your choice; the answer is that route's, with the same `id`. " +
    "An error has its `status` beside it. A page cannot send its API key in a header: it asks for a ticket and offers the " +
    "WebSocket protocols `afterword` and `ticket.<ticket>`.",
  request: { params: schemas.SessionId },
  responses: { 101: { description: "a WebSocket" }, ...errors(404, 426) },
});

export const createTicket = createRoute({
  method: "post",
  path: "/v1/sessions/{id}/ticket",
  summary: "A ticket that opens a session's WebSocket",
  description:
    "For pages: it takes the API key's place in the WebSocket's protocols, once or more often, for a minute.",
  request: { params: schemas.SessionId },
  responses: {
    200: { description: "the ticket", content: json(schemas.Ticket) },
    ...errors(404),
  },
});

export const listModels = createRoute({
  method: "get",
  path: "/v1/models",
  summary: "The models that may be named in a request",
  responses: { 200: { description: "all of them", content: json(models.ModelList) }, ...errors() },
});

export const getModel = createRoute({
  method: "get",
  path: "/v1/models/{model}",
  summary: "One of the models",
  request: { params: models.ModelId },
  responses: {
    200: { description: "the model", content: json(models.ModelObject) },
    ...errors(404),
  },
});

export const getCard = createRoute({
  method: "get",
  path: "/v1/models/{model}/card",
  summary: "What is known of a model's current version",
  request: { params: models.ModelId },
  responses: {
    200: { description: "the model's card", content: json(models.ModelCard) },
    ...errors(404),
  },
});

export const getFile = createRoute({
  method: "get",
  path: "/v1/models/{model}/file",
  summary: "A model's edge file, for whoever predicts with it elsewhere",
  description:
    "The current version's, or that of `version`, which may be kept for ever. The version is the ETag; `Range` asks for a part. " +
    "`x-afterword-version` and `repr-digest` say which file it is.",
  request: { params: models.ModelId, query: models.FileQuery },
  responses: {
    200: { description: "a safetensors file", content: FILE },
    206: { description: "the part of it that `Range` names", content: FILE },
    304: { description: "the file that `If-None-Match` names is still the one" },
    416: { description: "`Range` begins past the file's end" },
    ...errors(404, 503),
  },
});

export const complete = createRoute({
  method: "post",
  path: "/v1/completions",
  summary: "Write on from a prompt, in OpenAI's wire format",
  request: { body: body(completions.CompletionRequest) },
  responses: {
    200: {
      description: "the completions; with `stream`, server-sent events of the same shape",
      content: {
        ...json(completions.Completion),
        "text/event-stream": { schema: completions.Completion },
      },
    },
    ...errors(400, 404, 413, 415, 503),
  },
});

export const score = createRoute({
  method: "post",
  path: "/v1/score",
  summary: "How probable a text is",
  request: { body: body(completions.ScoreRequest) },
  responses: {
    200: { description: "as `afterword evaluate` reckons", content: json(completions.Score) },
    ...errors(400, 404, 413, 415, 503),
  },
});

export const tokenize = createRoute({
  method: "post",
  path: "/v1/tokenize",
  summary: "The word ids of a text",
  description:
    "One of the names that /v1/tokenizer_info gives to tokens, alone, is that token's id.",
  request: { body: body(completions.TokenizeRequest) },
  responses: {
    200: { description: "the ids", content: json(completions.Tokens) },
    ...errors(400, 404, 413, 415, 503),
  },
});

export const detokenize = createRoute({
  method: "post",
  path: "/v1/detokenize",
  summary: "The text that word ids stand for",
  request: { body: body(completions.DetokenizeRequest) },
  responses: {
    200: { description: "the text", content: json(completions.Detokenized) },
    ...errors(400, 404, 413, 415, 503),
  },
});

export const tokenizerInfo = createRoute({
  method: "get",
  path: "/v1/tokenizer_info",
  summary: "What the tokenizer is, for programs that evaluate models",
  responses: {
    200: { description: "the tokenizer", content: json(completions.TokenizerInfo) },
    ...errors(503),
  },
});

export const health = createRoute({
  method: "get",
  path: "/health",
  summary: "Whether words can be predicted, and with which versions",
  responses: { 200: { description: "what is held here", content: json(models.Health) } },
});
