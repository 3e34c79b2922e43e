// training/run/settings: what a run was asked to do, kept beside it so that it goes on as it began.

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { findSetting, readModelConfig, readTrainingSettings } from "#model/settings";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { TrainingEngine } from "../engines/engine.ts";
import type { CarriedWords } from "../loop/warm-start.ts";
import type { RunFiles } from "./files.ts";
import { readRunJson } from "./run-json.ts";

const SETTINGS_NAME = "settings.json";

export interface RunSettings {
  corpus: string; // as it was named
  corpusDigest: string;
  encoding?: string; // of files that are not Unicode
  exclude?: string[]; // patterns of files that were left out
  without?: string[]; // files that were left out by name
  parent: { version: string; words: CarriedWords } | null; // the model that it went on from
  corpusLicence?: string; // of the text, as its owner states it
  tokenizer: TokenizerName;
  language?: string; // of the text, as a BCP 47 tag
  shared?: boolean; // the model is for others too
  model: LanguageModelConfig; // as asked for: the corpus may have fewer words
  training: TrainingSettings;
  minutes?: number; // that the epochs were chosen for
  maxSteps?: number;
  engine: TrainingEngine["name"];
  threads: number;
  codeVersion: string;
}

const words = z.object({ kept: z.number(), new: z.number(), dropped: z.number() });

const runSettings = z.looseObject({
  corpus: z.string(),
  corpusDigest: z.string(),
  encoding: z.string().optional(),
  exclude: z.array(z.string()).optional(),
  without: z.array(z.string()).optional(),
  parent: z.object({ version: z.string(), words }).nullable(),
  corpusLicence: z.string().optional(),
  tokenizer: z.custom<TokenizerName>((value) => typeof value === "string"),
  // an older release's run has other names, and lacks what came later
  language: z.string().optional(),
  shared: z.boolean().optional(),
  model: z.looseObject({}).transform((model): LanguageModelConfig => readModelConfig(model)),
  training: z
    .looseObject({})
    .transform((training): TrainingSettings => readTrainingSettings(training)),
  minutes: z.number().optional(),
  maxSteps: z.number().optional(),
  engine: z.enum(["wasm", "tensorflow"]),
  threads: z.number(),
  codeVersion: z.string(),
});

/** The settings of the run that is there, or null where there is none. */
export async function readRunSettings(files: RunFiles): Promise<RunSettings | null> {
  return readRunJson(files, SETTINGS_NAME, runSettings);
}

/** The text that a run was trained on, or null where the run does not say. */
export async function readRunCorpus(files: RunFiles): Promise<string | null> {
  const named = await readRunJson(files, SETTINGS_NAME, runSettings.pick({ corpus: true }));
  return named && named.corpus;
}

export async function writeRunSettings(files: RunFiles, settings: RunSettings): Promise<void> {
  await files.write(SETTINGS_NAME, JSON.stringify(settings, null, 2) + "\n");
}

/** Whether a run that began as `before` has more to do under these settings. */
export function isLonger(
  before: RunSettings,
  { training, maxSteps = Infinity }: Pick<RunSettings, "training" | "maxSteps">,
): boolean {
  return training.epochs > before.training.epochs || maxSteps > (before.maxSteps ?? Infinity);
}

/**
 * Epochs and steps may be others: they change nothing that was done.
 * @throws naming each difference, unless a run that began as `before` goes on the same with these settings
 */
export function checkSameSettings(before: RunSettings, settings: Partial<RunSettings>): void {
  const was = flatten(before);
  const differences = Object.entries(flatten(settings))
    .filter(([name, value]) => name !== "epochs" && !isDeepStrictEqual(value, was[name]))
    .map(([name, value]) => `${optionOf(name)} is ${String(value)} and was ${String(was[name])}`);
  if (differences.length === 0) return;
  throw new Error(
    `the run began with other settings: ${differences.join(", ")}; resume it with its own, or begin another run`,
  );
}

/**
 * Says what does not matter to a run's results, or hardly.
 * @throws where the run cannot go on as it began: on another text, or with another engine
 */
export function checkSameRun(
  before: RunSettings,
  { corpus, corpusDigest, encoding, exclude, engine, threads, codeVersion }: RunSettings,
  onNotice: (notice: string) => void,
): void {
  if (corpusDigest !== before.corpusDigest) {
    throw new Error(
      `the text of "${corpus}" is not the one that the run began with; to go on from what it has learnt, begin another ` +
        `run with --from and the master.safetensors of this one, which --resume --finish writes with the old text at hand`,
    );
  }
  checkSameSettings(before, { engine, encoding, exclude });
  if (threads !== before.threads) {
    const same =
      engine === "wasm" ? "which gives the same numbers" : "so the last digits may differ";
    onNotice(`the run began with ${before.threads} threads and goes on with ${threads}, ${same}`);
  }
  if (codeVersion !== before.codeVersion) {
    onNotice(`the run began with release ${before.codeVersion} and goes on with ${codeVersion}`);
  }
}

function optionOf(name: string): string {
  return `--${findSetting(name)?.flag ?? name}`;
}

function flatten({ model, training, ...others }: Partial<RunSettings>): Record<string, unknown> {
  return { ...others, ...model, ...training };
}
