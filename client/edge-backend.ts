// client/edge-backend: a session at the server. The client holds the text: each question is sent as the difference to what
// the server has, and whatever the server has lost is sent again.

import { digestText } from "../inference/text-digest.ts";
import { AfterwordError } from "./errors.ts";
import { wait, waitMs } from "./http.ts";
import type { Call } from "./http.ts";
import type { Backend, Feedback, Predictions, Question, SessionDescription } from "./types.ts";
import { SessionSocket } from "./websocket.ts";

/** What a new session begins with. */
export interface OpenOptions {
  model?: string;
  /** A session that is not used for so long is deleted. @default a day */
  ttl_seconds?: number;
  /** Whether the session's user words may be suggested again. @default true */
  learn?: boolean;
  /** The writer whose profile it reads and adds to, known by this name to your server; without one, no profile. */
  user?: string;
}

/** How to reach the server. */
export interface Connection {
  base: string;
  key?: string | undefined;
  call: Call;
  timeoutMs: number;
  transport: "websocket" | "http";
}

/** So much text goes into one call: at most three bytes a unit, below the server's 64 KiB. */
const MAX_PART = 20_000;
const MAX_RECOVERIES = 3;
/** Of the text before a change, the server compares so many units with what it has. */
const CHECKED = 1_000;
/** After a socket could not be opened, calls are made by HTTP for so long. */
const SOCKET_PAUSE_MS = 30_000;

/**
 * A session at the server, asked over HTTP or a WebSocket; each question is sent as the change since the last.
 *
 * @example
 * const connection = { base: url, call: createCall({ url }), timeoutMs: 10_000, transport: "http" } as const;
 * const session = new Session(new EdgeBackend(connection, { model: "default" }));
 */
export class EdgeBackend implements Backend {
  readonly #connection: Connection;
  readonly #options: OpenOptions;
  #id: string | null = null;
  #start = 0; // the server's position of the text's first character
  #known = ""; // what the server surely has of the text, from there on
  #answered = ""; // what it had with its last answer
  #learned = ""; // what it had before the text was begun anew: the writer's profile has counted that
  #socket: SessionSocket | null = null;
  #socketAfter = 0; // when a socket may be tried again
  #isDeleted = false;
  #closed = 0; // so often

