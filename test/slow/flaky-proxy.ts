// test/slow/flaky-proxy: stands before a store and lets some of its requests fail, in every way that a network can.

import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { seededRandom } from "../tiny-model.ts";

export interface FlakyProxy {
  address: string; // the store's, through the proxy
  share: number; // of requests that fail, 0 to 1; may be changed at any time
  failures: number; // so far
  close(): Promise<void>;
}

type Failure = "refused" | "cut off before" | "cut off after" | "cut off within";
const FAILURES: Failure[] = ["refused", "cut off before", "cut off after", "cut off within"];

/** @param share of requests that fail */
export async function startFlakyProxy(store: string, share: number): Promise<FlakyProxy> {
  const { port, pathname } = new URL(store);
  const random = seededRandom(1);
  const proxy: FlakyProxy = {
    address: "",
    share,
    failures: 0,
    close: () => new Promise((settle) => server.close(() => settle())),
  };
  const server = createServer((incoming, answer) => {
    const fails = random() < proxy.share;
    if (fails) proxy.failures++;
    const failure = fails ? FAILURES[Math.floor(random() * FAILURES.length)] : undefined;
    if (failure === "cut off before") incoming.socket.destroy();
    else if (failure === "refused") refuse(incoming, answer);
    else forward(incoming, answer, Number(port), failure);
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  proxy.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`;
  return proxy;
}

function refuse(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume().on("end", () => {
    answer.writeHead(500, { "content-type": "application/xml" });
    answer.end("<Error><Code>InternalError</Code><Message>try again</Message></Error>");
  });
}

function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  port: number,
  failure?: Failure,
): void {
  const { method, url, headers } = incoming;
  // the host header stays the proxy's: the client has signed it
  const outgoing = request({ host: "127.0.0.1", port, method, path: url, headers }, (found) => {
    const chunks: Buffer[] = [];
    found.on("data", (chunk: Buffer) => chunks.push(chunk));
    found.on("end", () => {
      if (failure === "cut off after") return incoming.socket.destroy(); // done, and nobody knows
      const body = Buffer.concat(chunks);
      answer.writeHead(found.statusCode!, found.headers);
      if (failure === undefined) return answer.end(body);
      answer.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy());
    });
  });
  outgoing.on("error", () => incoming.socket.destroy());
  incoming.pipe(outgoing);
}
