// test/publish-model: a model in a Worker's bucket, as a release leaves it there, for tests and benchmarks; in Node and in workerd.

import { writeEdgeFile } from "#model/edge-file";
import { cardKey, currentKey, DEFAULT_MODEL_NAME, edgeKey } from "#model/layout";
import type { MasterModel } from "#model/master-file";

/** What a bucket's binding does, of R2's or wrangler's. */
export interface BucketBinding {
  put(key: string, value: string | Uint8Array): Promise<unknown>;
}

export interface Publication {
  version: string;
  name?: string; // @default the default model's
  master: MasterModel;
  damage?: (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>; // after its sha256 was taken
}

/** Puts a version into a bucket and points at it; answers the pointer. */
export async function publishModel(
  bucket: BucketBinding,
  { version, name = DEFAULT_MODEL_NAME, master, damage = (file) => file }: Publication,
) {
  const file = writeEdgeFile(master);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const promotedAt = "2026-11-23T20:00:00.000Z";
  const pointer = { version, sha256, bytes: file.length, promotedAt, sequence: 1 };
  const card = { version, createdAt: "2026-11-23T19:00:00.000Z", ...master.metadata };
  await bucket.put(edgeKey(name, version), damage(file));
  await bucket.put(cardKey(name, version), JSON.stringify(card));
  await bucket.put(currentKey(name), JSON.stringify(pointer));
  return pointer;
}
