// cli/parent-option: the option that names the model to go on training from: in the store, or in a file.

import { statSync } from "node:fs";
import { VERSION_NAME } from "#model/layout";
import { readStoredParent } from "#registry/stored-parent";
import { checkModelName, readPointer } from "#registry/versions";
import { readBase } from "#training/loop/base-model";
import { readParentFile } from "#training/loop/parent-file";
import type { Parent } from "#training/loop/warm-start";
import type { Arguments } from "./command.ts";
import { openStore } from "./store-option.ts";
import { typedPath } from "./typed-path.ts";

const BASE = "base";
const NO_PARENT = "none";

/** The model that --from names: `base`, `current`, a version, or a master file, whose version is then its digest. */
export async function readParent(args: Arguments): Promise<Parent | undefined> {
  const from = args.text("from");
  if (from === undefined || from === NO_PARENT) return undefined;
  if (from === BASE) return readBase();
  if (from !== "current" && !VERSION_NAME.test(from)) return readParentFile(findFile(from));
  const store = openStore(args);
  const name = args.requireText("name");
  checkModelName(name);
  const version = from === "current" ? (await readPointer(store, name))?.version : from;
  if (version === undefined) {
    throw new Error(`no version of "${name}" is current; publish one, or train without --from`);
  }
  return readStoredParent(store, name, version);
}

function findFile(from: string): string {
  const path = typedPath(from);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  throw new Error(
    `--from "${path}" is neither base, none or current, nor a version such as 20261123-205312-3f9a1c, nor a file; check it`,
  );
}