  constructor(connection: Connection, options: OpenOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The server's name of the session; another one after it was begun anew. */
  get id(): string | null {
    return this.#id;
  }

  /** Begins a session, empty. */
  async open(signal?: AbortSignal): Promise<void> {
    const body = this.#options;
    const { call } = this.#connection;
    const { id } = await call<SessionDescription>("POST", "/v1/sessions", { body, signal });
    [this.#id, this.#start, this.#known] = [id, 0, ""];
  }

  /** Goes on with one; answers where its retained text begins, and that. */
  async resume(id: string): Promise<SessionDescription> {
    const found = await this.#describe(id);
    [this.#id, this.#start] = [id, found.start];
    this.#known = this.#answered = found.text;
    return found;
  }

  async predict(question: Question): Promise<Predictions> {
    for (let recoveries = 0; ; recoveries++) {
      try {
        if (this.#id === null) await this.open(question.signal);
        return await this.#send(question);
      } catch (error) {
        if (recoveries >= MAX_RECOVERIES || !(await this.#recover(error, question.text))) throw error; // prettier-ignore
      }
    }
  }

  async report(feedback: Feedback): Promise<void> {
    const body = { ...feedback, model: this.#options.model };
    await this.#connection.call("POST", "/v1/feedback", { body, isLast: true });
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#closed++;
  }

  async delete(): Promise<void> {
    this.close();
    this.#isDeleted = true;
    if (this.#id !== null) await this.#connection.call("DELETE", this.#path(this.#id));
  }

  async #send({ text, learn, signal, ...asked }: Question): Promise<Predictions> {
    for (;;) {
      const at = commonLength(this.#known, text);
      const left = this.#learnedLength(text) - at;
      const part = text.slice(at, at + (left > 0 ? Math.min(left, MAX_PART) : MAX_PART));
      const isLast = at + part.length === text.length;
      const length = Math.min(at, CHECKED);
      const before = length > 0 ? { length, digest: digestText(text.slice(at - length, at)) } : undefined; // prettier-ignore
      const change = { at: this.#start + at, text: part, before, learn: left > 0 ? false : learn };
      this.#known = text.slice(0, at); // all that is sure while the answer is not here
      const answer = await this.#ask({ ...change, ...(isLast ? asked : { limit: 1 }) }, signal); // prettier-ignore
      this.#known = this.#answered = text.slice(0, at + part.length);
      if (isLast) return answer;
    }
  }

  /** So much of a text its writer's profile has already: sent again, it does not count twice. */
  #learnedLength(text: string): number {
    return this.#options.user === undefined ? 0 : commonLength(this.#learned, text);
  }

  /** By the socket, where there can be one; what it does not answer is asked by HTTP. */
  async #ask(change: object, signal?: AbortSignal): Promise<Predictions> {
    const { call, timeoutMs } = this.#connection;
    const socket = await this.#openSocket(signal);
    if (socket) {
      try {
        return await socket.ask<Predictions>(change, timeoutMs, signal);
      } catch (error) {
        if (signal?.aborted || (error instanceof AfterwordError && !error.isTemporary)) throw error;
        if (!socket.isOpen) this.#pauseSockets();
        if (error instanceof AfterwordError) await wait(waitMs(1, error), signal);
        else this.close();
      }
    }
    return call<Predictions>("POST", `${this.#path(this.#id!)}/predict`, { body: change, signal });
  }

  async #openSocket(signal?: AbortSignal): Promise<SessionSocket | null> {
    if (this.#socket?.isUsable) return this.#socket;
    this.#socket = null;
    const { base, key, transport } = this.#connection;
    const isWanted = transport === "websocket" && typeof WebSocket !== "undefined";
    if (!isWanted || Date.now() < this.#socketAfter) return null;
    const closed = this.#closed;
    try {
      const ticket = key && (await this.#fetchTicket(signal));
      if (closed === this.#closed)
        this.#socket = new SessionSocket(base + this.#path(this.#id!), ticket);
    } catch (error) {
      if (!(error instanceof AfterwordError) || error.code !== "route_not_found") throw error;
      this.#pauseSockets(); // an edge of before there were tickets
    }
    return this.#socket;
  }

  async #fetchTicket(signal?: AbortSignal): Promise<string> {
    const path = `${this.#path(this.#id!)}/ticket`;
    return (await this.#connection.call<{ ticket: string }>("POST", path, { signal })).ticket;
  }

  #pauseSockets(): void {
    this.#socketAfter = Date.now() + SOCKET_PAUSE_MS;
  }

  /** Finds out what the server still has; false where that is not what is wrong. */
  async #recover(error: unknown, text: string): Promise<boolean> {
    if (!(error instanceof AfterwordError) || this.#isDeleted) return false;
    const { code } = error;
    if (code === "position_past_end" || code === "text_differs") {
      // it has an older text, which may have been edited since: only what is equal counts
      const found = await this.#describe(this.#id!).catch(() => null);
      const gone = found ? found.start - this.#start : 0;
      if (found && gone <= text.length) {
        this.#known = text.slice(0, gone) + text.slice(gone, gone + commonLength(found.text, text.slice(gone))); // prettier-ignore
        return true;
      }
    } else if (code === "position_not_retained" && this.#known !== "" && this.#start === 0) {
      this.#forgetKnown(text); // from the very beginning the whole text is always taken
      return true;
    } else if (code !== "position_not_retained" && code !== "session_not_found") {
      return false;
    }
    this.close();
    this.#id = null; // begun anew with the whole text
    this.#forgetKnown(text);
    return true;
  }

  #forgetKnown(text: string): void {
    this.#known = "";
    const [answered, learned] = [this.#answered, this.#learned];
    if (commonLength(answered, text) > commonLength(learned, text)) this.#learned = answered;
  }

  #describe(id: string): Promise<SessionDescription> {
    return this.#connection.call<SessionDescription>("GET", this.#path(id));
  }

  #path(id: string): string {
    return `/v1/sessions/${encodeURIComponent(id)}`;
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
