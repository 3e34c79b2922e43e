// config/errors: what a value of the configuration may be, with the words that follow "write" where it is something
// else; and zod's findings as sentences. Knows no setting.

import { z } from "zod";

/** The key of cdk.json's context under which the configuration stands. */
export const CONTEXT_KEY = "afterword";

/** A finding in the configuration `root` as sentences: its place, its value and what to write. */
export function formatIssues(root: unknown) {
  return (issue: z.core.$ZodIssue): string[] => {
    const place = placeOf(issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map(
        (key) => `cdk.json: ${place}.${key} is not known here; remove it or check its spelling`,
      );
    }
    const found = issue.path.reduce<unknown>(
      (value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step],
      root,
    );
    const what = found === undefined ? "is missing" : `is ${JSON.stringify(found)}`;
    return [`cdk.json: ${place} ${what}; write ${issue.message}`];
  };
}

function placeOf(path: PropertyKey[]): string {
  return path.reduce<string>(
    (place, step) => place + (typeof step === "number" ? `[${step}]` : `.${String(step)}`),
    CONTEXT_KEY,
  );
}

/** A string; what it may be is told in the error and to whoever writes it in an editor. */
export function text(fits: RegExp | ((value: string) => boolean), error: string) {
  const string = z.string({ error });
  const checked =
    fits instanceof RegExp ? string.regex(fits, { error }) : string.refine(fits, { error });
  return checked.describe(error);
}

export function number(min: number, max: number, what: string) {
  const error = `${what} (${min} to ${max})`;
  return z.number({ error }).min(min, { error }).max(max, { error }).describe(what);
}

export function integer(min: number, max: number, what: string) {
  const error = `${what} (a whole number from ${min} to ${max})`;
  // one sentence for a value, however much is wrong with it
  const integer = z.number({ error }).int({ error, abort: true });
  return integer.min(min, { error, abort: true }).max(max, { error }).describe(what);
}

export function flag(what: string) {
  return z.boolean({ error: "true or false" }).describe(what);
}
