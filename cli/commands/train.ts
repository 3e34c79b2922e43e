// cli/commands/train: `afterword train`: text in, a run's folder with the two model files out.

import { findPreset, PRESETS } from "#model/hyper-parameters";
import type { Preset, TrainingSettings } from "#model/hyper-parameters";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { findTokenizer } from "#model/tokenizers/text";
import { chooseEngine, defaultThreads, ENGINE_CHOICES } from "#training/engines/choose";
import type { ChosenEngine, EngineChoice } from "#training/engines/choose";
import type { TrainSummary } from "#training/loop/finish-run";
import { readRunSettings } from "#training/run/settings";
import type { RunSettings } from "#training/run/settings";
import { BUILT_IN_CORPUS, BUILT_IN_LICENCE } from "#training/data/text-source";
import { DEFAULT_CHECKPOINT_MINUTES, train as trainModel } from "#training/loop/train";
import type { Arguments, Command } from "../command.ts";
import { UsageError } from "../command.ts";
import { readParent } from "../parent-option.ts";
import { ProgressLine } from "../progress.ts";
import { openRun } from "../run-option.ts";
import { abortOnSignals } from "../signals.ts";
import { STORE_OPTION } from "../store-option.ts";
import { reportOn } from "../train-progress.ts";

// the hyper-parameters' usual names, and what they are called here
const MODEL_SETTINGS = {
  "vocabulary-size": "vocabularySize",
  "hidden-size": "hiddenSize",
  "num-layers": "layers",
  "forget-bias": "forgetBias",
} as const;

const TRAINING_SETTINGS = {
  "init-scale": "initScale",
  "learning-rate": "learningRate",
  "num-steps": "numSteps",
  "batch-size": "batchSize",
  epochs: "epochs",
  "max-lr-epoch": "maxLrEpoch",
  "lr-decay": "lrDecay",
  dropout: "keepProb",
  "weight-drop": "recurrentKeepProb",
  "average-after": "averageAfter",
  clip: "clipNorm",
  seed: "seed",
} as const satisfies Record<string, keyof TrainingSettings>;

const SETTINGS_HELP: Record<string, string> = {
  dropout: "the share that is kept, 1 for none",
  "weight-drop": "the share of the recurrent weights that a step keeps, 1 for all",
  "average-after": "epochs without a better validation perplexity until weights are averaged",
};

const settingOptions = Object.fromEntries(
  [...Object.keys(MODEL_SETTINGS), ...Object.keys(TRAINING_SETTINGS)].map((name) => [
    name,
    { value: "N", help: SETTINGS_HELP[name] ?? "in place of the preset's" },
  ]),
);

export const train: Command = {
  summary: "Trains a model on your text.",
  options: {
    corpus: {
      value: "PATH",
      help: "a text file, a folder, or sotu, the built-in text",
      default: "sotu",
    },
    tokenizer: {
      value: "NAME",
      help: "text for prose, whitespace for tokenised text",
      default: "text",
    },
    "corpus-licence": { value: "TEXT", help: "the licence of your text, for the model's card" },
    preset: { value: "NAME", help: Object.keys(PRESETS).join(", "), default: "quick" },
    run: {
      value: "DIR|URL",
      help: "where the run's files go, e.g. s3://BUCKET/runs/NAME (default runs/ and the time)",
    },
    resume: {
      help: "go on with the run that is there, as it began; begin one where there is none",
    },
    "checkpoint-minutes": {
      value: "N",
      help: "minutes between checkpoints",
      default: String(DEFAULT_CHECKPOINT_MINUTES),
    },
    engine: {
      value: "NAME",
      help: "wasm, tensorflow, or auto: tensorflow if there is a GPU, else wasm",
      default: "auto",
    },
    threads: { value: "N", help: "threads to train with (default: as many as cores)" },
    from: {
      value: "MODEL",
      help: "go on from current, a VERSION of the store, or a master.safetensors",
    },
    name: { value: "NAME", help: "the model that --from means", default: DEFAULT_MODEL_NAME },
    store: STORE_OPTION,
    "max-steps": { value: "N", help: "stop after so many steps" },
    ...settingOptions,
    "locked-dropout": { help: "the same units of a stream are dropped at all steps of a batch" },
    tied: { help: "use the embedding as the softmax weight" },
  },
  examples: [
    "train --corpus notes/ --run runs/notes",
    "train --corpus ptb/ --tokenizer whitespace --preset small --json",
    "train --resume --run runs/notes",
    "train --from current --corpus notes/ --learning-rate 0.5",
  ],
  async run(args) {
    const summary = await runTraining(args);
    return { json: toJson(summary), text: toText(summary) };
  },
};

