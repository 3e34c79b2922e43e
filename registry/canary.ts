// registry/canary: a version that a share of the sessions is served beside the current one. Comparing the two is
// compare-feedback's.

import { readEdgeHeader } from "#model/edge-file";
import type { Pointer } from "#model/layout";
import { checkMemory, MAX_MODEL_BYTES, megabytes } from "#inference/memory-plan";
import type { ObjectStore } from "./object-store.ts";
import { movePointer } from "./promotions.ts";
import type { Current } from "./promotions.ts";
import { readVersion } from "./versions.ts";

/**
 * Begins a canary after verifying its files, changes its share, or with null ends it. The current version stays.
 * @param expected what is current, as it was when this was decided
 * @throws Error where nothing is current, it is current itself, or an isolate has no room for both
 * @throws ConflictError where another version became current meanwhile
 *
 * @example await setCanary(store, "notes", { version, share: 0.1 }, await readCurrent(store, "notes"));
 */
export async function setCanary(
  store: ObjectStore,
  name: string,
  canary: { version: string; share: number } | null,
  expected: Current,
): Promise<Pointer> {
  const { pointer } = expected;
  if (!pointer) {
    throw new Error(`nothing is current under the name "${name}"; promote without a canary first`);
  }
  const { version, sha256, bytes, promotedAt, returnsTo } = pointer;
  const stays = { version, sha256, bytes, promotedAt, returnsTo, action: "canary" } as const;
  if (!canary) return movePointer(store, name, expected, stays);
  const { share } = canary;
  if (!(share > 0 && share < 1)) {
    throw new Error(`a canary's share must be above 0 and below 1, got ${share}`);
  }
  if (canary.version === version) {
    throw new Error(`${version} is current already; a canary is another version`);
  }
  const { card, edge } = await readVersion(store, name, canary.version);
  const current = await readVersion(store, name, version);
  checkRoom([edge, current.edge]);
  const startedAt =
    pointer.canary?.version === canary.version
      ? pointer.canary.startedAt // its share is changed
      : new Date().toISOString();
  return movePointer(store, name, expected, {
    ...stays,
    canary: { version: canary.version, ...card.files.edge, share, startedAt },
  });
}

/** Throws where an isolate cannot hold all of these at once. */
function checkRoom(files: Uint8Array[]): void {
  const planned = files.map((file) => checkMemory(readEdgeHeader(file)).total);
  const bytes = planned.reduce((sum, total) => sum + total, 0);
  if (bytes <= MAX_MODEL_BYTES) return;
  const [asked, max] = [bytes, MAX_MODEL_BYTES].map(megabytes);
  throw new Error(
    `the two versions take ${asked} of an isolate's memory, which has ${max} for models; promote without a canary`,
  );
}
