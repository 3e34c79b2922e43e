// cli/commands/train: `afterword train`: text in, a run's folder with the two model files out.

import { AUTO, PRESETS } from "#model/presets";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { checkLanguage, findTokenizer } from "#model/tokenizers/find";
import { chooseEngine, defaultThreads, ENGINE_CHOICES } from "#training/engines/choose";
import type { ChosenEngine, EngineChoice } from "#training/engines/choose";
import type { TrainSummary } from "#training/loop/finish-run";
import { findKnownText } from "#registry/known-text";
import { compareWithCounting } from "#training/evaluation/baseline";
import { writeMetric } from "#training/evaluation/metrics";
import { readRunSettings } from "#training/run/settings";
import type { RunSettings } from "#training/run/settings";
import { BUILT_IN_CORPUS, BUILT_IN_LICENCE } from "#training/data/text-source";
import type { SourceOptions } from "#training/data/text-source";
import { choicesOf } from "#training/loop/choose-settings";
import { DEFAULT_CHECKPOINT_MINUTES, train as trainModel } from "#training/loop/train";
import type { Arguments, Command } from "../command.ts";
import { asUsage, UsageError } from "../command.ts";
import { CORPUS_OPTIONS, readSourceOptions } from "../corpus-option.ts";
import { readBeginning } from "../beginning.ts";
import { formatCount, ProgressLine } from "../progress.ts";
import { openRun } from "../run-option.ts";
import { abortOnSignals } from "../signals.ts";
import {
  describeChangedOptions,
  presetTable,
  readSettings,
  SETTING_OPTIONS,
} from "../setting-options.ts";
import { STORE_OPTIONS } from "../store-option.ts";
import { reportOn } from "../train-progress.ts";

export const train: Command = {
  summary: "Trains a model on your text.",
  options: {
    corpus: {
      value: "PATH",
      isPath: true,
      words: [BUILT_IN_CORPUS],
      help: "a text file, a folder, or sotu, the built-in text",
      default: "sotu",
    },
    tokenizer: {
      value: "NAME",
      help: "text for prose, whitespace for tokenised text",
      default: "text",
    },
    ...CORPUS_OPTIONS,
    language: {
      value: "TAG",
      help: "the text's language where its rules differ from English, e.g. tr, de, el, es (default: the parent's)",
    },
    "corpus-licence": { value: "TEXT", help: "the licence of your text, for the model's card" },
    preset: {
      value: "NAME",
      help: `auto, which looks at the text, or ${Object.keys(PRESETS).join(", ")}`,
      default: AUTO,
    },
    run: {
      value: "DIR|URL",
      isPath: true,
      help: "where the run's files go, e.g. s3://BUCKET/runs/NAME (default runs/ and the time)",
    },
    resume: {
      help: "go on with the run that is there, as it began; begin one where there is none",
    },
    finish: { help: "with --resume: train no further, make a model of what the run has learnt" },
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
    shared: {
      help: "the model is for others too: it knows no word that occurs once, or in one document alone",
    },
    from: {
      value: "MODEL",
      help: "go on from base, current, a VERSION of the store, or a master.safetensors; or none",
    },
    force: { help: "with --from current: train also on the text that it was trained on" },
    name: { value: "NAME", help: "the model that --from means", default: DEFAULT_MODEL_NAME },
    ...STORE_OPTIONS,
    minutes: {
      value: "N",
      help: "train so long on this machine: chooses the epochs that fit (default: those of the preset); measuring comes after",
    },
    "max-steps": { value: "N", help: "stop after so many steps" },
    ...SETTING_OPTIONS,
  },
  examples: [
    "train --corpus notes/ --run runs/notes",
    "train --corpus ptb/ --tokenizer whitespace --preset small --json",
    "train --resume --run runs/notes",
    "train --resume --run runs/notes --epochs 20",
    "train --from current --corpus notes/ --learning-rate 0.5",
  ],
  notes: presetTable(),
  async run(args) {
    const summary = await runTraining(args);
    return { json: toJson(summary), text: toText(summary), next: nextAfter(summary) };
  },
};

