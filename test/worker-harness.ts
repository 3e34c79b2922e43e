// test/worker-harness: a Worker in workerd on this machine, built from its source, with its bucket, for tests and benchmarks that
// run in Node. Asks the network for nothing. (bench/serve-bundle serves what was built, as it is deployed.)

import { createTestHarness } from "wrangler";
import { QUIET_WRANGLER } from "#config/wrangler";
import type { BucketBinding } from "./publish-model.ts";

type WorkerConfig = NonNullable<Parameters<typeof createTestHarness>[0]>["workers"][number];

export interface RunningHarness {
  url: URL;
  bucket: BucketBinding; // the binding MODELS
  close(): Promise<void>;
}

/** Starts a Worker on a free port. */
export async function startHarness(worker: WorkerConfig): Promise<RunningHarness> {
  Object.assign(process.env, QUIET_WRANGLER);
  const harness = createTestHarness({ workers: [worker] });
  const { url } = await harness.listen();
  const { MODELS: bucket } = (await harness.getWorker().getEnv()) as { MODELS: BucketBinding };
  return { url, bucket, close: () => harness.close() };
}
