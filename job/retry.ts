// job/retry: trouble that passes: what a job ends of so that it is tried again.

import { isUnavailable } from "#registry/store-errors";
import { LeaseHeldError } from "#training/run/lease";

/** The job met trouble that passes: it is to be tried again, and goes on where it was. */
export class RetryError extends Error {}

/** A store in trouble, or a run that another process still has, as an error that has the job tried again. */
export function asRetry(error: unknown): unknown {
  if (!isUnavailable(error) && !(error instanceof LeaseHeldError)) return error;
  return new RetryError((error as Error).message, { cause: error });
}
