// training/loop/parent-words: the words of the model that a run goes on from, kept among its files: with them the run reads its text
// as it began, when its parent is not at hand.

import { Vocabulary } from "#model/vocabulary";
import type { RunFiles } from "../run/files.ts";
import type { RunSettings } from "../run/settings.ts";
import type { Parent } from "./warm-start.ts";

const PARENT_WORDS_NAME = "parent-vocabulary.tsv";

/** The parent's words, of a run that is there or of one that begins. */
export async function readParentWords(
  files: RunFiles,
  before: RunSettings | null,
  from?: Parent,
): Promise<Vocabulary | undefined> {
  if (!before) return from?.master.vocabulary;
  const bytes = before.parent && (await files.read(PARENT_WORDS_NAME));
  return bytes ? Vocabulary.decode(bytes) : undefined;
}

export async function writeParentWords(files: RunFiles, { master }: Parent): Promise<void> {
  await files.write(PARENT_WORDS_NAME, master.vocabulary.encode());
}
