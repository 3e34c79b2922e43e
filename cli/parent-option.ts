// cli/parent-option: the option that names the model to go on training from: in the store, or in a file.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { VERSION_NAME } from "#model/layout";
import { readMasterFile } from "#model/master-file";
import { checkModelName, readMaster, readPointer } from "#registry/versions";
import type { Parent } from "#training/loop/warm-start";
import type { Arguments } from "./command.ts";
import { openStore } from "./store-option.ts";
import { typedPath } from "./typed-path.ts";

/** The model that --from names: `current`, a version, or a master file, whose version is then its digest. */
export async function readParent(args: Arguments): Promise<Parent | undefined> {
  const from = args.text("from");
  if (from === undefined) return undefined;
  if (from !== "current" && !VERSION_NAME.test(from)) return readParentFile(typedPath(from));
  const store = openStore(args);
  const name = args.requireText("name");
  checkModelName(name);
  const version = from === "current" ? (await readPointer(store, name))?.version : from;
  if (version === undefined) {
    throw new Error(`no version of "${name}" is current; publish one, or train without --from`);
  }
  return { version, master: readMasterFile(await readMaster(store, name, version)) };
}

async function readParentFile(path: string): Promise<Parent> {
  const file = await readFile(path).catch(() => {
    throw new Error(
      `--from "${path}" is neither current, nor a version such as 20261123-205312-3f9a1c, nor a file; check it`,
    );
  });
  const digest = createHash("sha256").update(file).digest("hex");
  return { version: `sha256:${digest}`, master: readMasterFile(file) };
}
