// edge/request-context: what the handlers of all routes ask of a request: its caller, and the models it may use.

import type { Context } from "hono";
import type { Model } from "./load-model.ts";
import { chargeWork, rateKeyOf } from "./middleware.ts";
import type { EdgeContext } from "./middleware.ts";
import { currentModel, unknownModel } from "./model-registry.ts";
import type { Caller } from "./websocket.ts";

/** Who calls, as a session knows them. */
export function callerOf(c: Context<EdgeContext>): Caller {
  const { key } = c.var;
  return { owner: key?.owner ?? null, models: key?.models ?? null, rateKey: rateKeyOf(c) };
}

/** Throws where the request's key knows no model of that name, as if there were none. */
export function checkModelName(c: Context<EdgeContext>, name: string): void {
  if (!isAllowed(c, name)) throw unknownModel(name);
}

/** Whether the request's key knows a model of that name. */
export function isAllowed(c: Context<EdgeContext>, name: string): boolean {
  return c.var.key?.models?.includes(name) ?? true;
}

/** The current version of a model that the request may use. */
export async function modelOf(c: Context<EdgeContext>, name: string): Promise<Model> {
  checkModelName(c, name);
  return currentModel(c.env.MODELS, name, (promise) => c.executionCtx.waitUntil(promise));
}

/** Charges work beyond the unit that every request is counted as; a unit is a millisecond. */
export function charge(c: Context<EdgeContext>, ms: number): Promise<void> {
  return chargeWork(c.env, rateKeyOf(c), Math.floor(ms) - 1);
}
