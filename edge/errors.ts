// edge/errors: the one shape of every error, and how whatever was thrown gets it. Knows no routes.

import { HTTPException } from "hono/http-exception";
import { PositionError } from "#inference/position-error";

type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 426 | 429 | 500 | 503;

export interface ErrorBody {
  error: {
    message: string;
    type: "invalid_request_error" | "server_error";
    param: string | null; // the field of the request that is wrong
    code: string; // for programs, e.g. "position_past_end"
    start?: number; // where a session's retained text begins, and
    position?: number; // where it ends: for whoever has to send the rest
  };
}

/** All that a client is told of an error; plain data, so that it also crosses from a session to the Worker. */
export interface Failure {
  status: ErrorStatus;
  code: string;
  message: string;
  param?: string;
  range?: { start: number; position: number }; // of a session's retained text
  retryAfterSeconds?: number;
  allow?: string; // the methods that a path takes
}

export class ApiError extends HTTPException {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.status, { message: failure.message });
    this.failure = failure;
  }
}

/** The response to whatever a handler threw. */
export function respondToError(error: Error): Response {
  const failure = failureOf(error);
  const { status, retryAfterSeconds, allow } = failure;
  const headers = new Headers();
  if (retryAfterSeconds) headers.set("retry-after", String(retryAfterSeconds));
  if (allow) headers.set("allow", allow);
  if (status === 401) headers.set("www-authenticate", "Bearer");
  // clients that retry every 409 by habit would repeat a call that can only fail again
  if (status === 409) headers.set("x-should-retry", "false");
  return Response.json(errorBody(failure), { status, headers });
}

export function errorBody({ status, message, param, code, range }: Failure): ErrorBody {
  const type = status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message, type, param: param ?? null, code, ...range } };
}

/** What a client is told of whatever was thrown. */
export function failureOf(error: Error): Failure {
  if (error instanceof ApiError) return error.failure;
  if (error instanceof PositionError) {
    const { kind: code, message } = error;
    const range = { start: error.range.start, position: error.range.end };
    return code === "text_too_long"
      ? { status: 413, code, message, param: "text", range }
      : { status: 409, code, message, param: "at", range };
  }
  if (error instanceof HTTPException && error.status === 415) {
    const message = "send the body as JSON with content-type: application/json";
    return { status: 415, code: "unsupported_media_type", message };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return { status: 400, code: "malformed_json", message: "the body is not valid JSON" };
  }
  if ("durableObjectReset" in error || "retryable" in error) {
    const message = "the session's object was restarted; make the same call again";
    return { status: 503, code: "restarted", message, retryAfterSeconds: 1 };
  }
  logError(error);
  const message = "something went wrong here; try again, and quote x-request-id if it stays";
  return { status: 500, code: "internal_error", message };
}

/** Notes an error that nobody foresaw, without its message: that may hold some of a request's text. */
export function logError(error: unknown): void {
  const { name, stack } = error as Error;
  // oxlint-disable-next-line no-console -- the platform's log
  console.error("unexpected error:", name, stack?.split("\n")[1]?.trim());
}