async function runTraining(args: Arguments): Promise<TrainSummary> {
  const resume = args.has("resume");
  const files = openRun(
    resume ? args.requireText("run") : (args.text("run") ?? defaultRunFolder()),
  );
  // a run that goes on has its own settings where none are given
  const before = resume ? await readRunSettings(files) : null;
  const threads = args.whole("threads", 1, 64) ?? before?.threads ?? defaultThreads();
  const textOf = (name: "corpus" | "tokenizer" | "engine") =>
    args.given(name) ?? before?.[name] ?? args.requireText(name);
  const engine = readEngine(textOf("engine"), threads);
  const options = {
    corpus: textOf("corpus"),
    corpusLicence:
      args.text("corpus-licence") ?? before?.corpusLicence ?? licenceOf(textOf("corpus")),
    tokenizer: readTokenizer(textOf("tokenizer")),
    preset: readPreset(args, before),
    files,
    resume,
    threads,
    createEngine: engine.create,
    from: await readParent(args),
    maxSteps: args.whole("max-steps", 1, Number.MAX_SAFE_INTEGER) ?? before?.maxSteps,
    checkpointMinutes: readMinutes(args),
  };
  const { signal, release } = abortOnSignals("training stopped");
  const line = new ProgressLine();
  if (resume && !before) line.print(`there is no run "${files.address}" yet: one begins`);
  try {
    return await trainModel({ ...options, signal }, reportOn(line, engine.reason));
  } finally {
    release();
  }
}

function readEngine(name: string, threads: number): ChosenEngine {
  if (!ENGINE_CHOICES.includes(name as EngineChoice)) {
    throw new UsageError(`unknown engine "${name}"; choose one of ${ENGINE_CHOICES.join(", ")}`);
  }
  // the image of the batch job sets it: a job that pays for a GPU must not train without one
  const needsGpu = Boolean(process.env.AFTERWORD_REQUIRE_GPU);
  return chooseEngine(name as EngineChoice, { threads, needsGpu });
}

function readTokenizer(name: string) {
  try {
    return findTokenizer(name).name;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function licenceOf(corpus: string): string | undefined {
  return corpus === BUILT_IN_CORPUS ? BUILT_IN_LICENCE : undefined;
}

function readMinutes(args: Arguments): number {
  const minutes = args.number("checkpoint-minutes")!;
  if (minutes < 0) throw new UsageError(`--checkpoint-minutes must be at least 0, got ${minutes}`);
  return minutes;
}

function readPreset(args: Arguments, before: RunSettings | null): Preset {
  let preset: Preset;
  if (before && args.given("preset") === undefined) {
    preset = { model: { ...before.model }, training: { ...before.training } };
  } else {
    try {
      preset = findPreset(args.requireText("preset"));
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  for (const [option, field] of Object.entries(MODEL_SETTINGS)) {
    preset.model[field] = args.number(option) ?? preset.model[field];
  }
  for (const [option, field] of Object.entries(TRAINING_SETTINGS)) {
    preset.training[field] = args.number(option) ?? preset.training[field];
  }
  if (args.has("locked-dropout")) preset.training.lockedDropout = true;
  if (args.has("tied")) preset.model.tied = true;
  return preset;
}

function defaultRunFolder(): string {
  return `runs/${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`;
}

function toJson(summary: TrainSummary): object {
  return {
    run: summary.run,
    engine: summary.engine,
    parent: summary.parent,
    words_per_second: summary.wordsPerSecond,
    epochs: summary.epochs.map((epoch) => ({
      epoch: epoch.epoch,
      learning_rate: epoch.learningRate,
      train_perplexity: epoch.trainPerplexity,
      valid_perplexity: epoch.validPerplexity,
      averaged_steps: epoch.averagedSteps,
      seconds: epoch.seconds,
    })),
    losses: summary.losses,
    test_perplexity: summary.test.perplexity,
    accuracy: summary.test.accuracy,
    top3: summary.test.top3,
    keystroke_savings: summary.test.keystrokeSavings,
    master: summary.masterPath,
    edge: summary.edgePath,
    report: summary.reportPath,
  };
}

function toText({ test, masterPath, edgePath, reportPath }: TrainSummary): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `test: perplexity ${test.perplexity.toFixed(2)}, next word right ${percent(test.accuracy)}, ` +
      `among the first three ${percent(test.top3)}, keystrokes saved ${percent(test.keystrokeSavings)}`,
    `wrote ${masterPath} and ${edgePath}`,
    `how it went: ${reportPath}`,
  ].join("\n");
}
