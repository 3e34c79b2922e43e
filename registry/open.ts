// registry/open: a store and a run's files, from the address that names them.

import { RunFolder } from "#training/run/folder";
import type { RunFiles } from "#training/run/files";
import { ObjectStore } from "./object-store.ts";
import type { StoreOptions } from "./object-store.ts";
import { StoredRun } from "./stored-run.ts";
import { readObjectAddress, readStoreAddress } from "./url.ts";

/** For a run of hours, which outlives a minute's trouble of its store. */
export const PATIENT: StoreOptions = { attempts: 8, patienceMs: 90_000 };

/**
 * The store of an address, e.g. `s3://bucket`.
 * @throws Error where the address names no store
 * @example
 * const store = openStoreAt("s3://bucket");
 */
export function openStoreAt(address: string, options?: StoreOptions): ObjectStore {
  return new ObjectStore(readStoreAddress(address), options);
}

/**
 * A run's files: those of a folder, or objects such as `s3://bucket/runs/notes`.
 * @throws where an address names no place in a store
 * @example
 * const run = openRun("s3://bucket/runs/notes"); // or a folder's path
 */
export function openRun(address: string): RunFiles {
  if (!/^(s3|https?):/.test(address)) return new RunFolder(address);
  const { location, prefix } = readObjectAddress(address);
  return new StoredRun(new ObjectStore(location, PATIENT), prefix + "/");
}
