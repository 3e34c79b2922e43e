// cli/parent-option: the option that names the model to go on training from: in the store, or in a file.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION_NAME } from "#model/layout";
import { readMasterFile } from "#model/master-file";
import { readStoredParent } from "#registry/stored-parent";
import { checkModelName, readPointer } from "#registry/versions";
import { readKnownTexts } from "#training/loop/replay";
import { RunFolder } from "#training/run/folder";
import type { Parent } from "#training/loop/warm-start";
import type { Arguments } from "./command.ts";
import { openStore } from "./store-option.ts";
import { typedPath } from "./typed-path.ts";

export const BASE = "base";
const NO_PARENT = "none";
/** The base model of general English: base/card.md. */
export const BASE_FILE = findBase("master.safetensors");

/** The same as the edge serves it. */
export const BASE_EDGE_FILE = findBase("edge.safetensors");

/** Where the base model's file is: in the repository, else in its own package, which may be installed beside this one. */
function findBase(name: string): string {
  const own = fileURLToPath(new URL(`../base/${name}`, import.meta.url));
  if (existsSync(own)) return own;
  try {
    return createRequire(import.meta.url).resolve(`@afterword/base/${name}`);
  } catch {
    return own; // nowhere: whoever needs it says so
  }
}

/** The model that --from names: `base`, `current`, a version, or a master file, whose version is then its digest. */
export async function readParent(args: Arguments): Promise<Parent | undefined> {
  const from = args.text("from");
  if (from === undefined || from === NO_PARENT) return undefined;
  if (from === BASE) return readParentFile(BASE_FILE);
  if (from !== "current" && !VERSION_NAME.test(from)) return readParentFile(typedPath(from));
  const store = openStore(args);
  const name = args.requireText("name");
  checkModelName(name);
  const version = from === "current" ? (await readPointer(store, name))?.version : from;
  if (version === undefined) {
    throw new Error(`no version of "${name}" is current; publish one, or train without --from`);
  }
  return readStoredParent(store, name, version);
}

/** A model from a master file. */
export async function readParentFile(path: string): Promise<Parent> {
  const file = await readFile(path).catch(() => {
    throw new Error(
      `--from "${path}" is neither base, none or current, nor a version such as 20261123-205312-3f9a1c, nor a file; check it`,
    );
  });
  const digest = createHash("sha256").update(file).digest("hex");
  const master = readMasterFile(file);
  const texts = await readKnownTexts(new RunFolder(dirname(path)), master);
  return { version: `sha256:${digest}`, master, texts };
}
