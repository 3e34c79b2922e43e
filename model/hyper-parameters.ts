// model/hyper-parameters: what a language model is and how it is trained: two tables, from which come the types, the
// checks, the options of `train`, the schema of cdk.json, and what older runs and models mean where they lack a setting.
// Presets are in presets, checks in settings, words for those who set them in config/setting-help.

/** An entry of a table. */
export interface HyperParameter {
  kind: "integer" | "number" | "boolean";
  min?: number; // of a number, both included
  max?: number;
  default: number | boolean; // the reference program's (Zaremba et al. 2014)
  whenAbsent?: number | boolean; // what a run or model means that is older than the setting; else it must be there
  aliases?: readonly string[]; // names that it had in earlier releases
  flag: string; // the option of `train`
  complement?: { flag: string; help: string }; // an option whose value is 1 − this one
}

/** What the shape of a model follows from. */
export const MODEL_PARAMETERS = {
  /** V, reserved words included. */
  vocabularySize: {
    kind: "integer",
    min: 4,
    max: 1_000_000,
    default: 10_000,
    flag: "vocabulary-size",
  },
  /** H, also the embedding's size. */
  hiddenSize: {
    kind: "integer",
    min: 1,
    max: 8_192,
    default: 650,
    flag: "hidden-size",
  },
  /** L. */
  layers: {
    kind: "integer",
    min: 1,
    max: 8,
    default: 2,
    flag: "num-layers",
  },
  /** Added to the forget gate before its sigmoid; 0 in the TensorFlow PTB tutorial. */
  forgetBias: {
    kind: "number",
    min: -10,
    max: 10,
    default: 1,
    flag: "forget-bias",
  },
  /** The softmax uses the embedding's rows. */
  tied: {
    kind: "boolean",
    default: false,
    whenAbsent: false,
    flag: "tied",
  },
} as const satisfies Record<string, HyperParameter>;

/** How a model is trained: of no use to the edge and to pages, which do without. */
export const TRAINING_PARAMETERS = {
  /** Weights start uniform in ±initScale. */
  initScale: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0.05,
    flag: "init-scale",
  },
  /** Of plain SGD on the loss summed over time and averaged over the batch. */
  learningRate: {
    kind: "number",
    min: 0,
    max: 1_000,
    default: 1,
    flag: "learning-rate",
  },
  /** T, time steps that truncated back-propagation sees. */
  numSteps: {
    kind: "integer",
    min: 1,
    max: 1_000,
    default: 35,
    flag: "num-steps",
  },
  /** B, parallel streams of the corpus. */
  batchSize: {
    kind: "integer",
    min: 1,
    max: 4_096,
    default: 20,
    flag: "batch-size",
  },
  epochs: {
    kind: "integer",
    min: 1,
    max: 10_000,
    default: 60,
    flag: "epochs",
  },
  /** Epochs at the full learning rate. */
  maxLrEpoch: {
    kind: "integer",
    min: 0,
    max: 10_000,
    default: 10,
    flag: "max-lr-epoch",
  },
  /** Factor on the learning rate for each epoch after those. */
  lrDecay: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0.93,
    flag: "lr-decay",
  },
  /** Dropout keeps this share of the embeddings and of every layer's output; 1 is none. */
  keepProb: {
    kind: "number",
    min: 0.01,
    max: 1,
    default: 0.5,
    aliases: ["keepProbability"],
    flag: "keep-prob",
    complement: { flag: "dropout", help: "share of units that is dropped: 1 − keep-prob" },
  },
  /** A stream keeps its dropout masks for all time steps of a batch (Gal & Ghahramani 2016). */
  lockedDropout: {
    kind: "boolean",
    default: false,
    whenAbsent: false,
    flag: "locked-dropout",
  },
  /** Weight-drop keeps this share of the layers' recurrent weights (Merity et al. 2018); 1 is none. */
  recurrentKeepProb: {
    kind: "number",
    min: 0.01,
    max: 1,
    default: 1,
    whenAbsent: 1,
    aliases: ["recurrentKeepProbability"],
    flag: "recurrent-keep-prob",
    complement: { flag: "weight-drop", help: "share of recurrent weights that is dropped" },
  },
  /** Publish the mean of the weights over the last steps, over as many of them as validates best (see training/loop/averaging). */
  averaging: {
    kind: "boolean",
    default: false,
    whenAbsent: false,
    flag: "averaging",
  },
  /** N, words that a training step's softmax is computed over (sampled softmax, Jean et al. 2015); 0 is all. */
  sampledWords: {
    kind: "integer",
    min: 0,
    max: 1_000_000,
    default: 0,
    whenAbsent: 0,
    flag: "sampled-words",
  },
  /** Gradients are scaled down to this global norm. */
  clipNorm: {
    kind: "number",
    min: 1e-6,
    max: 1e6,
    default: 5,
    flag: "clip",
  },
  /** Of a model for others, or one that goes on from another; where others use it, in two documents unless it is 1. */
  minCount: {
    kind: "integer",
    min: 1,
    max: 1_000,
    default: 2,
    whenAbsent: 2,
    flag: "min-count",
  },
  /** Of a model for others. */
  scrub: {
    kind: "boolean",
    default: true,
    whenAbsent: false,
    flag: "scrub",
  },
  /** Of the initial weights and the dropout masks. */
  seed: {
    kind: "integer",
    min: 0,
    max: 4_294_967_295,
    default: 1,
    flag: "seed",
  },
} as const satisfies Record<string, HyperParameter>;

/**
 * All hyper-parameters. A new one is an entry of its table, its help, and whatever computes with it: an engine is handed all of
 * its part's settings.
 */
export const HYPER_PARAMETERS = /* @__PURE__ */ Object.assign({}, MODEL_PARAMETERS, TRAINING_PARAMETERS); // prettier-ignore

/** A setting's name in code, e.g. `learningRate`. */
export type HyperParameterName = keyof typeof HYPER_PARAMETERS;

type Settings<Table extends Record<string, HyperParameter>> = {
  -readonly [Name in keyof Table]: Table[Name]["kind"] extends "boolean" ? boolean : number;
};

/** The shape of a language model: everything its tensors' sizes follow from. */
export type LanguageModelConfig = Settings<typeof MODEL_PARAMETERS>;

/** How a model is trained; the names are those of the reference program (Zaremba et al. 2014). */
export type TrainingSettings = Settings<typeof TRAINING_PARAMETERS>;

/**
 * Which of a preset's two parts holds a setting.
 * @example
 * partOf("hiddenSize"); // "model"
 */
export function partOf(name: HyperParameterName): "model" | "training" {
  return name in MODEL_PARAMETERS ? "model" : "training";
}

/** The table's entries, in its order. */
export const hyperParameters = /* @__PURE__ */ Object.entries(HYPER_PARAMETERS) as [
  HyperParameterName,
  HyperParameter,
][];

/**
 * The learning rate of an epoch, counted from 0: full until `maxLrEpoch`, then decayed once an epoch.
 * @example
 * learningRateAt({ ...training, learningRate: 1, maxLrEpoch: 4, lrDecay: 0.5 }, 5); // 0.25
 */
export function learningRateAt(settings: TrainingSettings, epoch: number): number {
  const decays = Math.max(epoch + 1 - settings.maxLrEpoch, 0);
  return settings.learningRate * settings.lrDecay ** decays;
}
