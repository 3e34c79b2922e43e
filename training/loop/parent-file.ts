// training/loop/parent-file: the model that a run goes on from, kept among its files: with it the run reads its text as it began, and
// ends with the parent's n-grams, when its parent is not at hand.

import { readMasterFile, writeMasterFile } from "#model/master-file";
import type { RunFiles } from "../run/files.ts";
import type { RunSettings } from "../run/settings.ts";
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
