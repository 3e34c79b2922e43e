// bench/serving: sessions that type over their WebSockets against the bundled Worker in workerd, each waiting for its
// answer before it sends the next letter. The clients run in this process, on the same machine.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BenchOptions } from "./options.ts";
import { measureHeap } from "./heap.ts";
import { percentile } from "./percentile.ts";
import { beginSession, post, servePreset, TEXT } from "./serve-preset.ts";

const SESSIONS = [1, 8, 64];
const SECONDS = 5;

export async function run({ preset, log }: BenchOptions): Promise<object> {
  const { url, modules, inspectorUrl, close } = await servePreset(preset);
  try {
    const start = performance.now();
    await post(url, "/v1/predict", { text: "the " });
    const coldStartMs = performance.now() - start;
    log(`first prediction after ${coldStartMs.toFixed(0)} ms`);
    const figures: Record<string, object> = {};
    for (const count of SESSIONS) {
      const measured = await typeAtOnce(url, count);
      figures[`sessions_${count}`] = measured;
      log(`${count} sessions: ${JSON.stringify(measured)}`);
    }
    const askHealth = async () => (await fetch(new URL("/health", url))).json() as Promise<Health>;
    const modelBytes = (await askHealth()).models[0]!.memory_bytes;
    const heap = await measureHeap(await inspectorUrl(), askHealth);
    return {
      preset,
      ...figures,
      cold_start_ms: Math.round(coldStartMs),
      isolate_mb: round((modelBytes + heap.bytes) / 1e6),
      isolate_live_mb: round((modelBytes + heap.liveBytes) / 1e6),
      model_mb: round(modelBytes / 1e6),
      upload_bytes: measureUpload(modules),
    };
  } finally {
    await close();
  }
}

interface Health {
  models: { memory_bytes: number }[];
}

async function typeAtOnce(url: URL, count: number) {
  const addresses = await Promise.all(Array.from({ length: count }, () => beginSession(url)));
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1_000;
  await Promise.all(addresses.map((address) => typeAlong(address, end, latencies)));
  const seconds = (performance.now() - start) / 1e3;
  const at = (share: number) => round(percentile(latencies, share));
  return { requests_per_second: round(latencies.length / seconds), p50_ms: at(0.5), p99_ms: at(0.99) }; // prettier-ignore
}

/** Types letter by letter until `end`, and notes how long each answer took. */
function typeAlong(address: URL, end: number, latencies: number[]): Promise<void> {
  const socket = new WebSocket(address);
  let sent = 0;
  let at = 0;
  const send = () => {
    sent = performance.now();
    socket.send(JSON.stringify({ at, text: TEXT[at % TEXT.length] }));
    at++;
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", send);
    socket.addEventListener("error", () => reject(new Error("a socket broke")));
    socket.addEventListener("close", () => resolve());
    socket.addEventListener("message", ({ data }) => {
      const now = performance.now();
      latencies.push(now - sent);
      if ((data as string).includes('"error"')) reject(new Error(data as string));
      if (now < end) send();
      else socket.close();
    });
  });
}

/** Bytes of the bundle and its WebAssembly. */
function measureUpload(folder: string): number {
  const files = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
