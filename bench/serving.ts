// bench/serving: sessions that type over their WebSockets against the bundled Worker in workerd, each waiting for its
// answer before it sends the next letter. The clients run in this process, on the same machine.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWrangler } from "#infra/worker-upload";
import { findPreset } from "#model/presets";
import { writeEdgeFile } from "#model/edge-file";
import { currentKey, DEFAULT_MODEL_NAME, edgeKey } from "#model/layout";
import { makeTinyModel } from "../test/tiny-model.ts";
import type { BenchOptions } from "./options.ts";
import { measureHeap } from "./heap.ts";
import { serveBundle } from "./serve-bundle.ts";

const MEMORY_FOLDER = "/dev/shm";
const TEXT = "the people of the united states and the state of our union in a great unity ";
const SESSIONS = [1, 8, 64];
const SECONDS = 5;
const VERSION = "20260101-000000-000000";

export async function run({ preset, log }: BenchOptions): Promise<object> {
  const file = writeEdgeFile(makeTinyModel({ config: findPreset(preset).model, spread: 0.05 }));
  // a deployment's storage is elsewhere; here, every answer would wait for this machine's disk
  if (existsSync(MEMORY_FOLDER)) process.env.TMPDIR = MEMORY_FOLDER;
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  runWrangler(folder);
  const modules = join(folder, "modules");
  const server = await serveBundle(modules);
  const { url, bucket } = server;
  try {
    const sha256 = createHash("sha256").update(file).digest("hex");
    const pointer = { version: VERSION, sha256, bytes: file.length, sequence: 1 };
    await bucket.put(edgeKey(DEFAULT_MODEL_NAME, VERSION), file);
    const promotedAt = new Date().toISOString();
    await bucket.put(currentKey(DEFAULT_MODEL_NAME), JSON.stringify({ ...pointer, promotedAt }));

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
    const heap = await measureHeap(await server.inspectorUrl(), askHealth);
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
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

interface Health {
  models: { memory_bytes: number }[];
}

async function post(url: URL, path: string, body: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) }); // prettier-ignore
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as { id: string };
}

async function typeAtOnce(url: URL, count: number) {
  const ids = await Promise.all(Array.from({ length: count }, async () => (await post(url, "/v1/sessions", {})).id)); // prettier-ignore
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1_000;
  await Promise.all(ids.map((id) => typeAlong(url, id, end, latencies)));
  const seconds = (performance.now() - start) / 1e3;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => round(latencies[Math.floor(share * (latencies.length - 1))]!);
  return { requests_per_second: round(latencies.length / seconds), p50_ms: at(0.5), p99_ms: at(0.99) }; // prettier-ignore
}

/** Types letter by letter until `end`, and notes how long each answer took. */
function typeAlong(url: URL, id: string, end: number, latencies: number[]): Promise<void> {
  const address = new URL(`/v1/sessions/${id}/live`, url);
  address.protocol = "ws:";
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
