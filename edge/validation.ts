// edge/validation: what is wrong with a request, said in the API's one shape.

import type { Hook, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ApiError } from "./errors.ts";
import { describeProblem } from "./field-problems.ts";
import type { EdgeContext } from "./middleware.ts";
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from "./limits.ts";

const encoder = new TextEncoder();

/** Throws when a text is longer than one call may send. */
export function checkText(text: string): void {
  // a code unit takes one byte at least and three at most
  if (text.length * 3 <= MAX_TEXT_BYTES) return;
  const bytes = text.length > MAX_TEXT_BYTES ? text.length : encoder.encode(text).length;
  if (bytes <= MAX_TEXT_BYTES) return;
  const message = `the text has more than ${MAX_TEXT_BYTES} bytes; send the end of it, or send it to a session in parts`;
  throw new ApiError({ status: 413, code: "text_too_long", message, param: "text" });
}

/** For requests that their schema refused. */
export const failValidation: Hook<unknown, EdgeContext, string, unknown> = (result) => {
  if (!result.success) failInvalid(result.error);
};

/** Names the first field that is wrong. */
export function failInvalid({ issues }: Pick<z.ZodError, "issues">): never {
  const issue = issues[0]!;
  // a field that does not exist is named by the field itself, not by where it stands
  const path = issue.code === "unrecognized_keys" ? issue.keys : issue.path;
  const param = path.join(".") || null;
  const telling = mostTelling(issue);
  const message = describeProblem(telling, telling.path.join(".") || "the body");
  throw new ApiError({ status: 400, code: "invalid_value", message, ...(param && { param }) });
}

/** Of a union's branches the one that fits best says what is wrong: that which fails farthest inside, or not by its type. */
function mostTelling(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const branches = issue.errors.map(([first]) => mostTelling(first!));
  const weight = ({ path, code }: z.core.$ZodIssue) => path.length * 2 + Number(code !== "invalid_type"); // prettier-ignore
  const best = branches.toSorted((a, b) => weight(b) - weight(a))[0]!;
  if (weight(best) > 0) {
    return { ...best, path: [...issue.path, ...best.path] };
  }
  const expected = branches.map((branch) => ("expected" in branch ? branch.expected : "another"));
  const message = `expected ${[...new Set(expected)].join(" or ")}`;
  return { ...issue, message };
}

export function failBodyLimit(): never {
  const message = `the body has more than ${MAX_BODY_BYTES} bytes; a text may have ${MAX_TEXT_BYTES} bytes of UTF-8`;
  throw new ApiError({ status: 413, code: "body_too_long", message });
}

/** For requests that none of the routes takes. */
export function failNotFound(c: Context, routes: { method: string; path: string }[]): never {
  const { method, path } = c.req;
  const allowed = routes.filter(
    (route) => route.method !== "ALL" && patternOf(route.path).test(path),
  );
  if (allowed.length > 0) {
    const methods = [...new Set(allowed.map((route) => route.method))].join(", ");
    const message = `${path} takes ${methods}, not ${method}`;
    throw new ApiError({ status: 405, code: "method_not_allowed", message, allow: methods });
  }
  const message = `no route ${method} ${path}; ${adviceFor(path)}`;
  throw new ApiError({ status: 404, code: "route_not_found", message });
}

function patternOf(path: string): RegExp {
  const parts = path.split("/").map((part) => (/^[:*]/.test(part) ? "[^/]+" : part));
  return new RegExp(`^${parts.join("/")}/?$`);
}

function adviceFor(path: string): string {
  if (path.includes("/chat/")) return "the models complete texts: POST /v1/completions";
  if (path.startsWith("/v1/v1/")) return "the address that clients are given ends with /v1 already";
  if (path.includes("//")) return "a part of the path is empty, a session's id maybe";
  return "see /openapi.json";
}
