// registry/promotions: which version is current, moved by one conditional write, and the log of every such move. What a
// version must be worth to become current is decided before, by whoever calls.

import { currentKey, decodePointer, promotionKey, promotionsPrefix } from "#model/layout";
import type { Pointer } from "#model/layout";
import { readVersion } from "./versions.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

/** What is current, as it was when a decision was made on it. */
export interface Current {
  pointer: Pointer | null; // where the object is damaged, what the log says last
  etag: string | null; // null where nothing is current yet
}

/**
 * Reads what is current, for a promotion that is to hold only if nobody else promotes meanwhile.
 * @example
 * const { pointer } = await readCurrent(store, "default"); // null where nothing is current
 */
export async function readCurrent(store: ObjectStore, name: string): Promise<Current> {
  const found = await store.get(currentKey(name));
  if (!found) return { pointer: null, etag: null };
  try {
    return { pointer: decodePointer(new TextDecoder().decode(found.body)), etag: found.etag };
  } catch {
    // written by hand, or by a newer release
    const sequence = await lastLoggedSequence(store, name);
    return { pointer: await readPromotion(store, name, sequence), etag: found.etag };
  }
}

/**
 * Makes a version current after verifying its files, if what is current is still what `since` says; throws
 * `ConflictError`, and has changed nothing, where it is not. A canary ends with it.
 * @example
 * await promoteVersion(store, "notes", version, await readCurrent(store, "notes")); // the pointer as it is now
 */
export async function promoteVersion(
  store: ObjectStore,
  name: string,
  version: string,
  expected: Current,
): Promise<Pointer> {
  const { card } = await readVersion(store, name, version);
  const { sha256, bytes } = card.files.edge;
  const returnsTo = expected.pointer?.sequence;
  return movePointer(store, name, expected, {
    version,
    sha256,
    bytes,
    action: "promote",
    returnsTo,
  });
}

/**
 * Makes the version current again that was so before the current one, after verifying that it is still what it was
 * then. Going back twice goes two versions back.
 * @throws Error where there is nothing to go back to
 * @example
 * await rollBack(store, "default"); // the pointer as it is now
 */
export async function rollBack(store: ObjectStore, name: string): Promise<Pointer>;
/**
 * @param to goes back only if that leads to this version; answers null where it does not
 * @example
 * await rollBack(store, "default", { to: version });
 */
export async function rollBack(
  store: ObjectStore,
  name: string,
  options: { to: string },
): Promise<Pointer | null>;
export async function rollBack(
  store: ObjectStore,
  name: string,
  { to }: { to?: string } = {},
): Promise<Pointer | null> {
  const expected = await readCurrent(store, name);
  const { pointer } = expected;
  const target =
    pointer?.returnsTo === undefined ? null : await readPromotion(store, name, pointer.returnsTo);
  if (to !== undefined && target?.version !== to) return null;
  if (!pointer) throw new Error(`nothing is current under the name "${name}"; publish first`);
  if (!target) {
    throw new Error(
      `there is no version of "${name}" before ${pointer.version} to go back to; it stays current`,
    );
  }
  const { version, sha256, bytes, returnsTo } = target;
  const { card } = await readVersion(store, name, version);
  if (card.files.edge.sha256 !== sha256) {
    throw new Error(
      `version ${version} is not what was promoted: its card says sha256 ${card.files.edge.sha256}, the promotion ` +
        `log ${sha256}; ${pointer.version} stays current`,
    );
  }
  return movePointer(store, name, expected, {
    version,
    sha256,
    bytes,
    action: "rollback",
    returnsTo,
  });
}

type Move = Pick<Pointer, "version" | "sha256" | "bytes" | "action" | "returnsTo" | "canary"> &
  Partial<Pick<Pointer, "promotedAt">>; // now, where it says nothing

/**
 * Writes and logs a new pointer in the place of what was expected.
 * @throws ConflictError where something else is current by now; nothing was changed then
 * @example
 * const expected = await readCurrent(store, "notes");
 * await movePointer(store, "notes", expected, { version, sha256, bytes, action: "promote" });
 */
export async function movePointer(
  store: ObjectStore,
  name: string,
  expected: Current,
  move: Move,
): Promise<Pointer> {
  const logged = await lastLoggedSequence(store, name);
  // a process that died between its two writes left the log without what it made current
  if (expected.pointer && expected.pointer.sequence > logged) {
    await logPromotion(store, name, expected.pointer);
  }
  const sequence = 1 + Math.max(logged, expected.pointer?.sequence ?? 0);
  const current: Pointer = { promotedAt: new Date().toISOString(), ...move, sequence };
  const condition =
    expected.etag === null ? { ifAbsent: true as const } : { ifMatch: expected.etag };
  await store.put(currentKey(name), JSON.stringify(current), condition);
  await logPromotion(store, name, current);
  return current;
}

async function readPromotion(
  store: ObjectStore,
  name: string,
  sequence: number,
): Promise<Pointer | null> {
  const found = await store.get(promotionKey(name, sequence));
  return found && decodePointer(new TextDecoder().decode(found.body));
}

async function lastLoggedSequence(store: ObjectStore, name: string): Promise<number> {
  const keys = await store.list(promotionsPrefix(name));
  return Number(/(\d+)\.json$/.exec(keys.at(-1) ?? "")?.[1] ?? 0);
}

async function logPromotion(store: ObjectStore, name: string, pointer: Pointer): Promise<void> {
  try {
    await store.put(promotionKey(name, pointer.sequence), JSON.stringify(pointer), {
      ifAbsent: true,
    });
  } catch (error) {
    // it is in the log already: whoever came next wrote it for a process that died, or was only slow
    if (!(error instanceof ConflictError)) throw error;
  }
}
