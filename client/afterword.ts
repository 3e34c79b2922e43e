// edge/client: the API for pages and for Node, with nothing to install. Every call says from which position on the text
// is what, so a call whose answer was lost is simply made again.

import type { z } from "@hono/zod-openapi";
import type {
  CreateSessionRequest,
  PredictReply,
  PredictRequest,
  SessionObject,
  SessionPredictions,
  SessionPredictRequest,
} from "#edge/schemas/api";

export type Predictions = z.infer<typeof SessionPredictions>;
export type StatelessPredictions = z.infer<typeof PredictReply>;
export type SessionDescription = z.infer<typeof SessionObject>;
export type CallOptions = Pick<z.input<typeof SessionPredictRequest>, "limit" | "learn">;

export interface ClientOptions {
  url: string; // where the Worker is, e.g. "https://afterword.example.workers.dev"
  key?: string; // an API key, where the deployment asks for one
  fetch?: typeof fetch;
  attempts?: number; // of each call, @default 4
}

/** What the edge refused, with the fields of its answer. */
export class AfterwordError extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;

  constructor(status: number, { message, code, param }: { message: string; code: string; param: string | null }) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }
} // prettier-ignore

type Call = <Answer>(method: string, path: string, body?: object) => Promise<Answer>;

/**
 * const afterword = connect({ url });
 * const session = await afterword.begin();
 * for await (const { predictions } of session.type("the united ")) show(predictions);
 */
export function connect(options: ClientOptions) {
  const call = callerOf(options);
  return {
    predict: (body: z.input<typeof PredictRequest>) =>
      call<StatelessPredictions>("POST", "/v1/predict", body),
    begin: async (body: z.input<typeof CreateSessionRequest> = {}) =>
      new Session(call, await call<SessionDescription>("POST", "/v1/sessions", body)),
    resume: async (id: string) =>
      new Session(call, await call<SessionDescription>("GET", `/v1/sessions/${id}`)),
  };
}

/** One text that is being written, by one writer. */
export class Session {
  readonly id: string;
  #position: number;
  readonly #call: Call;

  constructor(call: Call, { id, position }: SessionDescription) {
    this.id = id;
    this.#position = position;
    this.#call = call;
  }

  /** Where the text ends, in UTF-16 code units. */
  get position(): number {
    return this.#position;
  }

  /** From `at` on the text is now `text`. */
  edit(at: number, text: string, options?: CallOptions): Promise<Predictions> {
    return this.#predict({ at, text, ...options });
  }

  append(text: string, options?: CallOptions): Promise<Predictions> {
    return this.edit(this.#position, text, options);
  }

  /** Types a text letter by letter, or what comes from elsewhere piece by piece; yields after each. */
  async *type(text: Iterable<string> | AsyncIterable<string>, options?: CallOptions) {
    for await (const piece of text) yield await this.append(piece, options);
  }

  /** Takes characters back from the end. */
  backspace(count = 1, options?: CallOptions): Promise<Predictions> {
    return this.edit(Math.max(this.#position - count, 0), "", options);
  }

  /** A suggested word is not wanted: predictions without it, for a while. */
  reject(word: string, options?: CallOptions): Promise<Predictions> {
    return this.#predict({ at: this.#position, text: "", reject: word, ...options });
  }

  async delete(): Promise<void> {
    await this.#call("DELETE", `/v1/sessions/${this.id}`);
  }

  async #predict(body: z.input<typeof SessionPredictRequest>): Promise<Predictions> {
    const answer = await this.#call<Predictions>("POST", `/v1/sessions/${this.id}/predict`, body);
    this.#position = answer.position;
    return answer;
  }
}

function callerOf({ url, key, fetch: send = fetch, attempts = 4 }: ClientOptions): Call {
  return async <Answer>(method: string, path: string, body?: object) => {
    for (let attempt = 1; ; attempt++) {
      const response = await send(url.replace(/\/$/, "") + path, {
        method,
        headers: {
          ...(body && { "content-type": "application/json" }),
          ...(key && { authorization: `Bearer ${key}` }),
        },
        body: body && JSON.stringify(body),
      }).catch((error: unknown) => {
        if (attempt >= attempts) throw error;
      });
      if (response?.ok) return (response.status === 204 ? undefined : await response.json()) as Answer; // prettier-ignore
      if (response && (attempt >= attempts || !isWorthRetry(response.status))) {
        const { error } = (await response.json()) as { error: AfterwordError };
        throw new AfterwordError(response.status, error);
      }
      const seconds = Number(response?.headers.get("retry-after")) || 0.2 * 2 ** attempt;
      await new Promise((settle) => setTimeout(settle, 1000 * seconds));
    }
  };
}

function isWorthRetry(status: number): boolean {
  return status === 429 || status >= 500;
}
