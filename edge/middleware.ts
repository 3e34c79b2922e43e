// edge/middleware: what every request passes before a route sees it: its key, its rate, and what pages may read the answer.

import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Environment } from "./environment.ts";
import { ApiError } from "./errors.ts";
import { authenticate } from "./keys.ts";

export interface EdgeContext {
  Bindings: Environment;
  Variables: { owner: string | null }; // of the request's key; null where no keys are configured
}

/** A Worker's binding counts in periods of this length; wrangler.jsonc says how many requests one may have. */
const RATE_PERIOD_SECONDS = 10;

const EXPOSED_HEADERS = ["x-request-id", "retry-after", "x-should-retry"];

/** Lets the pages of CORS_ORIGINS read answers: `*` is any, which is safe as no cookies are used; empty is none. */
export const allowOrigins: MiddlewareHandler<EdgeContext> = (c, next) => {
  const allowed = c.env.CORS_ORIGINS.split(/[\s,]+/);
  const isAllowed = (origin: string) => allowed.includes("*") || allowed.includes(origin);
  return cors({
    origin: (origin) => (isAllowed(origin) ? origin : null),
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  })(c, next);
};

/** Answers are one person's: nothing between here and there keeps them, and no browser guesses what they are. */
export const setPrivate: MiddlewareHandler<EdgeContext> = async (c, next) => {
  await next();
  if (c.res.webSocket) return; // its headers are sent
  c.header("x-content-type-options", "nosniff");
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
};

export const requireKey: MiddlewareHandler<EdgeContext> = async (c, next) => {
  c.set("owner", await authenticate(c.req.raw.headers, c.env.API_KEY_HASHES));
  await next();
};

export const limitRate: MiddlewareHandler<EdgeContext> = async (c, next) => {
  await checkRate(c.env, rateKeyOf(c));
  await next();
};

/** Requests are counted by key, in an open deployment by address. */
export function rateKeyOf(c: Context<EdgeContext>): string | null {
  return c.var.owner ?? c.req.header("cf-connecting-ip") ?? null;
}

/** Counts one request, or one message of a live session. */
export async function checkRate({ RATE_LIMIT }: Environment, key: string | null): Promise<void> {
  if (key === null || (await RATE_LIMIT.limit({ key })).success) return;
  const message = "too many requests; wait as long as Retry-After says";
  const retryAfterSeconds = RATE_PERIOD_SECONDS;
  throw new ApiError({ status: 429, code: "rate_limit_exceeded", message, retryAfterSeconds });
}
