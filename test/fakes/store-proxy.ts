// test/fakes/store-proxy: stands before a store and does to chosen requests what networks and stores do.

import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { recordRequest } from "./record-requests.ts";

/**
 * `lost`: carried out, the answer never arrives; `away`: nobody answers; `busy`: 503; `denied`: 403; `pass`: as if nobody
 * stood between.
 */
export type Fate = "pass" | "lost" | "away" | "busy" | "denied";

export interface StoreProxy {
  address: string; // the store's, through the proxy
  /** Decides of each request; `pass` at first. */
  decide: (method: string, key: string) => Fate;
  seen: string[]; // "METHOD key"
  close(): Promise<void>;
}

/** @param store address of the store behind it */
export async function startStoreProxy(store: string): Promise<StoreProxy> {
  const behind = new URL(store);
  const server = createServer((incoming, answer) => {
    const key = decodeURIComponent(incoming.url!.slice(behind.pathname.length + 1).split("?")[0]!);
    const method = incoming.method!;
    proxy.seen.push(`${method} ${key}`);
    recordRequest(incoming, "", incoming.url!.slice(behind.pathname.lastIndexOf("/")));
    const fate = proxy.decide(method, key);
    if (fate === "away") {
      incoming.socket.destroy();
      return;
    }
    if (fate === "busy" || fate === "denied") {
      incoming.resume();
      const [status, code] = fate === "busy" ? [503, "SlowDown"] : [403, "AccessDenied"];
      answer.writeHead(status as number, { "content-type": "application/xml" });
      answer.end(`<Error><Code>${code}</Code><Message>the key may not do this</Message></Error>`);
      return;
    }
    const { hostname, port } = behind;
    // as it was signed: for this proxy's own name
    const options = { hostname, port, method, path: incoming.url, headers: incoming.headers };
    const outgoing = request(options, (found) => {
      if (fate === "lost") {
        found.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(found.statusCode!, found.headers);
      found.pipe(answer);
    });
    outgoing.on("error", () => incoming.socket.destroy());
    incoming.on("error", () => outgoing.destroy()).pipe(outgoing); // whoever asked may be killed
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: StoreProxy = {
    address: `http://127.0.0.1:${port}${behind.pathname}`,
    decide: () => "pass",
    seen: [],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

/** A fate for the first request that fits, `pass` for all others. */
export function once(fate: Fate, method: string, ending: string): StoreProxy["decide"] {
  let isDone = false;
  return (asked, key) => {
    if (isDone || asked !== method || !key.endsWith(ending)) return "pass";
    isDone = true;
    return fate;
  };
}
