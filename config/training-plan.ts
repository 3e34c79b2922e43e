// config/training-plan: what one run trains, as cdk.json's list of models, a sweep and a job name it, and which parts of
// it exclude each other. Trains nothing.

import { AUTO, changePreset } from "#model/presets";
import type { SettingChanges } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";

/** What a run may go on from: the base model of general English, or the version that is current. */
export const PARENTS = ["base", "current"] as const;

/** What one run trains: an entry of a sweep, and of cdk.json's list of models. */
export interface TrainingPlan {
  model: string;
  corpus: string;
  licences?: Record<string, string>; // of the text, by how the paths of files begin; "" stands for all others
  tokenizer: TokenizerName;
  language?: string; // of the text, a BCP 47 tag; absent, that of the model that it goes on from
  from?: (typeof PARENTS)[number]; // absent, it begins from nothing
  preset: string; // of a run that begins from nothing; `auto`: what suits the model that it goes on from
  settings: SettingChanges;
  minutes?: number; // of training, for which the epochs are chosen
  gateTolerancePercent: number;
}

type Recipe = Pick<TrainingPlan, "from" | "preset" | "settings" | "minutes">;

/**
 * @throws where its settings make no model, or its parts contradict each other
 * @example
 * checkPlan({ preset: "small", settings: { epochs: 20 }, minutes: 10 }); // minutes 10 and epochs 20 are both …
 */
export function checkPlan(plan: Recipe): void {
  checkBeginning(plan);
  checkSettings(plan);
}

/** @throws where what a run begins with, and how long it is, is said twice or not at all */
export function checkBeginning({ from, preset, settings, minutes }: Recipe): void {
  if (minutes !== undefined && settings.epochs !== undefined) {
    throw new Error(
      `minutes ${minutes} and epochs ${settings.epochs} are both the length of a run; give one of them`,
    );
  }
  if (preset === AUTO && from === undefined) {
    throw new Error(
      `preset "${AUTO}" takes its settings from the model that a run goes on from; give from "${PARENTS.join('" or "')}", or name a preset`,
    );
  }
  if (preset !== AUTO && from === "base") {
    throw new Error(
      `preset "${preset}" is for a run that begins from nothing, and from "base" has the base model's shape; give preset "${AUTO}"`,
    );
  }
}

/** @throws where a setting has no such name, type or range */
export function checkSettings({ preset, settings }: Pick<Recipe, "preset" | "settings">): void {
  changePreset(preset === AUTO ? "quick" : preset, settings); // names and ranges are those of any preset
}
