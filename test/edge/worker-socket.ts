// test/edge/worker-socket: a page's WebSocket to the Worker under test, for a client that runs in workerd beside it.

import { exports } from "cloudflare:workers";

const open = new Set<WorkerSocket>();

/** What `new WebSocket` is to the client. */
export class WorkerSocket extends EventTarget {
  static readonly OPEN = WebSocket.OPEN;
  readyState: number = WebSocket.CONNECTING;
  #socket: WebSocket | null = null;

  constructor(address: string, protocols: string[]) {
    super();
    open.add(this);
    void this.#connect(address.replace(/^ws/, "http"), protocols).catch(() => this.#end());
  }

  send(message: string): void {
    this.#socket!.send(message);
  }

  close(code?: number): void {
    try {
      this.#socket?.close(code);
    } catch {
      // the other side was killed
    }
    this.#end();
  }

  async #connect(address: string, protocols: string[]): Promise<void> {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") };
    const { webSocket } = await exports.default.fetch(address, { headers });
    if (!webSocket) throw new Error("no socket");
    if (!open.has(this)) return webSocket.close();
    webSocket.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }))); // prettier-ignore
    webSocket.addEventListener("close", () => this.#end());
    webSocket.addEventListener("error", () => this.#end());
    webSocket.accept();
    this.#socket = webSocket;
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  #end(): void {
    if (!open.delete(this)) return;
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new Event("close"));
  }
}

/** Closes all sockets, as a page does that is left, or a network that changes. */
export function closeSockets(code: number): void {
  for (const socket of open) socket.close(code);
}
