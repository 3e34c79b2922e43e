// edge/model-routes: the routes about models: which there are, what is known of each, their files, and whether they can be
// served.

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { edgeKey, DEFAULT_MODEL_NAME } from "#model/layout";
import { ApiError } from "./errors.ts";
import { findKey, readKeys } from "./keys.ts";
import { findCard, findModel, findPointer, listModels } from "./list-models.ts";
import { bearerOf } from "./middleware.ts";
import type { EdgeContext } from "./middleware.ts";
import { respondWithFile } from "./model-file.ts";
import { currentModel, describeModels, unknownModel } from "./model-registry.ts";
import { checkModelName, isAllowed } from "./request-context.ts";
import * as routes from "./routes.ts";

export function addModelRoutes(app: OpenAPIHono<EdgeContext>): void {
  app.openapi(routes.listModels, async (c) => {
    const models = await listModels(c.env.MODELS, (name) => isAllowed(c, name));
    return c.json({ object: "list" as const, data: models }, 200);
  });

  app.openapi(routes.getModel, async (c) => {
    const { model: name } = c.req.valid("param");
    checkModelName(c, name);
    const found = await findModel(c.env.MODELS, name);
    if (!found) throw unknownModel(name);
    return c.json(found, 200);
  });

  app.openapi(routes.getCard, async (c) => {
    const { model: name } = c.req.valid("param");
    checkModelName(c, name);
    const card = await findCard(c.env.MODELS, name);
    if (card) return c.json(card, 200);
    if (!(await findModel(c.env.MODELS, name))) throw unknownModel(name);
    const message = `the current version of "${name}" has no card; publish it again`;
    throw new ApiError({ status: 404, code: "card_not_found", message, param: "model" });
  });

  app.openapi(routes.getFile, async (c) => {
    const { model: name } = c.req.valid("param");
    checkModelName(c, name);
    const pointer = await findPointer(c.env.MODELS, name);
    if (!pointer) throw unknownModel(name);
    const { version } = c.req.valid("query");
    const request = { isNamed: version !== undefined, headers: c.req.raw.headers };
    if (version === undefined || version === pointer.version) {
      return respondWithFile(c.env.MODELS, name, { ...pointer, ...request });
    }
    const found = await c.env.MODELS.head(edgeKey(name, version));
    if (found) return respondWithFile(c.env.MODELS, name, { version, bytes: found.size, ...request }); // prettier-ignore
    const message = `"${name}" has no version ${version}`;
    throw new ApiError({ status: 404, code: "version_not_found", message, param: "version" });
  });

  app.openapi(routes.health, async (c) => {
    // a new isolate holds nothing yet: try, then tell what there is
    const waitUntil = (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise);
    await currentModel(c.env.MODELS, DEFAULT_MODEL_NAME, waitUntil).catch(() => null);
    const { models, error } = describeModels();
    const status = models.length === 0 ? "no_model" : error ? "degraded" : "ok";
    const access = readKeys(c.env.API_KEY_HASHES).length === 0 ? "open" : "key";
    const details = (await maySeeDetails(c)) ? { models, error } : {};
    return c.json({ status, access, ...details } as const, 200);
  });
}

/** Names of models and what went wrong with them are for those who may use all of them. */
async function maySeeDetails(c: Context<EdgeContext>): Promise<boolean> {
  const keys = readKeys(c.env.API_KEY_HASHES);
  if (keys.length === 0) return true;
  const key = await findKey(keys, bearerOf(c));
  return key !== null && key.models === null && !key.predictsOnly;
}
