// registry/copy-version: one version of a model from one store to another, e.g. from S3 to the bucket that the edge reads.

import { cardKey, edgeKey, masterKey } from "#model/layout";
import { readVersion } from "./versions.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * Copies a version under its own name after verifying it; what the other store has of it already stays.
 * @example
 * await copyVersion(store, edge, { name: "notes", version: "20261123-205312-3f9a1c" });
 */
export async function copyVersion(
  from: ObjectStore,
  to: ObjectStore,
  { name, version }: { name: string; version: string },
): Promise<void> {
  const { card, master, edge } = await readVersion(from, name, version);
  await putOnce(to, masterKey(name, version), master);
  await putOnce(to, edgeKey(name, version), edge);
  // the card comes last: a version that has one is whole
  await putOnce(to, cardKey(name, version), JSON.stringify(card, null, 2));
  await readVersion(to, name, version);
}

async function putOnce(store: ObjectStore, key: string, body: Uint8Array | string): Promise<void> {
  try {
    await store.put(key, body, { ifAbsent: true });
  } catch (error) {
    // an earlier attempt wrote it; what is there is verified afterwards
    if (!(error instanceof ConflictError)) throw error;
  }
}
