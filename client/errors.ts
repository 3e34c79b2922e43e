// client/errors: what the server refused, as an exception. Decides nothing about trying again but which statuses are worth it.

/** The server's message for an error, as its body has them. */
interface ErrorFields {
  message: string;
  code: string;
  param?: string | null;
  start?: number;
  position?: number;
}

/**
 * What the server refused, with the fields of its answer.
 *
 * @example
 * if (error instanceof AfterwordError && error.code === "session_not_found") session = await client.open();
 */
export class AfterwordError extends Error {
  override readonly name = "AfterwordError";
  /** The HTTP status. */
  readonly status: number;
  /** For programs, e.g. `session_not_found`; `http_502` where the answer was no error of the API. */
  readonly code: string;
  /** The field of the request that is wrong. */
  readonly param: string | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** When to try again, where the server said so. */
  readonly retryAfterSeconds: number | null;
  /** Of a 409: where the server's text begins … */
  readonly start: number | undefined;
  /** … and where it ends. */
  readonly position: number | undefined;

  constructor(
    status: number,
    { message, code, param = null, start, position }: ErrorFields,
    { requestId = null, retryAfterSeconds = null }: Partial<Pick<AfterwordError, "requestId" | "retryAfterSeconds">> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
    this.start = start;
    this.position = position;
  } // prettier-ignore

  /** Whether the same call may succeed later. */
  get isTemporary(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/**
 * The error of a response; a proxy's page becomes one too.
 *
 * @example
 * (await errorOf(new Response("", { status: 502 }))).code; // "http_502"
 */
export async function errorOf(response: Response): Promise<AfterwordError> {
  const { status, headers } = response;
  const body = (await response.json().catch(() => null)) as { error?: ErrorFields } | null;
  const fields = body?.error ?? {
    message: `the server answered ${status}; is the address right?`,
    code: `http_${status}`,
  };
  return new AfterwordError(status, fields, {
    requestId: headers.get("x-request-id"),
    retryAfterSeconds: retryAfterOf(headers),
  });
}

function retryAfterOf(headers: Headers): number | null {
  const value = headers.get("retry-after");
  if (!value) return null;
  const seconds = /^\d/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : null;
}
