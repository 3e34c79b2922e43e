// cli/first-model: what `npm start` serves before anybody has published a model: the base model at once, where it came with the
// program, and one that went on from it with the built-in text as soon as there is one.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { AUTO } from "#model/presets";
import type { SettingChanges } from "#model/presets";
import type { ObjectStore } from "#registry/object-store";
import { promoteOrExplain } from "#registry/release";
import type { Release } from "#registry/release";
import { publishRun } from "#registry/publish";
import { readCurrent } from "#registry/promotions";
import { writeVersion } from "#registry/versions";
import { chooseEngine, defaultThreads } from "#training/engines/choose";
import { BUILT_IN_CORPUS, BUILT_IN_LICENCE } from "#training/data/text-source";
import { BASE_EDGE_FILE, BASE_FILE, readBase, suitsBase } from "#training/loop/base-model";
import { choicesOf, chooseSettings } from "#training/loop/choose-settings";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import type { ProgressLine } from "./progress.ts";
import { withGateProgress } from "./release-result.ts";
import { reportOn } from "./train-progress.ts";

const FIRST_RUN = "first-model"; // the folder, within the data folder, of the run that makes it
const EPOCHS_FROM_BASE = 1; // where `train` takes two: somebody waits for the first start

/** What is there to serve: nothing, the base model, or one that was published here. */
export type Served = "nothing" | "base" | "own";

/** Publishes the base model where nothing is current, and says what is. */
export async function serveBase(store: ObjectStore): Promise<Served> {
  const edge = await readFile(BASE_EDGE_FILE).catch(() => null);
  const current = await readCurrent(store, DEFAULT_MODEL_NAME);
  if (current.pointer) {
    const isBase = edge && current.pointer.sha256 === digest(edge);
    return isBase ? "base" : "own";
  }
  if (!edge) return "nothing";
  const files = { master: await readFile(BASE_FILE), edge };
  const version = await writeVersion(store, DEFAULT_MODEL_NAME, files);
  await promoteOrExplain(store, DEFAULT_MODEL_NAME, version, current);
  return "base";
}

function digest(file: Uint8Array): string {
  return createHash("sha256").update(file).digest("hex");
}

/** Trains a model on the built-in text, or goes on where a start before was stopped, and publishes it. */
export async function trainFirst(
  store: ObjectStore,
  dataFolder: string,
  { line, signal }: { line: ProgressLine; signal: AbortSignal },
): Promise<Release> {
  const run = new RunFolder(join(dataFolder, FIRST_RUN));
  const threads = defaultThreads();
  const engine = chooseEngine("auto", { threads, needsGpu: false });
  const tokenizer = "text";
  const from = suitsBase({ tokenizer, settings: {} }) ? await readBase() : undefined;
  const settings: SettingChanges = from ? { epochs: EPOCHS_FROM_BASE } : {};
  await train(
    {
      corpus: BUILT_IN_CORPUS,
      corpusLicence: BUILT_IN_LICENCE,
      tokenizer,
      preset: chooseSettings({ preset: AUTO, settings, tokenizer }, from),
      from,
      ...choicesOf(settings, {}),
      files: run,
      resume: true,
      threads,
      createEngine: engine.create,
      signal,
    },
    reportOn(line, engine.reason),
  );
  return withGateProgress((gate) => publishRun(store, { ...gate, name: DEFAULT_MODEL_NAME, run }));
}
