// training/run/settings: what a run was asked to do, kept beside it so that it goes on as it began.

import { isDeepStrictEqual } from "node:util";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { readModelConfig, readTrainingSettings } from "#model/settings";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { TrainingEngine } from "../engines/engine.ts";
import type { RunFiles } from "./files.ts";
import type { WarmStart } from "../loop/warm-start.ts";

const SETTINGS_NAME = "settings.json";

export interface RunSettings {
  corpus: string; // as it was named
  corpusDigest: string;
  parent: { version: string; words: WarmStart["words"] } | null; // the model that it went on from
  corpusLicence?: string; // of the text, as its owner states it
  tokenizer: TokenizerName;
  model: LanguageModelConfig; // as asked for: the corpus may have fewer words
  training: TrainingSettings;
  maxSteps?: number;
  engine: TrainingEngine["name"];
  threads: number;
  codeVersion: string;
}

/** The settings of the run that is there, or null where there is none. */
export async function readRunSettings(files: RunFiles): Promise<RunSettings | null> {
  const data = await files.read(SETTINGS_NAME);
  if (!data) return null;
  const settings = JSON.parse(new TextDecoder().decode(data)) as RunSettings;
  const { model, training } = settings;
  // an older release's run has other names, and lacks what came later
  return {
    ...settings,
    ...(model && { model: readModelConfig(model) }),
    ...(training && { training: readTrainingSettings(training) }),
  };
}

export async function writeRunSettings(files: RunFiles, settings: RunSettings): Promise<void> {
  await files.write(SETTINGS_NAME, JSON.stringify(settings, null, 2) + "\n");
}

/** Throws, naming each difference, unless a run that began as `before` goes on the same with these settings. */
export function checkSameSettings(before: RunSettings, settings: Partial<RunSettings>): void {
  const was = flatten(before);
  const differences = Object.entries(flatten(settings))
    .filter(([name, value]) => !isDeepStrictEqual(value, was[name]))
    .map(([name, value]) => `${name} is ${String(value)} and was ${String(was[name])}`);
  if (differences.length === 0) return;
  throw new Error(
    `the run began with other settings: ${differences.join(", ")}; resume it with its own, or begin another run`,
  );
}

function flatten({ model, training, ...others }: Partial<RunSettings>): Record<string, unknown> {
  return { ...others, ...model, ...training };
}
