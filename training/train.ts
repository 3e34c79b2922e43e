// training/train: the run, read top to bottom: corpus, engine, epochs, the best weights, the two model files.
//
// B batch, T time steps, V vocabulary size.

import { join } from "node:path";
import { checkTrainingSettings, learningRateAt } from "#model/config";
import type { Preset } from "#model/config";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { FORMAT_VERSION } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import type { Weights } from "#model/tensors";
import { findTokenizer } from "#model/tokenizer";
import type { TokenizerName } from "#model/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { hasStalled, weightsToPublish, withWeightsToPublish } from "./averaging.ts";
import { countBatches, fillBatch } from "./batches.ts";
import { CODE_VERSION } from "./code-version.ts";
import { readCorpus } from "./corpus.ts";
import type { Corpus } from "./corpus.ts";
import type { EngineOptions, TrainingEngine } from "./engines/engine.ts";
import { evaluateText } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import { RunFolder } from "./run-folder.ts";
import { RunMetrics } from "./run-metrics.ts";
import { findSources } from "./text-source.ts";
import { startFrom } from "./warm-start.ts";
import type { Parent, WarmStart } from "./warm-start.ts";

export interface TrainOptions {
  corpus: string; // what `findSources` takes
  tokenizer: TokenizerName;
  preset: Preset;
  runFolder: string;
  threads: number;
  createEngine: (options: EngineOptions) => Promise<TrainingEngine>;
  from?: Parent; // goes on from its weights instead of drawing some
  maxSteps?: number; // ends the run early, after so many steps in all
  signal?: AbortSignal;
}

/** What a run tells while it goes on; a terminal or a log makes lines of it. */
export interface TrainReporter {
  onCorpus(corpus: Corpus): void;
  onEngine(engine: TrainingEngine): void;
  onStep(progress: StepProgress): void;
  onEvaluating(split: "valid" | "test", done: number, tokens: number): void;
  onEpoch(epoch: EpochSummary): void;
}

export interface StepProgress {
  epoch: number; // from 1
  epochs: number;
  step: number; // from 1, within the epoch
  steps: number;
  loss: number; // mean of a token so far in this epoch, nats
  wordsPerSecond: number; // of this epoch
  secondsLeft: number; // of the whole run's steps, at that speed
}

export interface EpochSummary {
  epoch: number; // from 1
  learningRate: number;
  trainPerplexity: number;
  validPerplexity: number;
  averagedSteps: number; // whose weights the validation is about; 0 for the last step's alone
  seconds: number; // of training, evaluation left out
}

export interface TrainSummary {
  runFolder: string;
  engine: TrainingEngine["name"];
  parent: { version: string; words: WarmStart["words"] } | null; // what it went on from
  wordsPerSecond: number;
  epochs: EpochSummary[];
  losses: { step: number; loss: number }[]; // a hundred or so over the run, means of at most 10 steps
  test: Evaluation;
  masterPath: string;
  edgePath: string;
}

const LOSSES_KEPT = 100;
const MOST_STEPS_UNREAD = 10; // a GPU works on while nobody asks for the loss
const CHECKPOINT_NAME = "checkpoint.safetensors"; // a master file of the weights a moment ago
const CHECKPOINT_INTERVAL_MS = 60_000;

/**
 * Trains a model and writes `master.safetensors` and `edge.safetensors` into the run's folder. The weights are those
 * of the epoch with the lowest perplexity on the validation split.
 */
