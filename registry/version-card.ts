// registry/version-card: what a version's card.json says: the model's metadata, the run's own card, and its files.

import { z } from "zod";
import { cardKey } from "#model/layout";
import type { ModelMetadata } from "#model/metadata";
import { corpusManifest } from "#training/data/manifest";
import type { CorpusManifest } from "#training/data/manifest";
import type { ObjectStore } from "./object-store.ts";
import { readStored } from "./stored-json.ts";

/** A file of a version, to check what was read. */
export interface FileDescription {
  sha256: string;
  bytes: number;
}

/** All of the run's own card, the model's metadata, and its files. */
export interface VersionCard extends ModelMetadata {
  version: string;
  createdAt: string; // ISO 8601
  corpus?: string; // what it was trained on, as the run's settings name it
  run?: string; // of a job
  manifest?: CorpusManifest; // file by file
  files: { master: FileDescription; edge: FileDescription };
}

const file = z.object({ sha256: z.string(), bytes: z.number() });

// what the registry goes by; the rest is the model's metadata, which its own files hold checked
const card = z.looseObject({
  version: z.string(),
  createdAt: z.string(),
  corpus: z.string().optional(),
  manifest: corpusManifest.optional(),
  metrics: z.record(z.string(), z.unknown()),
  files: z.object({ master: file, edge: file }),
});

/**
 * A version's card, or null where there is none: its publishing was interrupted.
 * @throws Error where it is there and cannot be read
 * @example
 * (await readCard(store, "notes", "20261123-205312-3f9a1c"))?.files.edge.bytes;
 */
export async function readCard(
  store: ObjectStore,
  name: string,
  version: string,
): Promise<VersionCard | null> {
  return (await readStored(store, cardKey(name, version), card)) as VersionCard | null;
}
