// model/hyper-parameters: what a language model is and how it is trained, with the presets. Decides nothing about how fast.

/** The shape of a language model: everything its tensors' sizes follow from. */
export interface LanguageModelConfig {
  vocabularySize: number; // V, reserved words included, e.g. 10_000
  hiddenSize: number; // H, also the embedding's size, e.g. 650
  layers: number; // L, e.g. 2
  forgetBias: number; // added to the forget gate before its sigmoid; 0 in the TensorFlow PTB tutorial
  tied: boolean; // the softmax uses the embedding's rows
}

/** How a model is trained; the names are those of the reference program (Zaremba et al. 2014). */
export interface TrainingSettings {
  initScale: number; // weights start uniform in ±initScale
  learningRate: number; // of plain SGD on the loss summed over time and averaged over the batch
  numSteps: number; // T, time steps a truncated back-propagation sees
  batchSize: number; // B, parallel streams of the corpus
  epochs: number;
  maxLrEpoch: number; // epochs at the full learning rate
  lrDecay: number; // factor on the learning rate for each epoch after those
  keepProb: number; // dropout on embeddings and on every layer's output; 1 is none
  lockedDropout: boolean; // a stream keeps its masks for all time steps of a batch (Gal & Ghahramani 2016)
  recurrentKeepProb: number; // weight-drop on the layers' recurrent matrices (Merity et al. 2018); 1 is none
  averageAfter: number; // epochs without a better validation perplexity until weights are averaged; 0 is never
  clipNorm: number; // gradients are scaled down to this global norm
  seed: number; // of the initial weights and the dropout masks
}

export interface Preset {
  model: LanguageModelConfig;
  training: TrainingSettings;
}

const SEED = 1;

/**
 * Ready-made settings. `small`, `medium` and `large` are those of the TensorFlow PTB tutorial, `reference` those of
 * the reference program, `quick` is for a first run of about two minutes on a laptop. `best` reaches the lowest
 * validation perplexity for its time that we know of (Penn Treebank: 93.6 after 9 epochs, where `medium` has about 100):
 * with tied weights fewer units suffice, so that in the same time it sees its text twice as often; with fewer units
 * lighter dropout does. Weights are averaged if the validation stalls before the falling rate ends that.
 */
export const PRESETS = {
  quick: preset(
    { vocabularySize: 6_000, hiddenSize: 160, layers: 1, forgetBias: 0 },
    { initScale: 0.1, numSteps: 20, epochs: 1, maxLrEpoch: 1, lrDecay: 0.5, keepProb: 1 },
  ),
  small: preset(
    { hiddenSize: 200, forgetBias: 0 },
    { initScale: 0.1, numSteps: 20, epochs: 13, maxLrEpoch: 4, lrDecay: 0.5, keepProb: 1 },
  ),
  medium: preset(
    { hiddenSize: 650, forgetBias: 0 },
    { initScale: 0.05, epochs: 39, maxLrEpoch: 6, lrDecay: 0.8, keepProb: 0.5 },
  ),
  large: preset(
    { hiddenSize: 1_500, forgetBias: 0 },
    {
      initScale: 0.04,
      epochs: 55,
      maxLrEpoch: 14,
      lrDecay: 1 / 1.15,
      keepProb: 0.35,
      clipNorm: 10,
    },
  ),
  reference: preset({}, {}),
  best: preset(
    { hiddenSize: 320, forgetBias: 0, tied: true },
    {
      initScale: 0.1,
      epochs: 16,
      maxLrEpoch: 8,
      lrDecay: 0.6,
      keepProb: 0.7,
      averageAfter: 1,
    },
  ),
} satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

