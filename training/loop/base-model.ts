// training/loop/base-model: the base model of general English (base/card.md): where its files are, and which text it helps with. Going
// on from it is warm-start's.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { MODEL_PARAMETERS } from "#model/hyper-parameters";
import type { SettingChanges } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { readParentFile } from "./parent-file.ts";
import type { Parent } from "./warm-start.ts";

/** The base model's master file. */
export const BASE_FILE = findBase("master.safetensors");

/** The same model as the edge serves it. */
export const BASE_EDGE_FILE = findBase("edge.safetensors");

/** Where a file of the base model is: in the repository, else in its own package, which may be installed beside this one. */
function findBase(name: string): string {
  const own = fileURLToPath(new URL(`../../base/${name}`, import.meta.url));
  if (existsSync(own)) return own;
  try {
    return createRequire(import.meta.url).resolve(`@afterword/base/${name}`);
  } catch {
    return own; // nowhere: whoever needs it says so
  }
}

/**
 * The base model to go on from; its version is its file's digest.
 * @throws Error where it is not installed
 * @example
 * await train({ ...options, from: await readBase() }, reporter);
 */
export async function readBase(): Promise<Parent> {
  if (existsSync(BASE_FILE)) return readParentFile(BASE_FILE);
  throw new Error(`there is no base model at ${BASE_FILE}; install the package @afterword/base`);
}

/**
 * Whether the base model is here and a run of which nothing else is said can go on from it: one on prose in English, with
 * no shape of its own among its settings.
 * @example
 * suitsBase({ tokenizer: "text", language: "de", settings: {} }); // false
 */
export function suitsBase({
  tokenizer,
  language = "en",
  settings,
}: {
  tokenizer: TokenizerName;
  language?: string; // a BCP 47 tag
  settings: SettingChanges; // in place of a preset's
}): boolean {
  const hasShape = Object.keys(MODEL_PARAMETERS).some((name) => name in settings);
  return tokenizer === "text" && /^en\b/.test(language) && !hasShape && existsSync(BASE_FILE);
}