export async function train(options: TrainOptions, reporter: TrainReporter): Promise<TrainSummary> {
  const { preset, signal } = options;
  checkTrainingSettings(preset.training);
  const tokenizer = findTokenizer(options.tokenizer);
  const sources = await findSources(options.corpus);
  const corpus = await readCorpus(sources, tokenizer, preset.model.vocabularySize);
  const steps = countSteps(corpus, preset);
  reporter.onCorpus(corpus);

  const model = { ...preset.model, vocabularySize: corpus.vocabulary.size };
  const start =
    options.from &&
    startFrom(options.from, { model, tokenizer: tokenizer.name, vocabulary: corpus.vocabulary });
  const parent = start && { version: options.from!.version, words: start.words };
  const { training, threads } = { training: preset.training, threads: options.threads };
  const folder = new RunFolder(options.runFolder);
  const engine = await options.createEngine({ model, training, threads });
  try {
    reporter.onEngine(engine);
    if (start) engine.loadWeights(start.weights);
    const settings = { corpus: options.corpus, tokenizer: tokenizer.name, model, training, parent };
    await folder.write("settings.json", JSON.stringify(settings, null, 2) + "\n");
    const metadata: ModelMetadata = {
      formatVersion: FORMAT_VERSION,
      kind: "master",
      config: model,
      tokenizer: tokenizer.name,
      training,
      metrics: {},
      corpusDigest: corpus.digest,
      parentVersion: parent?.version ?? null,
      codeVersion: CODE_VERSION,
    };
    const evaluate = (split: "valid" | "test") =>
      evaluateText(engine, corpus.splits[split], {
        vocabulary: corpus.vocabulary,
        tokenizer: tokenizer.name,
        signal,
        onProgress: (done) => reporter.onEvaluating(split, done, corpus.splits[split].ids.length),
      });
    const masterOf = (weights: Weights) => ({ metadata, vocabulary: corpus.vocabulary, weights });
    const save = (weights: Weights) => saveModel(folder, masterOf(weights));
    const checkpoint = () =>
      folder.write(CHECKPOINT_NAME, writeMasterFile(masterOf(engine.readWeights())));

    const run = await trainEpochs(options, {
      corpus,
      engine,
      steps,
      evaluate,
      save,
      checkpoint,
      folder,
      reporter,
    });
    engine.loadWeights(run.best);
    const test = await evaluate("test");
    metadata.metrics = {
      valid_perplexity: Math.min(...run.epochs.map(({ validPerplexity }) => validPerplexity)),
      test_perplexity: test.perplexity,
      accuracy: test.accuracy,
      top3: test.top3,
      keystroke_savings: test.keystrokeSavings,
    };
    folder.logMetrics({ test: metadata.metrics });
    await save(run.best);
    return {
      runFolder: folder.path,
      engine: engine.name,
      parent: parent ?? null,
      wordsPerSecond: run.wordsPerSecond,
      epochs: run.epochs,
      losses: run.losses,
      test,
      masterPath: folder.masterPath,
      edgePath: folder.edgePath,
    };
  } catch (error) {
    throw withCheckpoint(error as Error, folder);
  } finally {
    await engine.close();
  }
}

interface Run {
  corpus: Corpus;
  engine: TrainingEngine;
  steps: number; // an epoch's
  evaluate: (split: "valid") => Promise<Evaluation>;
  save: (weights: Weights) => Promise<void>;
  checkpoint: () => Promise<void>;
  folder: RunFolder;
  reporter: TrainReporter;
}

