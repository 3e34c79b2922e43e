// training/loop/auto-preset: the settings of a run for which nobody named a preset.

import { findPreset, fineTuningOf } from "#model/presets";
import type { Preset } from "#model/presets";
import type { ShapedParent } from "./warm-start.ts";

/**
 * Of a run that goes on from a model its shape and a low learning rate; `quick` of one that begins from nothing.
 * @example
 * chooseAuto(await readBase()).model.hiddenSize; // 256
 */
export function chooseAuto(from: ShapedParent | undefined): Preset {
  if (!from) return findPreset("quick");
  const { config: model, training } = from.master.metadata;
  return fineTuningOf({ model, training });
}
