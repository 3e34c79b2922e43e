// model/settings: checks of hyper-parameters and the readers of those that a file holds, from the tables in
// hyper-parameters.

import { HYPER_PARAMETERS, MODEL_PARAMETERS, TRAINING_PARAMETERS } from "./hyper-parameters.ts";
import type {
  HyperParameter,
  HyperParameterName,
  LanguageModelConfig,
  TrainingSettings,
} from "./hyper-parameters.ts";

type Table = Record<string, HyperParameter>;

/**
 * What is wrong with a value, in words that go on from the name it was given by; null where nothing is.
 * @example findProblem(HYPER_PARAMETERS.layers, 9); // "must be a whole number from 1 to 8, got 9"
 */
export function findProblem(
  { kind, min, max }: Pick<HyperParameter, "kind" | "min" | "max">,
  value: unknown,
): string | null {
  const got = `got ${typeof value === "number" ? value : (JSON.stringify(value) ?? "nothing")}`;
  if (kind === "boolean") {
    return typeof value === "boolean" ? null : `must be true or false, ${got}`;
  }
  const isWhole = kind === "integer";
  const fits =
    typeof value === "number" &&
    value >= min! &&
    value <= max! &&
    (!isWhole || Number.isInteger(value));
  return fits
    ? null
    : `must be a ${isWhole ? "whole number" : "number"} from ${min} to ${max}, ${got}`;
}

/**
 * The entry of a name, today's or one of an earlier release.
 * @example
 * findSetting("hiddenSize")?.flag; // "hidden-size"
 */
export function findSetting(given: string): ({ name: HyperParameterName } & HyperParameter) | null {
  const name = nameIn(HYPER_PARAMETERS, given);
  return name === undefined ? null : { name, ...HYPER_PARAMETERS[name] };
}

/**
 * @throws where a config cannot describe a model, with the setting's name and value
 * @example
 * checkModelConfig({ ...config, layers: 0 }); // layers must be a whole number from 1 to 8, got 0
 */
export function checkModelConfig(config: LanguageModelConfig): void {
  readTable(MODEL_PARAMETERS, config);
}

/**
 * @throws where training could not run with these, with the setting's name and value
 * @example
 * checkTrainingSettings({ ...training, epochs: 0 }); // epochs must be a whole number from 1 to 10000, got 0
 */
export function checkTrainingSettings(settings: TrainingSettings): void {
  readTable(TRAINING_PARAMETERS, settings);
}

/**
 * @throws where its settings describe no model, or none that can be trained
 * @example
 * checkPreset({ model: metadata.config, training: metadata.training });
 */
export function checkPreset({
  model,
  training,
}: {
  model: LanguageModelConfig;
  training: TrainingSettings;
}): void {
  checkModelConfig(model);
  checkTrainingSettings(training);
}

/**
 * The shape of a model as a file holds it, maybe an older one's: names of earlier releases are today's, what it lacks
 * is as it was before there was that setting.
 * @throws where it describes no model
 * @example
 * readModelConfig({ vocabularySize: 10_000, hiddenSize: 200, layers: 2, forgetBias: 0 }).tied; // false
 */
export function readModelConfig(stored: object): LanguageModelConfig {
  return readTable(MODEL_PARAMETERS, stored) as LanguageModelConfig;
}

/**
 * How a model was trained, as a file holds it: like `readModelConfig`.
 * @example
 * readTrainingSettings(metadata.training).lockedDropout; // false where the file is older than the setting
 */
export function readTrainingSettings(stored: object): TrainingSettings {
  return readTable(TRAINING_PARAMETERS, stored) as TrainingSettings;
}

function readTable(table: Table, stored: object): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(stored)) {
    const name = nameIn(table, given);
    if (name !== undefined) values[name] = value;
  }
  for (const [name, entry] of Object.entries(table)) {
    values[name] ??= entry.whenAbsent;
    const problem = findProblem(entry, values[name]);
    if (problem !== null) throw new Error(`${name} ${problem}`);
  }
  return values;
}

function nameIn<Name extends string>(table: Record<Name, HyperParameter>, given: string) {
  const names = Object.keys(table) as Name[];
  return names.find((name) => name === given || table[name].aliases?.includes(given));
}