function preset(model: Partial<LanguageModelConfig>, training: Partial<TrainingSettings>): Preset {
  return {
    model: {
      vocabularySize: 10_000,
      hiddenSize: 650,
      layers: 2,
      forgetBias: 1,
      tied: false,
      ...model,
    },
    training: {
      initScale: 0.05,
      learningRate: 1,
      numSteps: 35,
      batchSize: 20,
      epochs: 60,
      maxLrEpoch: 10,
      lrDecay: 0.93,
      keepProb: 0.5,
      lockedDropout: false,
      recurrentKeepProb: 1,
      averageAfter: 0,
      clipNorm: 5,
      seed: SEED,
      ...training,
    },
  };
}

/** The preset of that name; an unknown name is an error that lists the known ones. */
export function findPreset(name: string): Preset {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new Error(`unknown preset "${name}"; choose one of ${Object.keys(PRESETS).join(", ")}`);
  }
  const { model, training } = PRESETS[name as PresetName];
  return { model: { ...model }, training: { ...training } };
}

/** Settings in place of a preset's. */
export type SettingChanges = Record<string, number | boolean | string>;

/**
 * A preset with some of its settings changed; throws where a setting has no such name, type or range.
 *
 * changePreset("small", { hiddenSize: 300, epochs: 20 });
 */
export function changePreset(name: string, changes: SettingChanges): Preset {
  const preset = findPreset(name);
  for (const [setting, value] of Object.entries(changes)) {
    const part = [preset.model, preset.training].find((part) => Object.hasOwn(part, setting)) as
      Record<string, unknown> | undefined;
    if (!part) {
      const known = [...Object.keys(preset.model), ...Object.keys(preset.training)];
      throw new Error(`unknown setting "${setting}"; choose from ${known.join(", ")}`);
    }
    if (typeof value !== typeof part[setting]) {
      throw new Error(`${setting} must be a ${typeof part[setting]}, got ${JSON.stringify(value)}`);
    }
    part[setting] = value;
  }
  checkModelConfig(preset.model);
  checkTrainingSettings(preset.training);
  return preset;
}

/** The learning rate of an epoch, counted from 0: full until `maxLrEpoch`, then decayed once an epoch. */
export function learningRateAt(settings: TrainingSettings, epoch: number): number {
  const decays = Math.max(epoch + 1 - settings.maxLrEpoch, 0);
  return settings.learningRate * settings.lrDecay ** decays;
}

/** Throws with the field's name and value when a config cannot describe a model. */
export function checkModelConfig(config: LanguageModelConfig): void {
  requireWhole("vocabularySize", config.vocabularySize, 4, 1_000_000);
  requireWhole("hiddenSize", config.hiddenSize, 1, 8_192);
  requireWhole("layers", config.layers, 1, 8);
  requireBetween("forgetBias", config.forgetBias, -10, 10);
  requireBoolean("tied", config.tied);
}

/** Throws with the setting's name and value when training could not run with it. */
export function checkTrainingSettings(settings: TrainingSettings): void {
  requireBetween("initScale", settings.initScale, 0, 1);
  requireBetween("learningRate", settings.learningRate, 0, 1_000);
  requireWhole("numSteps", settings.numSteps, 1, 1_000);
  requireWhole("batchSize", settings.batchSize, 1, 4_096);
  requireWhole("epochs", settings.epochs, 1, 10_000);
  requireWhole("maxLrEpoch", settings.maxLrEpoch, 0, 10_000);
  requireBetween("lrDecay", settings.lrDecay, 0, 1);
  requireBetween("keepProb", settings.keepProb, 0.01, 1);
  requireBoolean("lockedDropout", settings.lockedDropout);
  requireBetween("recurrentKeepProb", settings.recurrentKeepProb, 0.01, 1);
  requireWhole("averageAfter", settings.averageAfter, 0, 10_000);
  requireBetween("clipNorm", settings.clipNorm, 1e-6, 1e6);
  requireWhole("seed", settings.seed, 0, 2 ** 32 - 1);
}

function requireBoolean(name: string, value: boolean): void {
  if (typeof value !== "boolean") {
    throw new Error(`${name} must be true or false, got ${String(value)}`);
  }
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  }
}

function requireBetween(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new Error(`${name} must be a number from ${least} to ${most}, got ${value}`);
  }
}
