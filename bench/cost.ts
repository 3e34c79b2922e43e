// bench/cost: what a million keystrokes cost at Cloudflare: 10,000 letters are typed in half an hour of the Worker's clock, over
// a session's socket, by calls to a session and by stateless calls, and what is billed for them is counted. Also how long
// answers take where the storage takes 15 ms to write.

import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";
import { dollarsOf, MESSAGES_PER_REQUEST } from "./prices.ts";
import { beginSession, post, servePreset, TEXT } from "./serve-preset.ts";
import { workerdMs } from "./workerd-time.ts";

const LETTERS = 10_000;
const MINUTES = 30;
const FLUSH_LETTERS = 2_000;
const FLUSH_MS = 15;

interface Counted {
  requests: number;
  object_requests: number;
  messages: number;
  rows_written: number;
  alarms: number;
}

/** Types a letter and waits for its answer. */
type Type = (at: number) => Promise<unknown>;
type Writer = (url: URL) => Promise<{ type: Type; end(): Promise<void> | void }>;

export async function run({ preset, log }: BenchOptions): Promise<object> {
  const { url, close } = await servePreset(preset, addMeter);
  try {
    await post(url, "/v1/predict", { text: "the " });
    const figures: Record<string, unknown> = { preset, letters: LETTERS, minutes: MINUTES };
    for (const [name, writer] of Object.entries(WRITERS)) {
      figures[name] = await measureCost(url, writer);
      log(`${name}: ${JSON.stringify(figures[name])}`);
    }
    figures.flush = await measureFlush(url);
    return figures;
  } finally {
    await close();
  }
}

/** The Worker behind one that counts what is billed. */
function addMeter(modules: string): string {
  const source = readFileSync(new URL("./cost-worker.ts", import.meta.url), "utf8");
  writeFileSync(join(modules, "meter.js"), stripTypeScriptTypes(source));
  return "meter.js";
}

const WRITERS: Record<string, Writer> = {
  async socket(url) {
    const socket = new WebSocket(await beginSession(url));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const type: Type = (at) =>
      new Promise((resolve, reject) => {
        const receive = ({ data }: MessageEvent) =>
          String(data).includes('"error"') ? reject(new Error(String(data))) : resolve(data);
        socket.addEventListener("message", receive, { once: true });
        socket.send(JSON.stringify({ at, text: letterAt(at) }));
      });
    return { type, end: () => socket.close() };
  },
  async http(url) {
    const { id } = await post(url, "/v1/sessions", {});
    const path = `/v1/sessions/${id}/predict`;
    return { type: (at) => post(url, path, { at, text: letterAt(at) }), end: () => {} };
  },
  async stateless(url) {
    const text = TEXT.repeat(Math.ceil(LETTERS / TEXT.length));
    return { type: (at) => post(url, "/v1/predict", { text: text.slice(0, at + 1) }), end: () => {} }; // prettier-ignore
  },
};

async function measureCost(url: URL, begin: Writer) {
  await askMeter(url, { ms_per_letter: String((MINUTES * 60_000) / LETTERS) });
  const cpuBefore = workerdMs();
  const { type, end } = await begin(url);
  for (let at = 0; at < LETTERS; at++) await type(at);
  await end();
  await new Promise((resolve) => setTimeout(resolve, 200)); // what closing a socket makes it do
  const cpuMs = workerdMs() - cpuBefore;
  const counted = await askMeter(url, {});
  const objectRequests = counted.object_requests + counted.messages / MESSAGES_PER_REQUEST + counted.alarms; // prettier-ignore
  const usesObjects = counted.object_requests > 0;
  const metered = {
    requests: counted.requests,
    object_requests: Math.round(objectRequests),
    rows_written: counted.rows_written,
    cpu_ms: Math.round(cpuMs),
    object_ms: usesObjects ? Math.round(cpuMs) : 0,
  };
  const dollars = (dollarsOf(metered) / LETTERS) * 1e6;
  return { ...metered, dollars_per_million_keystrokes: Number(dollars.toFixed(4)) };
}

/** Answers' times over a socket, with a storage that takes no time and with one that takes some. */
async function measureFlush(url: URL) {
  const p99 = async (flushMs: number) => {
    await askMeter(url, { ms_per_letter: "180", flush_ms: String(flushMs) });
    const { type, end } = await WRITERS.socket!(url);
    const times: number[] = [];
    for (let at = 0; at < FLUSH_LETTERS; at++) {
      const start = performance.now();
      await type(at);
      times.push(performance.now() - start);
    }
    await end();
    return Number(percentile(times, 0.99).toFixed(2));
  };
  await p99(0); // until it is compiled
  return { flush_ms: FLUSH_MS, p99_without_ms: await p99(0), p99_with_ms: await p99(FLUSH_MS) };
}

async function askMeter(url: URL, settings: Record<string, string>): Promise<Counted> {
  const response = await fetch(new URL(`/meter?${new URLSearchParams(settings)}`, url));
  return (await response.json()) as Counted;
}

function letterAt(at: number): string {
  return TEXT[at % TEXT.length]!;
}
