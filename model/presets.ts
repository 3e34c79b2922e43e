// model/presets: ready-made settings, and a preset with some of its settings changed.

import { hyperParameters, partOf } from "./hyper-parameters.ts";
import type { LanguageModelConfig, TrainingSettings } from "./hyper-parameters.ts";
import { checkPreset, findSetting } from "./settings.ts";

/** Settings under a name. */
export interface Preset {
  model: LanguageModelConfig;
  training: TrainingSettings;
}

/** Settings in place of a preset's. */
export type SettingChanges = Record<string, number | boolean | string>;

/**
 * Ready-made settings: what differs from the table's defaults, which are those of the reference program. `small`,
 * `medium` and `large` are those of the TensorFlow PTB tutorial, `quick` is for a first run of about two minutes on a
 * laptop. `best` reaches the lowest validation perplexity for its time that we know of (Penn Treebank: 83.0 in less than an
 * hour on two cores): with tied weights fewer units suffice, and with a sampled softmax a step is cheap, so that in the same
 * time it sees its text more often; with fewer units lighter dropout does. Its learning rate is steady, and its weights are
 * averaged. `gpu` is its recipe for a larger model: more units, regularised by locked dropout and weight-drop, in batches that
 * take a GPU little longer than small ones; the rate grows with the square root of the batch (Krizhevsky 2014).
 */
export const PRESETS = {
  quick: preset({
    vocabularySize: 6_000,
    hiddenSize: 160,
    layers: 1,
    forgetBias: 0,
    initScale: 0.1,
    numSteps: 20,
    epochs: 2,
    maxLrEpoch: 2,
    keepProb: 1,
    averaging: true,
  }),
  small: preset({
    hiddenSize: 200,
    forgetBias: 0,
    initScale: 0.1,
    numSteps: 20,
    epochs: 13,
    maxLrEpoch: 4,
    lrDecay: 0.5,
    keepProb: 1,
  }),
  medium: preset({ forgetBias: 0, epochs: 39, maxLrEpoch: 6, lrDecay: 0.8 }),
  large: preset({
    hiddenSize: 1_500,
    forgetBias: 0,
    initScale: 0.04,
    epochs: 55,
    maxLrEpoch: 14,
    lrDecay: 1 / 1.15,
    keepProb: 0.35,
    clipNorm: 10,
  }),
  reference: preset({}),
  best: preset({
    hiddenSize: 400,
    forgetBias: 0,
    tied: true,
    initScale: 0.1,
    epochs: 24,
    maxLrEpoch: 24,
    keepProb: 0.6,
    sampledWords: 1_536,
    averaging: true,
  }),
  gpu: preset({
    forgetBias: 0,
    tied: true,
    learningRate: 1.8,
    batchSize: 64,
    epochs: 80,
    maxLrEpoch: 80,
    keepProb: 0.6,
    lockedDropout: true,
    recurrentKeepProb: 0.6,
    sampledWords: 1_536,
    averaging: true,
  }),
} satisfies Record<string, Preset>;

/** A preset's name, e.g. `quick`. */
export type PresetName = keyof typeof PRESETS;

/** Stands in a preset's place for settings that suit the model which a run goes on from. */
export const AUTO = "auto";

/**
 * Settings to go on from a trained model under a text of one's own: its shape and steps, a lower learning rate that stays
 * as it is, averaged weights, and two passes, of a small text more (training/loop/run-length). Measured on mail of many
 * writers and of five single ones: at a falling rate the same epochs left perplexities 3 % higher. The words of the text
 * come to those of the parent, so that the softmax is most of a step unless it is sampled.
 * @param parent the model's own settings
 *
 * @example
 * fineTuningOf({ model: metadata.config, training: metadata.training });
 */
export function fineTuningOf({ model, training }: Preset): Preset {
  const rates = { learningRate: 0.6, epochs: 2, maxLrEpoch: 2, averaging: true };
  const { minCount, scrub } = findPreset("reference").training; // what is right for this text, not for the parent's
  const others = { keepProb: 0.7, sampledWords: 1_024, minCount, scrub };
  return { model, training: { ...training, ...rates, ...others } };
}

function preset(changes: Partial<LanguageModelConfig & TrainingSettings>): Preset {
  const parts: { model: object; training: object } = { model: {}, training: {} };
  for (const [name, { default: standard }] of hyperParameters) {
    const part = partOf(name);
    parts[part] = { ...parts[part], [name]: changes[name] ?? standard };
  }
  return parts as Preset;
}

/**
 * The preset of that name.
 * @throws where the name is unknown, with the known ones
 * @example
 * findPreset("small").model.hiddenSize; // 200
 */
export function findPreset(name: string): Preset {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new Error(`unknown preset "${name}"; choose one of ${Object.keys(PRESETS).join(", ")}`);
  }
  const { model, training } = PRESETS[name as PresetName];
  return { model: { ...model }, training: { ...training } };
}

/**
 * The preset of that name with some of its settings changed.
 * @throws where there is no such preset, or a setting has no such name, type or range
 * @example changePreset("small", { hiddenSize: 300, epochs: 20 });
 */
export function changePreset(name: string, changes: SettingChanges): Preset {
  return changeSettings(findPreset(name), changes);
}

/**
 * The same settings with some of them changed.
 * @throws where a setting has no such name, type or range
 * @example changeSettings(fineTuningOf(preset), { epochs: 4 });
 */
export function changeSettings({ model, training }: Preset, changes: SettingChanges): Preset {
  const preset = { model: { ...model }, training: { ...training } };
  for (const [given, value] of Object.entries(changes)) {
    const found = findSetting(given);
    if (!found) {
      const known = hyperParameters.map(([setting]) => setting).join(", ");
      throw new Error(`unknown setting "${given}"; choose from ${known}`);
    }
    Object.assign(preset[partOf(found.name)], { [found.name]: value });
  }
  checkPreset(preset);
  return preset;
}
