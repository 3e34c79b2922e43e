// training/data/manifest: what a run was trained on, file by file, so that a later run, or somebody who wants a text left out, can
// tell. Where it is kept is the run's.

import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { z } from "zod";
import { nameSource } from "./source.ts";
import type { TextSource } from "./source.ts";

/** The manifest among a run's files. */
export const MANIFEST_NAME = "manifest.json";

export const manifestFile = z.object({
  key: z.string(), // in the store, or its path in the corpus
  sha256: z.string(),
  bytes: z.number(),
  licence: z.string().optional(), // as its owner states it
});
/** A file that was read. */
export type ManifestFile = z.infer<typeof manifestFile>;

/** What `manifest.json` holds. */
export const corpusManifest = z.object({
  corpus: z.string(),
  licence: z.string().nullable(), // of all of it, as its owner states it, in words where there are several
  files: z.array(manifestFile),
  without: z.array(z.string()).default([]), // files that were left out by name
  replayed: z.array(manifestFile).optional(), // of texts of models before, trained on once more
});
export type CorpusManifest = z.infer<typeof corpusManifest>;

/** Sees a corpus's bytes as they are read. */
export class ManifestBuilder {
  readonly #files = new Map<TextSource, { hash: Hash; bytes: number }>();

  add(bytes: Uint8Array, source: TextSource): void {
    let file = this.#files.get(source);
    if (!file) this.#files.set(source, (file = { hash: createHash("sha256"), bytes: 0 }));
    file.hash.update(bytes);
    file.bytes += bytes.length;
  }

  /** What was read, in order. */
  finish(): ManifestFile[] {
    return Array.from(this.#files, ([source, { hash, bytes }]) => ({
      key: nameSource(source),
      sha256: hash.digest("hex"),
      bytes,
    }));
  }
}
