// edge/middleware: what every request passes before a route sees it: its key, its rate, and what pages may read the answer.

import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Environment } from "./environment.ts";
import { ApiError } from "./errors.ts";
import { checkKey, findKey, readKeys } from "./keys.ts";
import type { ApiKey } from "./keys.ts";
import { isLoopbackOrigin } from "./local-only.ts";
import { redeemTicket } from "./tickets.ts";

export interface EdgeContext {
  Bindings: Environment;
  Variables: { key: ApiKey | null }; // null where no keys are configured
}

/** A Worker's binding counts in periods of this length; wrangler.jsonc says how much work one may ask for in it. */
const RATE_PERIOD_SECONDS = 10;

/** Where work cannot be counted at once, it is counted by so many calls at most. */
const MAX_CALLS = 100;

const EXPOSED_HEADERS = ["x-request-id", "retry-after", "x-should-retry", "etag", "content-range", "x-afterword-version"]; // prettier-ignore

/** A page cannot set headers on a WebSocket: its ticket, or its key, comes among the protocols behind one of these. */
const [TICKET_PROTOCOL, KEY_PROTOCOL] = ["ticket.", "key."];
const SOCKET_PATH = /^\/v1\/sessions\/([^/]+)\/live$/;

/** Lets the pages of CORS_ORIGINS read answers: `*` is any, which is safe as no cookies are used; empty is none. A local edge lets this machine's. */
export const allowOrigins: MiddlewareHandler<EdgeContext> = (c, next) => {
  const allowed = c.env.CORS_ORIGINS.split(/[\s,]+/);
  const isAllowed = (origin: string) =>
    c.env.LOCAL_ONLY ? isLoopbackOrigin(origin) : allowed.includes("*") || allowed.includes(origin);
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
  c.set("key", await authenticate(c));
  await next();
};

/** Counts a request as one unit of work; what more it asks for is charged where that is known. */
export const limitRate: MiddlewareHandler<EdgeContext> = async (c, next) => {
  await chargeWork(c.env, rateKeyOf(c), 1);
  await next();
};

/** Work is counted by owner, in an open deployment by network. */
export function rateKeyOf(c: Context<EdgeContext>): string | null {
  return c.get("key")?.owner ?? networkOf(c);
}

/** Counts work that a request, or a message of a session's socket, asks for; throws where there was too much lately. */
export async function chargeWork(
  { RATE_LIMIT }: Environment,
  key: string | null,
  units: number,
): Promise<void> {
  if (key === null || units < 1) return;
  if (await isWithinLimit(RATE_LIMIT, key, Math.ceil(units))) return;
  const message = "too much work was asked for; wait as long as Retry-After says";
  const retryAfterSeconds = RATE_PERIOD_SECONDS;
  throw new ApiError({ status: 429, code: "rate_limit_exceeded", message, retryAfterSeconds });
}

let takesDelta = true;

async function isWithinLimit(limiter: RateLimit, key: string, delta: number): Promise<boolean> {
  if (delta > 1 && takesDelta) {
    try {
      return (await limiter.limit({ key, delta })).success;
    } catch {
      takesDelta = false; // the emulated binding counts calls alone
    }
  }
  const calls = Array.from({ length: Math.min(delta, MAX_CALLS) }, () => limiter.limit({ key }));
  return (await Promise.all(calls)).every(({ success }) => success);
}

/** The request's key, null in an open deployment; throws where it is missing, wrong, or not for this. */
async function authenticate(c: Context<EdgeContext>): Promise<ApiKey | null> {
  const keys = readKeys(c.env.API_KEY_HASHES);
  if (keys.length === 0) return null;
  const { kind, value } = credentialsOf(c);
  const key =
    kind === "ticket"
      ? await redeemTicket(keys, value, SOCKET_PATH.exec(c.req.path)?.[1] ?? "")
      : await findKey(keys, value);
  if (key && value !== "") {
    checkKey(key, c.req.path, c.req.header("origin") ?? null);
    return key;
  }
  const network = networkOf(c);
  if (network) await chargeWork(c.env, `refused ${network}`, 1);
  const message = value
    ? `the ${kind === "ticket" ? "ticket is too old, or not for this session" : "API key is not one of this deployment's"}`
    : "send an API key: Authorization: Bearer <key>";
  throw new ApiError({ status: 401, code: "invalid_api_key", message });
}

function credentialsOf(c: Context<EdgeContext>): { kind: "key" | "ticket"; value: string } {
  const bearer = bearerOf(c);
  if (bearer !== "") return { kind: "key", value: bearer };
  if (SOCKET_PATH.test(c.req.path)) {
    const protocols = (c.req.header("sec-websocket-protocol") ?? "").split(",");
    for (const protocol of protocols.map((protocol) => protocol.trim())) {
      if (protocol.startsWith(TICKET_PROTOCOL)) return { kind: "ticket", value: protocol.slice(TICKET_PROTOCOL.length) }; // prettier-ignore
      if (protocol.startsWith(KEY_PROTOCOL)) return { kind: "key", value: protocol.slice(KEY_PROTOCOL.length) }; // prettier-ignore
    }
  }
  return { kind: "key", value: "" };
}

/** The key that a request's header holds, "" where there is none. */
export function bearerOf(c: Context<EdgeContext>): string {
  return /^Bearer +(\S+)\s*$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
}

/** The address that a request comes from; of IPv6 the first 64 bits, as whoever has one of those has them all. */
function networkOf(c: Context<EdgeContext>): string | null {
  const address = c.req.header("cf-connecting-ip");
  if (!address?.includes(":")) return address ?? null;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const after = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : Math.max(8 - groups.length - after.length, 0);
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...after];
  return `${all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`; // prettier-ignore
}
