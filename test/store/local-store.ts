// test/store/local-store: the local R2 with its S3 endpoint, the store that `npm start` publishes to.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHarness } from "wrangler";
import { LOCAL_BUCKET, localStoreAddress } from "#store/address";

export interface LocalStore {
  address: string;
  close(): Promise<void>;
}

/** Starts an empty store. */
export async function startLocalStore(): Promise<LocalStore> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_SEND_METRICS = "false";
  const folder = await mkdtemp(join(tmpdir(), "store-"));
  const main = join(folder, "worker.js");
  await writeFile(main, "export default { fetch: () => new Response() }");
  const bucket = {
    binding: "MODELS",
    bucket_name: LOCAL_BUCKET,
    local_dev: {
      experimental_s3_credentials: { accessKeyId: "local", secretAccessKey: "local-secret" },
    },
  };
  const harness = createTestHarness({
    workers: [
      { config: { name: "store", main, compatibility_date: "2026-11-01", r2_buckets: [bucket] } },
    ],
  });
  const { url } = await harness.listen();
  return {
    address: localStoreAddress(Number(url.port)),
    async close() {
      await harness.close();
      await rm(folder, { recursive: true });
    },
  };
}
