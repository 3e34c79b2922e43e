// test/local-bucket: the local R2 with its S3 endpoint, for tests of what goes into a bucket and comes out.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_BUCKET, localStoreAddress, readStoreAddress } from "#registry/url";
import { ObjectStore } from "#registry/object-store";
import { startHarness } from "./worker-harness.ts";

export interface LocalBucket {
  address: string; // what --store takes
  store: ObjectStore;
  close(): Promise<void>;
}

/** How long that may take on a busy machine. */
export const START_LIMIT_MS = 60_000;

export async function startLocalBucket(): Promise<LocalBucket> {
  const folder = await mkdtemp(join(tmpdir(), "bucket-"));
  const main = join(folder, "worker.js");
  await writeFile(main, "export default { fetch: () => new Response() }");
  const bucket = {
    binding: "MODELS",
    bucket_name: LOCAL_BUCKET,
    local_dev: {
      experimental_s3_credentials: { accessKeyId: "local", secretAccessKey: "local-secret" },
    },
  };
  const config = { name: "bucket", main, compatibility_date: "2026-11-01", r2_buckets: [bucket] };
  const harness = await startHarness({ config });
  const address = localStoreAddress(Number(harness.url.port));
  return {
    address,
    store: new ObjectStore(readStoreAddress(address)),
    async close() {
      await harness.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Points this process's S3 clients at the bucket, as if it were on AWS. */
export function pointS3At({ address }: LocalBucket): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: address.slice(0, address.lastIndexOf("/")),
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local-secret",
  });
}
