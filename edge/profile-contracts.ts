// edge/profile-contracts: the contract of the routes about writers' profiles; profile-routes does the work.

import { createRoute } from "@hono/zod-openapi";
import { body, errors, json } from "./routes.ts";
import * as schemas from "./schemas/profiles.ts";

const request = { params: schemas.ProfileUser };

export const getProfile = createRoute({
  method: "get",
  path: "/v1/profiles/{user}",
  summary: "The words of a writer's profile",
  request,
  responses: {
    200: { description: "what is known", content: json(schemas.ProfileSummary) },
    ...errors(400),
  },
});

export const exportProfile = createRoute({
  method: "get",
  path: "/v1/profiles/{user}/export",
  summary: "All of a writer's profile, to take along",
  request,
  responses: {
    200: { description: "what PUT takes", content: json(schemas.Profile) },
    ...errors(400),
  },
});

export const importProfile = createRoute({
  method: "put",
  path: "/v1/profiles/{user}",
  summary: "Make a writer's profile what was exported elsewhere",
  description: "What it was before is forgotten. The predictions after it are those where it was exported.", // prettier-ignore
  request: { ...request, body: body(schemas.Profile) },
  responses: { 204: { description: "it is the profile now" }, ...errors(400, 413, 415, 503) },
});

export const forgetProfile = createRoute({
  method: "delete",
  path: "/v1/profiles/{user}",
  summary: "Forget a word, some days, or all of a writer's profile",
  description:
    "What is left, and what is predicted with it, is as if what is forgotten had never been typed. Sessions that are open keep " +
    "their own text, and tell the profile only what is typed from now on.",
  request: { ...request, query: schemas.ForgetQuery },
  responses: { 204: { description: "forgotten" }, ...errors(400, 503) },
});
