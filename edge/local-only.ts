// edge/local-only: an edge on somebody's own machine serves that machine's programs and pages. A page from elsewhere could
// otherwise ask it, by its address or by a name that it has pointed at 127.0.0.1, for words of a text that is private.

import type { MiddlewareHandler } from "hono";
import type { Environment } from "./environment.ts";
import { ApiError } from "./errors.ts";

const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const SCHEME = /^https?:\/\//;

/** Whether a `Host` names this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether a page was opened from this machine; one from a file has no origin that tells it from others. */
export function isLoopbackOrigin(origin: string): boolean {
  return SCHEME.test(origin) && isLoopback(origin.replace(SCHEME, ""));
}

/** Refuses requests that came by another name than this machine's, where LOCAL_ONLY is set. */
export const requireLoopback: MiddlewareHandler<{ Bindings: Environment }> = async (c, next) => {
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  if (c.env.LOCAL_ONLY && !isLoopback(host)) {
    const message = `this edge is this machine's alone, and "${host}" is not its name; ask http://127.0.0.1, or deploy an edge for others`;
    throw new ApiError({ status: 403, code: "host_not_allowed", message });
  }
  await next();
};
