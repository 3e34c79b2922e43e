// test/running-worker: the edge Worker in workerd behind a real port, with a tiny model, for clients in Node.

import { resolve } from "node:path";
import { experimental_readRawConfig as readConfig } from "wrangler";
import type { MasterModel } from "#model/master-file";
import { publishModel } from "./publish-model.ts";
import { makeTinyModel } from "./tiny-model.ts";
import { startHarness } from "./worker-harness.ts";

export const VERSION = "20261123-200000-aaaaaa";

export interface RunningWorker {
  url: string;
  publish(master: MasterModel, version: string): Promise<unknown>;
  put(key: string, value: string): Promise<unknown>; // into the bucket
  close(): Promise<void>;
}

const CONFIG_PATH = "edge/wrangler.jsonc";
const NO_LIMIT = 1e9; // tests type faster than people, and the faster the machine the more of it falls into 10 s

/** Starts the Worker with these secrets; it serves the tiny model. A rate limit counts units of work in 10 s. */
export async function startWorker(
  secrets: Record<string, string> = {},
  rateLimit = NO_LIMIT,
): Promise<RunningWorker> {
  const { url, bucket, close } = await startHarness({ config: configOf(secrets, rateLimit) });
  const publish = (master: MasterModel, version: string) =>
    publishModel(bucket, { master, version });
  await publish(makeTinyModel(), VERSION);
  return { url: url.origin, publish, put: (key, value) => bucket.put(key, value), close };
}

function configOf(secrets: Record<string, string>, limit: number) {
  const { rawConfig } = readConfig({ config: CONFIG_PATH });
  const { env: _, ...config } = rawConfig;
  const ratelimits = config.ratelimits!.map((binding: { simple: object }) => ({
    ...binding,
    simple: { ...binding.simple, limit },
  }));
  const [main, zod] = ["edge/worker.ts", "edge/zod.ts"].map((path) => resolve(path)) as [string, string]; // prettier-ignore
  return { ...config, main, alias: { zod }, ratelimits, vars: { ...config.vars, ...secrets } };
}
