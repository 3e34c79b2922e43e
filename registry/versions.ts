// registry/versions: versions of models in a bucket, written whole and read back verified. Which one is current is
// decided in promotions.

import { createHash, randomBytes } from "node:crypto";
import { readEdgeHeader, readEdgeVocabulary } from "#model/edge-file";
import {
  cardKey,
  currentKey,
  decodePointer,
  edgeKey,
  masterKey,
  MODEL_NAME,
  versionsPrefix,
} from "#model/layout";
import type { Pointer } from "#model/layout";
import { readMasterFile } from "#model/master-file";
import { checkMemory } from "#inference/memory-plan";
import type { ModelMetrics } from "#model/metadata";
import type { ObjectStore } from "./object-store.ts";
import { UnavailableError } from "./object-store.ts";
import { readCard } from "./version-card.ts";
import type { FileDescription, VersionCard } from "./version-card.ts";

export type { VersionCard } from "./version-card.ts";

/** A model's two files. */
export interface ModelFiles {
  master: Uint8Array;
  edge: Uint8Array;
}

/** A version of a list. */
export interface ListedVersion {
  name: string;
  version: string;
  current: boolean;
  createdAt: string;
  promotedAt: string | null; // when it last became current, for the current version
  metrics: ModelMetrics;
}

/**
 * Writes the files as a version, which nothing names yet, and returns its name. A version is never written again: one that
 * is there whole already stays as it is, so that a publishing that was interrupted can be repeated under the same name.
 * @param extra further sections of its card
 * @param version its name, @default a new one
 * @throws Error before anything is written, where an isolate could not serve them
 *
 * @example const version = await writeVersion(store, "notes", { master, edge }, { corpus: "notes/" });
 */
export async function writeVersion(
  store: ObjectStore,
  name: string,
  files: ModelFiles,
  extra: object = {},
  version = newVersionName(new Date()),
): Promise<string> {
  checkModelName(name);
  const { metadata } = readMasterFile(files.master);
  checkEdgeFile(files.edge);
  const described = { master: describe(files.master), edge: describe(files.edge) };
  const before = await readCard(store, name, version);
  if (before && before.files.edge.sha256 === described.edge.sha256) return version;
  const card: VersionCard = {
    ...extra,
    ...metadata,
    version,
    createdAt: new Date().toISOString(),
    files: described,
  };
  await store.put(masterKey(name, version), files.master, { ifAbsent: true });
  await store.put(edgeKey(name, version), files.edge, { ifAbsent: true });
  // the card comes last: a version that has one is complete
  await store.put(cardKey(name, version), JSON.stringify(card, null, 2), { ifAbsent: true });
  return version;
}

/**
 * A version's card and files; throws unless all are there, have the card's digests, and can be read as a model.
 * @throws Error where what the store has is not what the version's card says
 * @example
 * const { card, master, edge } = await readVersion(store, "notes", "20261123-205312-3f9a1c");
 */
export async function readVersion(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<ModelFiles & { card: VersionCard }> {
  const card = await readCard(store, name, version);
  if (!card) throw incomplete(name, version, "card.json");
  const read = async (key: string, expected: FileDescription) => {
    const found = await store.get(key);
    const file = key.slice(key.lastIndexOf("/") + 1);
    if (!found) throw incomplete(name, version, file);
    const { sha256 } = describe(found.body);
    if (sha256 !== expected.sha256) {
      throw new Error(
        `${file} of version ${version} has sha256 ${sha256}, its card says ${expected.sha256}; publish it again`,
      );
    }
    return found.body;
  };
  const edge = await read(edgeKey(name, version), card.files.edge);
  const master = await read(masterKey(name, version), card.files.master);
  checkEdgeFile(edge);
  readMasterFile(master);
  return { card, master, edge };
}

/**
 * The pointer to the current version, or null where nothing was published under that name.
 * @example
 * (await readPointer(store, "notes"))?.version; // "20261123-205312-3f9a1c"
 */
export async function readPointer(store: ObjectStore, name: string): Promise<Pointer | null> {
  const found = await store.get(currentKey(name));
  return found && decodePointer(new TextDecoder().decode(found.body));
}

/**
 * All complete versions of all models, newest first.
 * @example
 * (await listModels(store)).filter(({ current }) => current);
 */
export async function listModels(store: ObjectStore): Promise<ListedVersion[]> {
  const listed: ListedVersion[] = [];
  for (const name of await store.list("models/", { folders: true })) {
    // a pointer that cannot be read (written by hand, or by a newer release) makes no version current
    const pointer = await readPointer(store, name).catch(ignoreDamage);
    const versions: ListedVersion[] = [];
    for (const version of await store.list(versionsPrefix(name), { folders: true })) {
      // none: its publishing was interrupted; one that cannot be read must not hide the others
      const card = await readCard(store, name, version).catch(ignoreDamage);
      if (!card) continue;
      const current = pointer?.version === version;
      const promotedAt = current ? pointer.promotedAt : null;
      const { createdAt, metrics } = card;
      versions.push({ name, version, current, createdAt, promotedAt, metrics });
    }
    // by the card: two versions of one second have names in no order
    listed.push(...versions.sort((a, b) => b.createdAt.localeCompare(a.createdAt)));
  }
  return listed;
}

/**
 * The master file of a version.
 * @throws Error where the store has no such version
 * @example
 * readMasterFile(await readMaster(store, "notes", version)).metadata.config;
 */
export async function readMaster(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<Uint8Array> {
  const found = await store.get(masterKey(name, version));
  if (!found) throw new Error(`version ${version} of model "${name}" is not in the store`);
  return found.body;
}

/**
 * Throws unless the name can be part of an object's key.
 * @throws Error where it is none
 * @example
 * checkModelName("Notes"); // throws; "notes" is a name
 */
export function checkModelName(name: string): void {
  if (!MODEL_NAME.test(name)) {
    throw new Error(
      `model name "${name}" must be 1 to 63 lower-case letters, digits and hyphens, e.g. "mail-english"`,
    );
  }
}

function checkEdgeFile(file: Uint8Array): void {
  const header = readEdgeHeader(file);
  checkMemory(header);
  readEdgeVocabulary(header, file);
}

/** Null for what is damaged; a store that fails is told. */
function ignoreDamage(error: unknown): null {
  if (error instanceof UnavailableError) throw error;
  return null;
}

function describe(file: Uint8Array): FileDescription {
  return { sha256: createHash("sha256").update(file).digest("hex"), bytes: file.length };
}

function incomplete(name: string, version: string, file: string): Error {
  return new Error(
    `version ${version} of model "${name}" is not complete in the store: it lacks ${file}; publish it again, or choose ` +
      `another that "afterword models" lists`,
  );
}

/**
 * A name for a version that is made now, e.g. `20261125-061500-3f9a02`.
 * @example
 * newVersionName(new Date("2026-11-23T20:00:00Z")); // "20261123-200000-" and six letters at random
 */
export function newVersionName(now: Date): string {
  const [date, time] = now.toISOString().split(/[T.]/) as [string, string];
  return `${date.replaceAll("-", "")}-${time.replaceAll(":", "")}-${randomBytes(3).toString("hex")}`;
}
