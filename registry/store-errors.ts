// registry/store-errors: what a store's failures mean: trouble that passes, a lost race, or something to mend, in words.

import { S3ServiceException } from "@aws-sdk/client-s3";
import type { StoreLocation } from "./store-location.ts";

/**
 * The condition of a write did not hold: somebody else wrote first. Read again and decide again.
 * @example
 * if (error instanceof ConflictError) expected = await readCurrent(store, "notes");
 */
export class ConflictError extends Error {}

/**
 * The store could not be reached, or failed: the same request may succeed in a minute.
 * @example
 * throw new UnavailableError("the store at AWS S3 fails (503 SlowDown); try again later");
 */
export class UnavailableError extends Error {}

/**
 * Whether trouble of a store, which passes, is behind a failure.
 * @example
 * isUnavailable(new Error("nothing was published", { cause: new UnavailableError("…") })); // true
 */
export function isUnavailable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof UnavailableError) return true;
  }
  return false;
}

/**
 * Whether a store's answer is behind a failure, whatever it was: what was to be written may be written later.
 * @example
 * isStoreFailure(new ConflictError("another version became current")); // true
 */
export function isStoreFailure(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const isStores =
      at instanceof UnavailableError ||
      at instanceof ConflictError ||
      at instanceof S3ServiceException;
    if (isStores) return true;
  }
  return false;
}

/**
 * Whether the bucket is there and the object is not. Only the name tells: a bucket that is missing is a 404 too.
 * @example
 * if (isMissing(error)) return null; // there is no such object
 */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode === 404 &&
    error.name !== "NoSuchBucket"
  );
}

/**
 * Whether a conditional write was refused, or its first attempt won and the answer was lost: the condition failed, a rival
 * was writing, or the object is gone.
 * @example
 * if (isConflict(error)) throw new ConflictError(`"${key}" was written meanwhile`, { cause: error });
 */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return false;
  const status = error.$metadata.httpStatusCode;
  return status === 412 || status === 409 || isMissing(error);
}

const CONNECTION_CODES =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/;
const SIGN_IN = "sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"; // prettier-ignore

/**
 * Turns a failure into a sentence where that is known; others pass unchanged.
 * @example
 * throw explainStoreError(error, { bucket: "notes" }); // there is no bucket "notes" at AWS S3; check the store's address
 */
export function explainStoreError(error: unknown, location: StoreLocation): unknown {
  const { bucket, endpoint = "AWS S3" } = location;
  if (error instanceof S3ServiceException) return explainRefusal(error, location);
  const { code = "", name, message } = error as Error & { code?: string };
  const cause = { cause: error };
  if (CONNECTION_CODES.test(code) || name === "TimeoutError" || name === "AbortError") {
    const advice = isLocal(endpoint) ? 'start the local one with "npm start", or name another with --port or --store' : "check the network, or try again"; // prettier-ignore
    return new UnavailableError(
      `cannot reach the store at ${endpoint} (${code || name}); ${advice}`,
      cause,
    );
  }
  if (name === "CredentialsProviderError") {
    return new Error(`no credentials for bucket "${bucket}"; ${keysOf(location)}`, cause);
  }
  if (/aborted|socket hang up|terminated/.test(message ?? "")) {
    return new UnavailableError(`the store at ${endpoint} broke off: ${message}`, cause);
  }
  return error;
}

function explainRefusal(error: S3ServiceException, location: StoreLocation): unknown {
  const { bucket, endpoint = "AWS S3" } = location;
  const cause = { cause: error };
  const status = error.$metadata.httpStatusCode ?? 0;
  if (error.name === "NoSuchBucket") {
    return new Error(
      `there is no bucket "${bucket}" at ${endpoint}; check the store's address`,
      cause,
    );
  }
  if (status === 401 || status === 403) {
    const reason = error.message && error.message !== error.name ? `${error.message} (${error.name})` : error.name; // prettier-ignore
    return new Error(
      `${endpoint} refuses access to bucket "${bucket}": ${reason}; ${keysOf(location)}`,
      cause,
    );
  }
  const isBusy = status >= 500 || status === 429 || /^(SlowDown|RequestTimeout|Throttling)/.test(error.name); // prettier-ignore
  if (isBusy) {
    return new UnavailableError(
      `the store at ${endpoint} fails (${status} ${error.name}); try again later`,
      cause,
    );
  }
  return error;
}

/** Which keys a store takes: AWS has several ways to get them, any other the one. */
function keysOf({ endpoint, credentials }: StoreLocation): string {
  if (credentials) return "check the keys that were given for it, and what they may do";
  return endpoint === undefined ? SIGN_IN : "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
}

function isLocal(endpoint: string): boolean {
  return /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(endpoint);
}
