// edge/field-problems: what is wrong with a field of a request, in a sentence; zod finds it, and says it to programmers.

import type { z } from "@hono/zod-openapi";

type Issue = z.core.$ZodIssue;

/**
 * A field's problem, in words that begin with the field's name.
 * @example describeProblem(issue) // "limit must be a number, got a string"
 */
export function describeProblem(issue: Issue, name: string): string {
  switch (issue.code) {
    case "invalid_type": {
      const received = /received (\w+)$/.exec(issue.message)?.[1] ?? "something else";
      if (received === "undefined") return `${name} is needed: ${withArticle(issue.expected)}`;
      return `${name} must be ${withArticle(issue.expected)}, got ${withArticle(received)}`;
    }
    case "unrecognized_keys":
      return `there is no field ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; /docs lists those of this route`;
    case "too_big":
      return `${name} ${limit(issue.origin, "at most", issue.maximum)}`;
    case "too_small":
      return `${name} ${limit(issue.origin, "at least", issue.minimum)}`;
    case "invalid_value":
      return `${name} must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    default:
      return `${name}: ${issue.message}`;
  }
}

function limit(origin: string, side: string, bound: number | bigint): string {
  if (origin === "string") return `must have ${side} ${bound} characters`;
  if (origin === "array") return `must have ${side} ${bound} items`;
  return `must be ${side} ${bound}`;
}

function withArticle(type: string): string {
  if (type === "null") return type;
  const name = type === "int" ? "integer" : type === "record" ? "object" : type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}
