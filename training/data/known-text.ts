// training/data/known-text: a text that a model was trained on, as far as anybody can tell later where it lies, and its files there.

import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { fileSource } from "./list-files.ts";
import { manifestFile } from "./manifest.ts";
import type { ManifestFile } from "./manifest.ts";
import type { TextSource } from "./source.ts";
import { BUILT_IN_CORPUS, findSources } from "./text-source.ts";

export const knownText = z.object({
  corpus: z.string(), // where it lies: a path, the built-in text, or the address of a store
  encoding: z.string().optional(), // of files that are not Unicode
  heldOut: z.enum(["file", "document", "passage"]), // what was held out whole
  files: z.array(manifestFile),
});
export type KnownText = z.infer<typeof knownText>;

/** Finds those of a text's files that are still there, by their paths in the corpus, whatever they hold now. */
export type FindText = (text: KnownText, files: ManifestFile[]) => Promise<TextSource[]>;

/** Finds text on this machine. */
export const findLocalText: FindText = async ({ corpus }, files) => {
  const keys = new Set(files.map(({ key }) => key));
  if (corpus === BUILT_IN_CORPUS) {
    const sources = await findSources(corpus);
    return "train" in sources ? sources.train.filter(({ file }) => keys.has(file!)) : [];
  }
  if ((await stat(corpus).catch(() => null))?.isFile()) {
    const name = basename(corpus);
    return keys.has(name) ? [await fileSource(corpus, name)] : [];
  }
  const found: TextSource[] = [];
  for (const key of keys) {
    const path = join(corpus, key);
    if ((await stat(path).catch(() => null))?.isFile()) found.push(await fileSource(path, key));
  }
  return found;
};
