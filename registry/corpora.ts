// registry/corpora: text between a folder here and `corpora/<name>/` in the store, file by file. What text means is
// training/'s.

import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ListedObject, ObjectStore } from "./object-store.ts";

/**
 * The keys of a corpus begin so.
 * @example corpusPrefix("notes") // "corpora/notes/"
 */
export const corpusPrefix = (name: string) => `corpora/${name}/`;

const MAX_FILE_BYTES = 2 ** 31 - 1; // what one request takes from memory

/** What became of a file. */
export interface PushedFile {
  file: string; // its path in the corpus
  bytes: number;
  change: "new" | "changed" | "unchanged";
}

/** What a corpus is after a push. */
export interface PushedCorpus {
  prefix: string;
  pushed: PushedFile[];
  left: string[]; // names in the store that the folder lacks: they stay, and are trained on
}

/** A file to push. */
export interface TextFile {
  path: string; // where it lies here
  file: string; // its path in the corpus
  encoding?: string; // of one that is not Unicode: it is uploaded as UTF-8
}

/**
 * Uploads the files that the store lacks or holds otherwise; says of each what became of it.
 * @throws Error where a file is too large for one request
 * @example
 * await pushCorpus(store, "notes", files, ({ file, change }) => console.log(file, change));
 */
export async function pushCorpus(
  store: ObjectStore,
  name: string,
  files: TextFile[],
  onFile: (file: PushedFile) => void,
): Promise<PushedCorpus> {
  const prefix = corpusPrefix(name);
  const listed = await store.listObjects(prefix);
  const texts = listed.filter(({ key }) => !key.endsWith("/")); // the rest are a console's folders
  const stored = new Map(texts.map((object) => [object.key, object]));
  const pushed: PushedFile[] = [];
  for (const { path, file, encoding } of files) {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new Error(`"${path}" has ${size} bytes; split it into files below ${MAX_FILE_BYTES}`);
    }
    const body = toUnicode(await readFile(path), encoding);
    const key = prefix + file;
    const change = compare(body, stored.get(key));
    if (change !== "unchanged") await store.put(key, body);
    stored.delete(key);
    pushed.push({ file, bytes: body.length, change });
    onFile(pushed.at(-1)!);
  }
  return { prefix, pushed, left: Array.from(stored.keys(), (key) => key.slice(prefix.length)) };
}

/** A job is told no encoding, and needs none: UTF-8 and UTF-16 are told by their bytes. */
function toUnicode(body: Uint8Array, encoding = "utf-8"): Uint8Array {
  if (encoding.startsWith("utf-")) return body;
  return new TextEncoder().encode(new TextDecoder(encoding, { fatal: true }).decode(body));
}

/** How a file differs from what the store holds of it. */
function compare(body: Uint8Array, stored: ListedObject | undefined): PushedFile["change"] {
  if (!stored) return "new";
  // the etag of an object written in one request, under the bucket's own encryption, is its MD5
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  return stored.etag === etag ? "unchanged" : "changed";
}

/**
 * A corpus's objects. A folder that somebody made in a console is an empty object whose key ends in "/": it is none of them.
 * @throws Error where there are none, or one has a name that can be no file's
 * @example
 * (await requireCorpus(store, "notes")).map(({ key }) => key); // ["corpora/notes/2026/may.txt", …]
 */
export async function requireCorpus(store: ObjectStore, name: string): Promise<ListedObject[]> {
  const all = await store.listObjects(corpusPrefix(name));
  const listed = all.filter(({ key }) => !key.endsWith("/"));
  checkKeys(listed.map(({ key }) => key));
  if (listed.length > 0) return listed;
  throw new Error(
    `there is no text under "${corpusPrefix(name)}" in bucket "${store.location.bucket}"; upload it with "afterword corpus push DIR --name ${name}"`,
  );
}

/** Throws where keys cannot be files side by side. */
function checkKeys(keys: string[]): void {
  const odd = keys.find((key) => !key.split("/").every(isPlainName));
  if (odd !== undefined) {
    throw new Error(
      `"${odd}" in the bucket can be no file here: a part of its name is empty, "." or "..", or holds a control character; rename or delete it`,
    );
  }
  const folders = new Set(
    keys.flatMap((key) => key.split("/").map((_, depth, parts) => parts.slice(0, depth).join("/"))),
  );
  const both = keys.find((key) => folders.has(key));
  if (both !== undefined) {
    throw new Error(`"${both}" in the bucket is a text and a folder at once; rename one of them`);
  }
}

/**
 * Brings a corpus's files into a folder.
 * @example
 * await pullCorpus(store, "notes", "/tmp/notes"); // { files: 3, bytes: 120000 }
 */
export async function pullCorpus(
  store: ObjectStore,
  name: string,
  folder: string,
): Promise<{ files: number; bytes: number }> {
  const prefix = corpusPrefix(name);
  const listed = await requireCorpus(store, name);
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  for (const { key } of listed) {
    const found = await store.get(key);
    if (!found) continue; // deleted since it was listed
    const path = join(folder, ...key.slice(prefix.length).split("/"));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, found.body);
    bytes += found.body.length;
  }
  return { files: listed.length, bytes };
}

/** A part of a path that leads down. */
function isPlainName(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !/\p{Cc}|\\/u.test(part);
}
