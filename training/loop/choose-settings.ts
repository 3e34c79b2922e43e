// training/loop/choose-settings: the settings of a run, by its preset, the model that it goes on from, and what was given in their place.
// What suits the size of its text is run-length's.

import type { HyperParameterName } from "#model/hyper-parameters";
import { AUTO, changeSettings, findPreset, fineTuningOf } from "#model/presets";
import type { Preset, SettingChanges } from "#model/presets";
import { findSetting } from "#model/settings";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { TrainOptions } from "./train-options.ts";
import { checkSameShape } from "./warm-start.ts";
import type { ShapedParent } from "./warm-start.ts";

/** What is asked of a run. */
export interface AskedSettings {
  preset: string; // a preset's name, or `auto`: `quick`, or what suits the model that the run goes on from
  settings: SettingChanges; // in place of the preset's
  tokenizer: TokenizerName;
}

/**
 * A run that goes on from a model has that model's shape and a low learning rate, whichever preset gave the model its
 * shape: by the preset's own rates it would soon have forgotten what it begins with.
 * @throws where a setting or the preset cannot be, or its shape is not the model's
 * @example
 * chooseSettings({ preset: "auto", settings: {}, tokenizer: "text" }, await readBase()).model.hiddenSize; // 256
 */
export function chooseSettings(
  { preset, settings, tokenizer }: AskedSettings,
  from: ShapedParent | undefined,
): Preset {
  const isAuto = preset === AUTO;
  if (!from) return changeSettings(findPreset(isAuto ? "quick" : preset), settings);
  const { config: model, training } = from.master.metadata;
  const goingOn = changeSettings(fineTuningOf({ model, training }), settings);
  const asked = isAuto ? goingOn : changeSettings(findPreset(preset), settings);
  checkSameShape(from, { model: asked.model, tokenizer });
  return goingOn;
}

/** What a run may choose by its text. */
export type Choices = Required<
  Pick<TrainOptions, "chooseEpochs" | "chooseBatchSize" | "chooseKeepProb">
>;

/**
 * A run may choose what nobody gave. Who gives how the learning rate falls means the epochs that he knows of.
 * @param given settings in place of a preset's, by whichever of their names
 * @param length how long the run is to be, if that is given
 */
export function choicesOf(
  given: SettingChanges,
  length: { minutes?: number; maxSteps?: number },
): Choices {
  const names = new Set(Object.keys(given).map((name) => findSetting(name)?.name));
  const isFree = (name: HyperParameterName) => !names.has(name);
  const hasLength = (length.minutes ?? length.maxSteps) !== undefined;
  return {
    chooseEpochs: !hasLength && isFree("epochs") && isFree("maxLrEpoch") && isFree("lrDecay"),
    chooseBatchSize: isFree("batchSize"),
    chooseKeepProb: isFree("keepProb"),
  };
}
