// test/slow/pages/bidi: calls and events of WebDriver BiDi over one WebSocket.

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: string;
  message?: string;
}

export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
      else for (const hear of this.#listeners.get(message.method!) ?? []) hear(message.params as never); // prettier-ignore
    });
  }

  static async open(address: string): Promise<BidiConnection> {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    return new BidiConnection(socket);
  }

  /** @throws Error where the browser refuses */
  async call<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#last;
    const { result, error, message } = await new Promise<Message>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error}: ${message}`);
    return result as Result;
  }

  /** Hears of an event until the function that comes back is called. */
  listen<Params>(event: string, hear: (params: Params) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(hear as never));
    return () => listeners.delete(hear as never);
  }
}
