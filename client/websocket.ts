// client/websocket: a session's WebSocket: messages with an id, answers in their order. Broken, it stays so; whoever asks
// opens another.

import { AfterwordError } from "./errors.ts";

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/**
 * The WebSocket of a session; each message is answered by its number.
 *
 * @example
 * const socket = new SessionSocket(`${base}/v1/sessions/${id}`);
 * const answer = await socket.ask(change, 10_000); // within ten seconds
 */
export class SessionSocket {
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  isOpen = false; // has been, at least

  /** `session` is its address; a deployment with keys wants a ticket of theirs: headers of a socket are logged. */
  constructor(session: string, ticket?: string) {
    const protocols = ["afterword", ...(ticket ? [`ticket.${ticket}`] : [])];
    this.#socket = new WebSocket(`${session.replace(/^http/, "ws")}/live`, protocols);
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", () => {
        this.isOpen = true;
        resolve();
      });
      this.#socket.addEventListener("close", () => {
        const broken = new TypeError("the connection broke");
        reject(broken);
        for (const { reject: fail } of this.#waiting.values()) fail(broken);
        this.#waiting.clear();
      });
    });
    this.#opened.catch(() => {}); // whoever asks hears of it
    this.#socket.addEventListener("message", ({ data }) => this.#receive(data as string));
  }

  /** Whether messages can still be sent. */
  get isUsable(): boolean {
    return this.#socket.readyState <= WebSocket.OPEN;
  }

  /** Sends a message and waits for its answer; throws where there is none in time, and closes then. */
  async ask<Answer>(message: object, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const stopped = new Promise<never>((_, reject) => {
      const stop = () => {
        if (!signal?.aborted) this.close(); // silent for so long: it hangs
        reject(limit.reason as Error);
      };
      if (limit.aborted) stop();
      else limit.addEventListener("abort", stop, { once: true });
    });
    return Promise.race([this.#send<Answer>(message), stopped]);
  }

  close(): void {
    this.#socket.close();
  }

  async #send<Answer>(message: object): Promise<Answer> {
    await this.#opened;
    const id = ++this.#last;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ id, ...message }));
    });
  }

  #receive(data: string): void {
    const answer = JSON.parse(data) as { id?: number; status?: number; error?: AfterwordError };
    const waiting = this.#waiting.get(answer.id!);
    this.#waiting.delete(answer.id!);
    if (answer.error) waiting?.reject(new AfterwordError(answer.status ?? 500, answer.error));
    else waiting?.resolve(answer);
  }
}
