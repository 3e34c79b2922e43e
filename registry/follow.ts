// registry/follow: a second store whose current version follows the first's: the bucket that jobs publish to, and the one
// that the edge reads. Which version is right is decided in the first.

import type { Pointer } from "#model/layout";
import { setCanary } from "./canary.ts";
import { copyVersion } from "./copy-version.ts";
import type { ObjectStore } from "./object-store.ts";
import { promoteVersion, readCurrent, rollBack } from "./promotions.ts";
import { readPointer } from "./versions.ts";

/**
 * Makes the version current in the second store that is so in the first, and copies it there where it is missing. Where it
 * is what the second would go back to, it goes back, so that its own way back stays the same. A canary is followed too.
 * @returns the second store's pointer, or null where nothing is current in the first
 * @example
 * (await followCurrent(store, edge, "notes"))?.version; // what is current in both now
 */
export async function followCurrent(
  first: ObjectStore,
  second: ObjectStore,
  name: string,
): Promise<Pointer | null> {
  const leader = await readPointer(first, name);
  if (!leader) return null;
  const pointer = await followVersion(first, second, name, leader);
  if (pointer.canary?.version === leader.canary?.version && pointer.canary?.share === leader.canary?.share) return pointer; // prettier-ignore
  if (leader.canary) await copyVersion(first, second, { name, version: leader.canary.version });
  return setCanary(second, name, leader.canary ?? null, await readCurrent(second, name));
}

async function followVersion(
  first: ObjectStore,
  second: ObjectStore,
  name: string,
  leader: Pointer,
): Promise<Pointer> {
  const expected = await readCurrent(second, name);
  if (expected.pointer?.sha256 === leader.sha256 && expected.pointer.version === leader.version) {
    return expected.pointer;
  }
  await copyVersion(first, second, { name, version: leader.version });
  if (leader.action === "rollback") {
    const back = await rollBack(second, name, { to: leader.version });
    if (back) return back;
  }
  return promoteVersion(second, name, leader.version, expected);
}

/**
 * Writes and deletes a small object: whether a store that is written to in hours can be written to at all.
 * @example
 * await proveWritable(store, "notes-1"); // rejects where the bucket refuses
 */
export async function proveWritable(store: ObjectStore, run: string): Promise<void> {
  const key = `writable/${run}.json`;
  await store.put(key, JSON.stringify({ run, at: new Date().toISOString() }));
  await store.delete(key);
}
