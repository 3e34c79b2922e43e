// registry/stored-parent: a version to go on training from, with the texts that it was trained on.

import { readMasterFile } from "#model/master-file";
import { readKnownTexts } from "#training/loop/replay";
import type { Parent } from "#training/loop/warm-start";
import type { ObjectStore } from "./object-store.ts";
import { StoredRun } from "./stored-run.ts";
import { formatObjectAddress } from "./url.ts";
import { readCard } from "./version-card.ts";
import { readMaster } from "./versions.ts";

/**
 * A version's weights, and where the texts lie that it was trained on, where its run is in the store too.
 * @throws Error where there is no such version
 * @example
 * await train({ ...options, from: await readStoredParent(store, "notes", version) }, reporter);
 */
export async function readStoredParent(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<Parent> {
  const master = readMasterFile(await readMaster(store, name, version));
  const run = (await readCard(store, name, version))?.run;
  if (run === undefined) return { version, master };
  const files = new StoredRun(store, `runs/${run}/`);
  const texts = await readKnownTexts(files, master, formatObjectAddress(store.location, ""));
  return { version, master, texts };
}
