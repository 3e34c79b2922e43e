// training/loop/parent-file: the model that a run goes on from, from its file, and kept among the run's own: with it the run reads its
// text as it began, and ends with the parent's n-grams, when its parent is not at hand.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readMasterFile, writeMasterFile } from "#model/master-file";
import type { RunFiles } from "../run/files.ts";
import { RunFolder } from "../run/folder.ts";
import type { RunSettings } from "../run/settings.ts";
import { readKnownTexts } from "./replay.ts";
import type { Parent } from "./warm-start.ts";

const PARENT_NAME = "parent.safetensors";

/** The model that a run went on from, or that a run that begins is to go on from. */
export async function readRunParent(
  files: RunFiles,
  before: RunSettings | null,
  from?: Parent,
): Promise<Parent | undefined> {
  if (!before) return from;
  const bytes = before.parent && (await files.read(PARENT_NAME));
  return bytes ? { version: before.parent!.version, master: readMasterFile(bytes) } : undefined;
}

export async function writeRunParent(files: RunFiles, { master }: Parent): Promise<void> {
  await files.write(PARENT_NAME, writeMasterFile(master));
}

/** A model from a master file, whose digest is its version, and the texts of the run that lies beside it. */
export async function readParentFile(path: string): Promise<Parent> {
  const file = await readFile(path);
  const digest = createHash("sha256").update(file).digest("hex");
  const master = readMasterFile(file);
  const texts = await readKnownTexts(new RunFolder(dirname(path)), master);
  return { version: `sha256:${digest}`, master, texts };
}
