// test/fakes/store-proxy: stands before a store and does to chosen requests what networks and stores do.

import { request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { seededRandom } from "../tiny-model.ts";
import { listen } from "./listen.ts";
import { recordRequest } from "./record-requests.ts";

/**
 * `pass`: as if nobody stood between. Not carried out: `busy` (503), `denied` (403), `failed` (500), `away` (nobody answers). Carried
 * out: `lost` (the answer never arrives), `truncated` (half of it does).
 */
export type Fate = "pass" | keyof typeof REFUSALS | "away" | "lost" | "truncated";

const REFUSALS = {
  busy: [503, "SlowDown"],
  denied: [403, "AccessDenied"],
  failed: [500, "InternalError"],
} as const;

export interface StoreProxy {
  address: string; // the store's, through the proxy
  /** Decides of each request; `pass` at first. */
  decide: (method: string, key: string) => Fate;
  seen: string[]; // "METHOD key"
  failures: number; // requests that did not pass
  close(): Promise<void>;
}

/** @param store address of the store behind it */
export async function startStoreProxy(store: string): Promise<StoreProxy> {
  const behind = new URL(store);
  const { origin, close } = await listen((incoming, answer) => {
    const key = decodeURIComponent(incoming.url!.slice(behind.pathname.length + 1).split("?")[0]!);
    const method = incoming.method!;
    proxy.seen.push(`${method} ${key}`);
    recordRequest(incoming, "", incoming.url!.slice(behind.pathname.lastIndexOf("/")));
    const fate = proxy.decide(method, key);
    if (fate !== "pass") proxy.failures++;
    if (fate === "away") incoming.socket.destroy();
    else if (fate in REFUSALS) refuse(incoming, answer, REFUSALS[fate as keyof typeof REFUSALS]);
    else forward(incoming, answer, behind, fate);
  });
  const proxy: StoreProxy = {
    address: `${origin}${behind.pathname}`,
    decide: () => "pass",
    seen: [],
    failures: 0,
    close,
  };
  return proxy;
}

function refuse(
  incoming: IncomingMessage,
  answer: ServerResponse,
  [status, code]: readonly [number, string],
): void {
  incoming.resume().on("end", () => {
    answer.writeHead(status, { "content-type": "application/xml" });
    answer.end(`<Error><Code>${code}</Code><Message>the key may not do this</Message></Error>`);
  });
}

function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { hostname, port }: URL,
  fate: Fate,
): void {
  // as it was signed: for this proxy's own name
  const options = { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }; // prettier-ignore
  const outgoing = request(options, (found) => {
    const chunks: Buffer[] = [];
    found.on("data", (chunk: Buffer) => chunks.push(chunk));
    found.on("end", () => {
      if (fate === "lost") return incoming.socket.destroy();
      const body = Buffer.concat(chunks);
      answer.writeHead(found.statusCode!, found.headers);
      if (fate === "pass") return answer.end(body);
      answer.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy());
    });
  });
  outgoing.on("error", () => incoming.socket.destroy());
  incoming.on("error", () => outgoing.destroy()).pipe(outgoing); // whoever asked may be killed
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

/** A share of requests fails, 0 to 1, in every way that a network can; the same ones on every run. */
export function failing(share: number): StoreProxy["decide"] {
  const ways: Fate[] = ["failed", "away", "lost", "truncated"];
  const random = seededRandom(1);
  return () => (random() < share ? ways[Math.floor(random() * ways.length)]! : "pass");
}
