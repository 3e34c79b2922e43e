// test/edge/running-worker: the bundled Worker in workerd behind a real port, with a tiny model, for clients in Node.

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { createTestHarness, experimental_readRawConfig as readConfig } from "wrangler";
import { QUIET_WRANGLER } from "#config/wrangler";
import { writeEdgeFile } from "#model/edge-file";
import { cardKey, currentKey, DEFAULT_MODEL_NAME, edgeKey } from "#model/layout";
import type { MasterModel } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";

// nothing here asks the network for anything
Object.assign(process.env, QUIET_WRANGLER);

export const VERSION = "20261123-200000-aaaaaa";

export interface RunningWorker {
  url: string;
  publish(model: MasterModel, version: string): Promise<void>;
  put(key: string, value: string): Promise<void>; // into the bucket
  close(): Promise<void>;
}

interface Bucket {
  put(key: string, value: string | Uint8Array): Promise<unknown>;
}

const CONFIG_PATH = "edge/wrangler.jsonc";

/** Starts the Worker with these secrets; it serves the tiny model. A rate limit counts requests in 10 s. */
export async function startWorker(
  secrets: Record<string, string> = {},
  rateLimit?: number,
): Promise<RunningWorker> {
  const worker =
    rateLimit === undefined
      ? { configPath: CONFIG_PATH, secrets }
      : { config: limitedConfig(secrets, rateLimit) };
  const server = createTestHarness({ workers: [worker] });
  const { url } = await server.listen();
  const { MODELS } = (await server.getWorker().getEnv()) as { MODELS: Bucket };
  const publish = async (model: MasterModel, version: string) => {
    const file = writeEdgeFile(model);
    const sha256 = createHash("sha256").update(file).digest("hex");
    const promotedAt = "2026-11-23T20:00:00.000Z";
    const pointer = { version, sha256, bytes: file.length, promotedAt, sequence: 1 };
    const card = { version, createdAt: "2026-11-23T19:00:00.000Z", ...model.metadata };
    await MODELS.put(edgeKey(DEFAULT_MODEL_NAME, version), file);
    await MODELS.put(cardKey(DEFAULT_MODEL_NAME, version), JSON.stringify(card));
    await MODELS.put(currentKey(DEFAULT_MODEL_NAME), JSON.stringify(pointer));
  };
  await publish(makeTinyModel(), VERSION);
  const put = async (key: string, value: string) => void (await MODELS.put(key, value));
  return { url: url.origin, publish, put, close: () => server.close() };
}

function limitedConfig(secrets: Record<string, string>, limit: number) {
  const { rawConfig } = readConfig({ config: CONFIG_PATH });
  const { env: _, ...config } = rawConfig;
  const ratelimits = config.ratelimits!.map((binding: { simple: object }) => ({
    ...binding,
    simple: { ...binding.simple, limit },
  }));
  const [main, zod] = ["edge/worker.ts", "edge/zod.ts"].map((path) => resolve(path)) as [string, string]; // prettier-ignore
  return { ...config, main, alias: { zod }, ratelimits, vars: { ...config.vars, ...secrets } };
}
