// training/data/list-files: all files under a folder, links followed, sorted by path; what is left out is counted and named.

import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, matchesGlob } from "node:path";
import { describeFileError } from "../run/file-error.ts";
import type { TextSource } from "./source.ts";

export interface ListedFiles {
  files: TextSource[];
  leftOut: string[]; // in words, e.g. `3 hidden (.git, .DS_Store, …)`
}

const NAMED = 3; // of what is left out, so many are named

/**
 * Lists a folder with its sub-folders.
 * @param exclude patterns of paths within the folder; one without a slash fits a file or folder anywhere
 * @throws where a folder or a linked file cannot be read
 */
export async function listFiles(folder: string, exclude: string[] = []): Promise<ListedFiles> {
  const files: TextSource[] = [];
  const hidden: string[] = [];
  const excluded: string[] = [];
  const broken: string[] = [];
  const special: string[] = [];
  const seen = new Set<string>(); // folders' real paths: a link may lead back up

  const walk = async (inner: string): Promise<void> => {
    const path = join(folder, inner);
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
      throw describeFileError(error, `folder "${path}"`);
    });
    for (const name of names.sort()) {
      const file = inner === "" ? name : `${inner}/${name}`;
      if (name.startsWith(".")) hidden.push(file);
      else if (exclude.some((pattern) => fits(file, name, pattern))) excluded.push(file);
      else {
        const found = await stat(join(folder, file)).catch(() => null);
        if (!found) broken.push(file);
        else if (found.isDirectory()) await walk(file);
        else if (found.isFile()) files.push(await fileSource(join(folder, file), file));
        else special.push(file);
      }
    }
  };
  await walk("");
  const leftOut = [
    count(hidden, "hidden"),
    count(excluded, "excluded"),
    count(broken, "links that lead nowhere"),
    count(special, "neither files nor folders"),
  ];
  return { files, leftOut: leftOut.filter((words) => words !== "") };
}

/** A file as a source of text. */
export async function fileSource(path: string, file: string): Promise<TextSource> {
  const { size } = await stat(path);
  return { name: path, file, bytes: size, open: () => createReadStream(path) };
}

/** Whether patterns leave out a file of a folder, by its path or by a folder's that it is in. */
export function isExcluded(file: string, exclude: string[]): boolean {
  const parts = file.split("/");
  return parts.some((name, depth) => {
    const path = parts.slice(0, depth + 1).join("/");
    return exclude.some((pattern) => fits(path, name, pattern));
  });
}

function fits(file: string, name: string, pattern: string): boolean {
  const wanted = pattern.replace(/\/$/, "");
  return wanted.includes("/") ? matchesGlob(file, wanted) : matchesGlob(name, wanted);
}

function count(files: string[], what: string): string {
  if (files.length === 0) return "";
  const more = files.length > NAMED ? ", …" : "";
  return `${files.length} ${what} (${files.slice(0, NAMED).join(", ")}${more})`;
}
