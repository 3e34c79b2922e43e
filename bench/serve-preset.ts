// bench/serve-preset: the bundled Worker with a model of a preset's size, its words and weights made up, for benchmarks of what is
// served; and what they type into it.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWrangler } from "#infra/worker-upload";
import type { MasterModel } from "#model/master-file";
import { findPreset } from "#model/presets";
import { publishModel } from "../test/publish-model.ts";
import { makeTinyModel } from "../test/tiny-model.ts";
import { serveBundle } from "./serve-bundle.ts";
import type { Server } from "./serve-bundle.ts";

export const TEXT = "the people of the united states and the state of our union in a great unity ";

const MEMORY_FOLDER = "/dev/shm";
const VERSION = "20260101-000000-000000";

export interface ServedPreset extends Server {
  modules: string; // the folder with the bundle
}

/** Serves a preset. */
export function servePreset(preset: string, addEntry?: AddEntry): Promise<ServedPreset> {
  const { model: config } = findPreset(preset);
  return serveModel(makeTinyModel({ config, spread: 0.05 }), addEntry);
}

/** Adds a module before the Worker's own and answers its name. */
type AddEntry = (modules: string) => string | undefined;

/** Serves a model. */
export async function serveModel(
  master: MasterModel,
  addEntry: AddEntry = () => undefined,
): Promise<ServedPreset> {
  // a deployment's storage is elsewhere; here, every answer would wait for this machine's disk
  if (existsSync(MEMORY_FOLDER)) process.env.TMPDIR = MEMORY_FOLDER;
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  runWrangler(folder);
  const modules = join(folder, "modules");
  const server = await serveBundle(modules, addEntry(modules));
  await publishModel(server.bucket, { version: VERSION, master });
  return {
    ...server,
    modules,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** One call to the Worker. @throws Error where it refuses */
export async function post(url: URL, path: string, body: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) }); // prettier-ignore
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as { id: string };
}

/** Begins a session; answers the address of its WebSocket. */
export async function beginSession(url: URL): Promise<URL> {
  const { id } = await post(url, "/v1/sessions", {});
  const address = new URL(`/v1/sessions/${id}/live`, url);
  address.protocol = "ws:";
  return address;
}