async function runTraining(args: Arguments): Promise<TrainSummary> {
  const resume = args.has("resume");
  const files = openRun(
    resume ? args.requireText("run") : (args.text("run") ?? defaultRunFolder()),
  );
  const finish = args.has("finish");
  if (finish && !resume)
    throw new UsageError("--finish ends a run that is there: give --resume too");
  // a run that goes on has its own settings where none are given
  const before = resume ? await readRunSettings(files) : null;
  const threads = args.integer("threads", 1, 64) ?? before?.threads ?? defaultThreads();
  const textOf = (name: "corpus" | "tokenizer"): string =>
    args.given(name) === undefined && before ? before[name] : args.requireText(name);
  const engine = readEngine(
    args.given("engine") === undefined && before
      ? before.engine
      : args.choice("engine", ENGINE_CHOICES, "engine"),
    threads,
  );
  const language = readLanguage(args.text("language") ?? before?.language);
  const text = {
    corpus: textOf("corpus"),
    tokenizer: readTokenizer(textOf("tokenizer")),
    language,
  };
  const { preset, from, reason } = await readBeginning(args, before, text);
  const options = {
    ...text,
    text: { ...textOptionsOf(before), ...readSourceOptions(args) },
    corpusLicence: args.text("corpus-licence") ?? before?.corpusLicence ?? licenceOf(text.corpus),
    shared: args.has("shared") || before?.shared ? true : undefined,
    preset,
    from,
    findText: findKnownText,
    files,
    needsNewText: args.text("from") === "current" && !args.has("force"),
    resume,
    finish,
    ...choicesOf(readSettings(args), {
      minutes: args.number("minutes"),
      maxSteps: args.number("max-steps"),
    }),
    threads,
    createEngine: engine.create,
    minutes: readMinutes(args, before),
    maxSteps: args.integer("max-steps", 1, Number.MAX_SAFE_INTEGER) ?? before?.maxSteps,
    checkpointMinutes: readCheckpointMinutes(args),
  };
  const { signal, release } = abortOnSignals("training stopped");
  const line = new ProgressLine();
  for (const notice of describeChangedOptions(args)) line.print(notice);
  if (resume && !before) line.print(`there is no run "${files.address}" yet: one begins`);
  try {
    return await trainModel({ ...options, signal }, reportOn(line, engine.reason, reason));
  } finally {
    release();
  }
}

function readEngine(name: EngineChoice, threads: number): ChosenEngine {
  // the image of the batch job sets it: a job that pays for a GPU must not train without one
  const needsGpu = Boolean(process.env.AFTERWORD_REQUIRE_GPU);
  return chooseEngine(name, { threads, needsGpu });
}

function readTokenizer(name: string) {
  return asUsage(() => findTokenizer(name).name);
}

/** How the files of a run that goes on were read. */
function textOptionsOf(before: RunSettings | null): SourceOptions {
  const { encoding, exclude, without } = before ?? {};
  return {
    ...(encoding !== undefined && { encoding }),
    ...(exclude && { exclude }),
    ...(without && { without }),
  };
}

function readLanguage(language: string | undefined): string | undefined {
  return language && asUsage(() => checkLanguage(language));
}

function licenceOf(corpus: string): string | undefined {
  return corpus === BUILT_IN_CORPUS ? BUILT_IN_LICENCE : undefined;
}

const LENGTHS = ["minutes", "epochs", "max-steps"];

/** A run that goes on has the rest of its minutes, unless it is to become longer. */
function readMinutes(args: Arguments, before: RunSettings | null): number | undefined {
  const minutes = args.number("minutes");
  const others = LENGTHS.filter((name) => name !== "minutes" && args.given(name) !== undefined);
  if (minutes === undefined) return others.length === 0 ? before?.minutes : undefined;
  if (others.length > 0) {
    throw new UsageError(`--minutes chooses the length of a run: give it without --${others[0]}`);
  }
  if (!(minutes > 0)) throw new UsageError(`--minutes must be above 0, got ${minutes}`);
  return minutes;
}

function readCheckpointMinutes(args: Arguments): number {
  const minutes = args.number("checkpoint-minutes")!;
  if (minutes < 0) throw new UsageError(`--checkpoint-minutes must be at least 0, got ${minutes}`);
  return minutes;
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
    ...summary.metrics,
    master: summary.masterPath,
    edge: summary.edgePath,
    report: summary.reportPath,
  };
}

function toText({ test, metrics, masterPath, edgePath, reportPath }: TrainSummary): string {
  const { served_keystroke_savings: served, kneser_ney_keystroke_savings: counting } = metrics;
  const figures = [
    `perplexity ${writeMetric("perplexity", test.perplexity)}`,
    `next word right ${writeMetric("accuracy", test.accuracy)}`,
    `among the first three ${writeMetric("top3", test.top3)}`,
    `keystrokes saved ${writeMetric("keystrokeSavings", test.keystrokeSavings)}`,
  ];
  return [
    `test: ${figures.join(", ")}; on ${formatCount(test.tokens)} held-out tokens`,
    ...(served !== undefined && counting !== undefined
      ? [`as the edge runs it: ${compareWithCounting(served, counting)}`]
      : []),
    `wrote ${masterPath} and ${edgePath}`,
    `report: ${reportPath}`,
  ].join("\n");
}

function nextAfter({ run, edgePath }: TrainSummary): string {
  return `npx afterword publish --run ${run}, or try it: npx afterword predict "the " --model ${edgePath}`;
}
