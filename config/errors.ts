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

export function text(fits: RegExp | ((value: string) => boolean), error: string) {
  const test = fits instanceof RegExp ? (value: string) => fits.test(value) : fits;
  return z.string({ error }).refine(test, { error });
}

export function number(least: number, most: number, what: string) {
  const error = `${what} (${least} to ${most})`;
  return z.number({ error }).refine((value) => value >= least && value <= most, { error });
}

export function whole(least: number, most: number, what: string) {
  const error = `${what} (a whole number from ${least} to ${most})`;
  const fits = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return z.number({ error }).refine(fits, { error });
}

export function flag() {
  return z.boolean({ error: "true or false" });
}
