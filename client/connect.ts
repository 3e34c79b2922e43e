// client/connect: the API for pages and for Node, with nothing to install: what a server is asked, and sessions of it.

import { EdgeBackend } from "./edge-backend.ts";
import type { OpenOptions } from "./edge-backend.ts";
import { baseOf, createCall } from "./http.ts";
import type { ClientOptions } from "./http.ts";
import { Session } from "./session.ts";
import type { CallOptions, Score, SessionDescription, StatelessPredictions } from "./types.ts";

/** How a session talks to the server. */
export interface TransportOptions {
  /** A WebSocket costs least and falls back to HTTP where it cannot be had. @default "websocket" */
  transport?: "websocket" | "http";
}

/**
 * A session at a server.
 *
 * @example
 * const session = await connect({ url }).open({ text: "the uni" });
 * session.id; // can be given to resume()
 */
export class EdgeSession extends Session {
  readonly #edge: EdgeBackend;

  constructor(edge: EdgeBackend, from?: Pick<SessionDescription, "text" | "start">) {
    super(edge, from);
    this.#edge = edge;
  }

  /** The server's name of it, "" before it is begun; another one after the server forgot it and it was begun anew. */
  get id(): string {
    return this.#edge.id ?? "";
  }
}

/** What can be asked of a server. */
export interface Client {
  /** Words after a text, without a session. */
  predict(body: {
    text: string;
    limit?: number;
    model?: string;
    state?: string;
    user?: string;
  }): Promise<StatelessPredictions>;
  /** How probable a text is. */
  score(body: { text: string; model?: string }): Promise<Score>;
  /** The names and versions of the models that are served. */
  models(): Promise<{ data: { id: string; version: string }[] }>;
  /** Begins a session; the text it begins with, however long, is sent with the first call. */
  open(options?: OpenOptions & TransportOptions & { text?: string }): Promise<EdgeSession>;
  /** The same, begun with its first call: for fields that may never be typed into. */
  session(options?: OpenOptions & TransportOptions): EdgeSession;
  /** Goes on with a session. @throws AfterwordError `session_not_found` where it is gone */
  resume(id: string, options?: OpenOptions & TransportOptions): Promise<EdgeSession>;
}

/**
 * A client of a server. Calls are made again where that may help, and end after a time.
 *
 * @example
 * const session = await connect({ url: "https://afterword.example.workers.dev" }).open();
 * const { predictions } = await session.append("the uni");
 * await session.accept(predictions[0]); // session.text is "the union "
 */
export function connect(options: ClientOptions): Client {
  const call = createCall(options);
  const { key, timeoutMs = 10_000 } = options;
  const backendOf = ({ transport = "websocket", ...open }: OpenOptions & TransportOptions) =>
    new EdgeBackend({ base: baseOf(options), key, call, timeoutMs, transport }, open);
  return {
    predict: (body) => call("POST", "/v1/predict", { body }),
    score: (body) => call("POST", "/v1/score", { body }),
    models: () => call("GET", "/v1/models"),
    session: (open = {}) => new EdgeSession(backendOf(open)),
    async open({ text = "", ...open } = {}) {
      const backend = backendOf(open);
      await backend.open();
      return new EdgeSession(backend, { text, start: 0 });
    },
    async resume(id, open = {}) {
      const backend = backendOf(open);
      return new EdgeSession(backend, await backend.resume(id));
    },
  };
}

export type { CallOptions, ClientOptions, OpenOptions };
