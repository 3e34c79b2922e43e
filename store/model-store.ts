// store/model-store: versions of models in a bucket. A version is written whole; then the pointer moves.

import { createHash, randomBytes } from "node:crypto";
import { readEdgeHeader, readEdgeVocabulary } from "#model/edge-file";
import {
  cardKey,
  currentKey,
  decodePointer,
  edgeKey,
  masterKey,
  MODEL_NAME,
  promotionKey,
  promotionsPrefix,
  versionsPrefix,
} from "#model/layout";
import type { Pointer } from "#model/layout";
import { readMasterFile } from "#model/master-file";
import type { ModelMetrics } from "#model/metadata";
import { LostRaceError } from "./object-store.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";

export interface ModelFiles {
  master: Uint8Array;
  edge: Uint8Array;
}

export interface PublishedVersion {
  name: string;
  version: string;
  sequence: number;
  current: Pointer;
}

export interface ListedVersion {
  name: string;
  version: string;
  current: boolean;
  promotedAt: string | null; // when it last became current, for the current version
  metrics: ModelMetrics;
}

/** Writes the files as a new version, reads them back, and makes the version current. */
export async function publishModel(
  store: ObjectStore,
  name: string,
  files: ModelFiles,
): Promise<PublishedVersion> {
  checkModelName(name);
  const { metadata } = readMasterFile(files.master);
  checkEdgeFile(files.edge);
  const version = newVersionName(new Date());
  const card = {
    version,
    createdAt: new Date().toISOString(),
    ...metadata,
    files: { master: describe(files.master), edge: describe(files.edge) },
  };
  await store.put(masterKey(name, version), files.master, { ifAbsent: true });
  await store.put(edgeKey(name, version), files.edge, { ifAbsent: true });
  // the card comes last: a version that has one is whole
  await store.put(cardKey(name, version), JSON.stringify(card, null, 2), { ifAbsent: true });
  return movePointer(store, name, version);
}

/** Makes a version current after checking its edge file; throws `LostRaceError` when somebody else moved the pointer. */
export async function movePointer(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<PublishedVersion> {
  const card = await readCard(store, name, version);
  const edge = await store.get(edgeKey(name, version));
  if (!card || !edge) {
    throw new Error(
      `version ${version} of model "${name}" is not whole in the store; publish it again`,
    );
  }
  const { sha256, bytes } = describe(edge.body);
  if (card.files.edge.sha256 !== sha256) {
    throw new Error(
      `the edge file of version ${version} has sha256 ${sha256}, its card says ${card.files.edge.sha256}; publish it again`,
    );
  }
  checkEdgeFile(edge.body);

  const before = await store.get(currentKey(name));
  const sequence = 1 + (sequenceOf(before) ?? (await lastLoggedSequence(store, name)));
  const current: Pointer = {
    version,
    sha256,
    bytes,
    promotedAt: new Date().toISOString(),
    sequence,
  };
  const json = JSON.stringify(current);
  await store.put(currentKey(name), json, before ? { ifMatch: before.etag } : { ifAbsent: true });
  await logPromotion(store, name, current);
  return { name, version, sequence, current };
}

/** The pointer to the current version, or null where nothing was published under that name. */
export async function readPointer(store: ObjectStore, name: string): Promise<Pointer | null> {
  const found = await store.get(currentKey(name));
  return found && pointerOf(found.body);
}

/** All whole versions of all models, newest first. */
export async function listModels(store: ObjectStore): Promise<ListedVersion[]> {
  const listed: ListedVersion[] = [];
  for (const name of await store.list("models/", { folders: true })) {
    // a pointer that cannot be read (written by hand, or by a newer release) makes no version current
    const pointer = await readPointer(store, name).catch(() => null);
    const versions = await store.list(versionsPrefix(name), { folders: true });
    for (const version of versions.sort().reverse()) {
      const card = await readCard(store, name, version);
      if (!card) continue; // its publishing was interrupted
      const current = pointer?.version === version;
      const promotedAt = current ? pointer.promotedAt : null;
      listed.push({ name, version, current, promotedAt, metrics: card.metrics });
    }
  }
  return listed;
}

/** The master file of a version. */
export async function readMaster(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<Uint8Array> {
  const found = await store.get(masterKey(name, version));
  if (!found) throw new Error(`version ${version} of model "${name}" is not in the store`);
  return found.body;
}

/** Throws unless the name can be part of an object's key. */
export function checkModelName(name: string): void {
  if (!MODEL_NAME.test(name)) {
    throw new Error(
      `model name "${name}" must be 1 to 63 lower-case letters, digits and hyphens, e.g. "mail-english"`,
    );
  }
}

interface Card {
  metrics: ModelMetrics;
  files: { master: FileDescription; edge: FileDescription };
}

interface FileDescription {
  sha256: string;
  bytes: number;
}

function checkEdgeFile(file: Uint8Array): void {
  readEdgeVocabulary(readEdgeHeader(file), file);
}

function describe(file: Uint8Array): FileDescription {
  return { sha256: createHash("sha256").update(file).digest("hex"), bytes: file.length };
}

async function readCard(store: ObjectStore, name: string, version: string): Promise<Card | null> {
  const found = await store.get(cardKey(name, version));
  return found && (JSON.parse(new TextDecoder().decode(found.body)) as Card);
}

function pointerOf(body: Uint8Array): Pointer {
  return decodePointer(new TextDecoder().decode(body));
}

/** How many promotions the pointer counts; nothing where there is none or it was damaged. */
function sequenceOf(pointer: StoredObject | null): number | undefined {
  try {
    return pointer ? pointerOf(pointer.body).sequence : undefined;
  } catch {
    return undefined; // written by hand, or by a newer release: the log knows
  }
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
    // a process that died between its two writes left this sequence number to us, or us to it
    if (!(error instanceof LostRaceError)) throw error;
  }
}

function newVersionName(now: Date): string {
  const [date, time] = now.toISOString().split(/[T.]/) as [string, string];
  return `${date.replaceAll("-", "")}-${time.replaceAll(":", "")}-${randomBytes(3).toString("hex")}`;
}
