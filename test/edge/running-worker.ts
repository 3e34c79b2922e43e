// test/edge/running-worker: the bundled Worker in workerd behind a real port, with a tiny model, for clients in Node.

import { createHash } from "node:crypto";
import { createTestHarness } from "wrangler";
import { writeEdgeFile } from "#model/edge-file";
import { currentKey, DEFAULT_MODEL_NAME, edgeKey } from "#model/layout";
import type { MasterModel } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";

// nothing here asks the network for anything
Object.assign(process.env, {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_HIDE_BANNER: "true",
});

export const VERSION = "20261123-200000-aaaaaa";

export interface RunningWorker {
  url: string;
  publish(model: MasterModel, version: string): Promise<void>;
  close(): Promise<void>;
}

interface Bucket {
  put(key: string, value: string | Uint8Array): Promise<unknown>;
}

/** Starts the Worker with these secrets; it serves the tiny model. */
export async function startWorker(secrets: Record<string, string> = {}): Promise<RunningWorker> {
  const server = createTestHarness({ workers: [{ configPath: "edge/wrangler.jsonc", secrets }] });
  const { url } = await server.listen();
  const { MODELS } = (await server.getWorker().getEnv()) as { MODELS: Bucket };
  const publish = async (model: MasterModel, version: string) => {
    const file = writeEdgeFile(model);
    const sha256 = createHash("sha256").update(file).digest("hex");
    const promotedAt = "2026-11-23T20:00:00.000Z";
    const pointer = { version, sha256, bytes: file.length, promotedAt, sequence: 1 };
    await MODELS.put(edgeKey(DEFAULT_MODEL_NAME, version), file);
    await MODELS.put(currentKey(DEFAULT_MODEL_NAME), JSON.stringify(pointer));
  };
  await publish(makeTinyModel(), VERSION);
  return { url: url.origin, publish, close: () => server.close() };
}