async function trainEpochs({ preset, maxSteps, signal }: TrainOptions, run: Run) {
  const { corpus, engine, steps, reporter } = run;
  const metrics = new RunMetrics(run.folder);
  const { training } = preset;
  const { batchSize: B, numSteps: T } = training;
  const batch = { inputs: new Int32Array(T * B), targets: new Int32Array(T * B) };
  const totalSteps = Math.min(maxSteps ?? Infinity, steps * training.epochs);
  const keepEvery = Math.max(Math.floor(totalSteps / LOSSES_KEPT), 1);
  const readEvery = Math.min(keepEvery, MOST_STEPS_UNREAD);
  const epochs: EpochSummary[] = [];
  const losses: { step: number; loss: number }[] = [];
  let best: { weights: Weights; validPerplexity: number } | undefined;
  let stepsDone = 0;
  let seconds = 0;
  let checkpointAt = performance.now();
  for (let epoch = 0; epoch < training.epochs && stepsDone < totalSteps; epoch++) {
    const learningRate = learningRateAt(training, epoch);
    const stepsOfEpoch = Math.min(steps, totalSteps - stepsDone);
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    let lossSum = 0;
    let stepsUnread = 0; // since the loss was read
    engine.resetTrainingState();
    const perplexities = epochs.map(({ validPerplexity }) => validPerplexity);
    if (engine.averagedSteps === 0 && hasStalled(perplexities, training.averageAfter)) {
      engine.startAveraging();
    }
    for (let step = 0; step < stepsOfEpoch; step++) {
      const isStopped = signal?.aborted ?? false;
      if (isStopped || performance.now() - checkpointAt >= CHECKPOINT_INTERVAL_MS) {
        await run.checkpoint();
        checkpointAt = performance.now();
      }
      signal?.throwIfAborted();
      fillBatch(corpus.splits.train.ids, step, { B, T, batch });
      await engine.step(batch.inputs, batch.targets, learningRate);
      stepsDone++;
      stepsUnread++;
      if (stepsDone % readEvery !== 0 && step + 1 < stepsOfEpoch) continue;
      const { loss, gradientNorm } = await engine.readLoss();
      if (!Number.isFinite(loss)) {
        throw new Error(
          `the loss became ${loss} at step ${step + 1} of epoch ${epoch + 1}; lower --learning-rate or --clip`,
        );
      }
      lossSum += loss * stepsUnread;
      stepsUnread = 0;
      if (stepsDone > losses.length * keepEvery) losses.push({ step: stepsDone, loss });
      const secondsPerStep = elapsed() / (step + 1);
      const wordsPerSecond = (B * T) / secondsPerStep;
      const measured = { loss, gradientNorm, learningRate, wordsPerSecond };
      metrics.logStep({ step: stepsDone, epoch: epoch + 1, ...measured });
      reporter.onStep({
        epoch: epoch + 1,
        epochs: training.epochs,
        step: step + 1,
        steps: stepsOfEpoch,
        loss: lossSum / (step + 1),
        wordsPerSecond,
        secondsLeft: (totalSteps - stepsDone) * secondsPerStep,
      });
    }
    const epochSeconds = elapsed();
    seconds += epochSeconds;
    const { perplexity: validPerplexity } = await withWeightsToPublish(engine, () =>
      run.evaluate("valid"),
    );
    const summary = {
      epoch: epoch + 1,
      learningRate,
      trainPerplexity: Math.exp(lossSum / stepsOfEpoch),
      validPerplexity,
      averagedSteps: engine.averagedSteps,
      seconds: epochSeconds,
    };
    epochs.push(summary);
    const weights = weightsToPublish(engine);
    metrics.logEpoch({ step: stepsDone, ...summary }, weights);
    reporter.onEpoch(summary);
    if (!best || validPerplexity < best.validPerplexity) {
      best = { weights, validPerplexity };
      await run.save(best.weights);
    }
  }
  return { best: best!.weights, epochs, losses, wordsPerSecond: (stepsDone * B * T) / seconds };
}

function countSteps({ splits }: Corpus, { training }: Preset): number {
  const { batchSize: B, numSteps: T } = training;
  const tokens = splits.train.ids.length;
  const steps = countBatches(tokens, { B, T });
  if (steps === 0) {
    throw new Error(
      `the corpus is too small: ${tokens} tokens to train on, and one step of ${B} streams × ${T} words needs ` +
        `${B * (T + 1)}; give more text, or lower --batch-size and --num-steps`,
    );
  }
  for (const split of ["valid", "test"] as const) {
    if (splits[split].ids.length === 0) {
      throw new Error(`the corpus has no text to hold out for the ${split} split; give more text`);
    }
  }
  return steps;
}

/** Adds to an error where the weights are that it left behind. */
function withCheckpoint(error: Error, folder: RunFolder): Error {
  if (!folder.hasWritten(CHECKPOINT_NAME)) return error;
  const path = join(folder.path, CHECKPOINT_NAME);
  return new Error(`${error.message}; the last checkpoint is ${path}`, { cause: error });
}

async function saveModel(
  folder: RunFolder,
  master: { metadata: ModelMetadata; vocabulary: Vocabulary; weights: Weights },
): Promise<void> {
  await folder.write("master.safetensors", writeMasterFile(master));
  await folder.write("edge.safetensors", writeEdgeFile(master));
}
