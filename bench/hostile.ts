// bench/hostile: what one greedy caller can do: how much processor time the heaviest accepted request of each kind takes, and how
// long a neighbour's keystrokes wait meanwhile. For the smallest model and that of the preset.

import { HEAVY_KINDS } from "./heavy-requests.ts";
import type { HeavyKind } from "./heavy-requests.ts";
import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";
import { beginSession, post, servePreset, TEXT } from "./serve-preset.ts";
import { workerdMs } from "./workerd-time.ts";

const SMALLEST = "quick";
const LETTERS = 200; // typed while nobody else calls
/** So long the neighbour types beside requests of each kind. */
const BESIDE_MS = 1_500;

interface HeaviestRequest {
  kind: string;
  size: number;
  cpu_ms: number;
  neighbour_p99_ms: number;
}

/** Measures both models, and says what the worst of all requests come to. */
export async function run({ preset, log }: BenchOptions): Promise<object> {
  const figures: Record<string, object> = {};
  for (const name of new Set([SMALLEST, preset])) figures[name] = await measurePreset(name, log);
  return figures;
}

async function measurePreset(preset: string, log: (line: string) => void) {
  const server = await servePreset(preset);
  try {
    const { url } = server;
    await post(url, "/v1/predict", { text: "the " }); // loads the model
    const neighbour = await openNeighbour(url);
    const alone = await neighbour.type((typed) => typed < LETTERS);
    const requests: HeaviestRequest[] = [];
    for (const kind of HEAVY_KINDS) {
      const measured = await measureKind(url, kind, neighbour);
      requests.push(measured);
      log(`${preset}: ${JSON.stringify(measured)}`);
    }
    neighbour.close();
    const worst = (key: "cpu_ms" | "neighbour_p99_ms") =>
      requests.toSorted((a, b) => b[key] - a[key])[0]!;
    return {
      worst_cpu_ms: worst("cpu_ms").cpu_ms,
      worst_cpu_of: worst("cpu_ms").kind,
      alone_p99_ms: p99(alone),
      neighbour_p99_ms: worst("neighbour_p99_ms").neighbour_p99_ms,
      neighbour_p99_of: worst("neighbour_p99_ms").kind,
      requests,
    };
  } finally {
    await server.close();
  }
}

/** The heaviest request of a kind that is accepted, alone and again and again beside a neighbour. */
async function measureKind(url: URL, kind: HeavyKind, neighbour: Neighbour): Promise<HeaviestRequest> {
  const size = await findLargest(url, kind);
  const heaviest = () => kind.body(size, nextSalt());
  const before = workerdMs();
  await ask(url, kind.path, heaviest());
  const cpuMs = workerdMs() - before;
  const end = performance.now() + BESIDE_MS;
  let isOver = false;
  const typing = neighbour.type(() => !isOver);
  while (performance.now() < end) await ask(url, kind.path, heaviest());
  isOver = true;
  return { kind: kind.name, size, cpu_ms: cpuMs, neighbour_p99_ms: p99(await typing) };
} // prettier-ignore

/** By bisection, to a sixteenth. */
async function findLargest(url: URL, { path, body, max }: HeavyKind): Promise<number> {
  if (await ask(url, path, body(max, nextSalt()))) return max;
  let [accepted, refused] = [1, max];
  while (refused - accepted > Math.max(accepted / 16, 1)) {
    const middle = Math.floor((accepted + refused) / 2);
    if (await ask(url, path, body(middle, nextSalt()))) accepted = middle;
    else refused = middle;
  }
  return accepted;
}

let salt = 0;

function nextSalt(): string {
  return `v${salt++} `;
}

/** Whether a request is accepted, when it has been answered. */
async function ask(url: URL, path: string, body: object): Promise<boolean> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) }); // prettier-ignore
  const text = await answer.text();
  if (answer.status < 300) return true;
  if (answer.status >= 500) throw new Error(`${path}: ${answer.status} ${text}`);
  return false;
}

interface Neighbour {
  /** Types letter by letter, and answers how long each took in ms. */
  type(goesOn: (typed: number) => boolean): Promise<number[]>;
  close(): void;
}

/** Somebody who types over a socket. */
async function openNeighbour(url: URL): Promise<Neighbour> {
  const socket = new WebSocket(await beginSession(url));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  let at = 0;
  return {
    close: () => socket.close(),
    async type(goesOn) {
      const times: number[] = [];
      while (goesOn(times.length)) {
        const start = performance.now();
        const answer = new Promise((resolve) => socket.addEventListener("message", resolve, { once: true })); // prettier-ignore
        socket.send(JSON.stringify({ at, text: TEXT[at % TEXT.length] }));
        await answer;
        at++;
        times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return times;
    },
  };
}

function p99(times: number[]): number {
  return Number(percentile(times, 0.99).toFixed(1));
}
