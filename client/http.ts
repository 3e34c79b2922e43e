// client/http: one call of the API: its key, its time limit, and when it is made again. Knows no route.

import { AfterwordError, errorOf } from "./errors.ts";

/** Where the server is, and how it is called. */
export interface ClientOptions {
  /** Where the Worker is, e.g. `https://afterword.example.workers.dev`. */
  url: string;
  /** An API key, where the deployment asks for one. */
  key?: string;
  /** In place of the global one. */
  fetch?: typeof fetch;
  /** How often a call is made at most. @default 4 */
  attempts?: number;
  /** How long an answer is waited for. @default 10_000 */
  timeoutMs?: number;
}

interface CallSettings {
  body?: object;
  signal?: AbortSignal | undefined;
  isLast?: boolean; // is not made again, and goes on when the page is left
}

/** Makes a call; throws AfterwordError, or what `fetch` threw last. */
export type Call = <Answer>(
  method: string,
  path: string,
  options?: CallSettings,
) => Promise<Answer>;

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 8_000;
const MAX_RETRY_AFTER_SECONDS = 60;

/**
 * The address without the path that OpenAI's clients want.
 *
 * @example
 * baseOf({ url: "https://afterword.example.workers.dev/v1/" }); // "https://afterword.example.workers.dev"
 */
export function baseOf({ url }: Pick<ClientOptions, "url">): string {
  return url.replace(/\/$/, "").replace(/\/v1$/, "");
}

/**
 * Makes calls by these options; every one is harmless when it arrives twice, or is the last.
 *
 * @example
 * const call = createCall({ url, attempts: 2 });
 * await call<Score>("POST", "/v1/score", { body: { text: "the union" } });
 */
export function createCall(options: ClientOptions): Call {
  const { key, fetch: send = fetch, attempts = 4, timeoutMs = 10_000 } = options;
  const base = baseOf(options);
  return async <Answer>(method: string, path: string, { body, signal, isLast = false }: CallSettings = {}) => {
    for (let attempt = 1; ; attempt++) {
      const failure = await once().catch((error: unknown) => {
        if (isLast || signal?.aborted || attempt >= attempts) throw error;
        return error;
      });
      if (!(failure instanceof Error)) return failure as Answer;
      if (failure instanceof AfterwordError && (isLast || !failure.isTemporary || attempt >= attempts || (failure.retryAfterSeconds ?? 0) > MAX_RETRY_AFTER_SECONDS)) throw failure;
      await wait(waitMs(attempt, failure), signal);
    }

    async function once(): Promise<Answer | Error> {
      const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
      const response = await send(base + path, {
        method,
        headers: {
          ...(body && { "content-type": "application/json" }),
          ...(key && { authorization: `Bearer ${key}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.any(limits),
        ...(isLast && { keepalive: true }),
      });
      if (!response.ok) return errorOf(response);
      return (response.status === 204 ? undefined : await response.json()) as Answer;
    }
  };
} // prettier-ignore

/**
 * How long to wait before the next attempt: what the server asks for, or twice as long each time, less a random part.
 *
 * @example
 * waitMs(1); // 188 to 250
 * waitMs(3); // 750 to 1000
 */
export function waitMs(attempt: number, failure?: unknown): number {
  const asked = failure instanceof AfterwordError ? failure.retryAfterSeconds : null;
  if (asked !== null) return asked * 1000;
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), MAX_WAIT_MS) * (1 - Math.random() / 4);
}

/**
 * Waits, or throws the signal's reason.
 *
 * @example
 * await wait(250, controller.signal);
 */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
