// training/loop/epochs: the loop of a run, from wherever it has come to: steps, losses read now and then, and at the
// end of each epoch its perplexity and the best weights.
//
// B batch, T time steps.

import { learningRateAt } from "#model/hyper-parameters";
import type { TrainingSettings } from "#model/hyper-parameters";
import { fillBatch } from "../data/batches.ts";
import type { Corpus } from "../data/corpus.ts";
import { withReplay } from "../data/replay.ts";
import type { Replay } from "../data/replay.ts";
import { hideSingletons } from "../data/singletons.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import type { Sample } from "../evaluation/generations.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import type { CheckpointManager } from "../run/checkpoint-manager.ts";
import type { RunMetrics } from "../run/metrics.ts";
import {
  PATIENCE_EPOCHS,
  secondsLeft,
  secondsPerStep,
  stepsOfEpoch,
  stopsEarly,
} from "../run/progress.ts";
import type { RunLength, RunProgress } from "../run/progress.ts";
import { chooseWeights, firstAveragedStep, withWeights } from "./averaging.ts";
import { checkEpoch, checkLoss } from "./divergence.ts";
import type { TrainReporter } from "./reporter.ts";

const LOSSES_KEPT = 100;
const MAX_STEPS_UNREAD = 10; // a GPU works on while nobody asks for the loss

export interface EpochsOfRun {
  corpus: Corpus;
  replay: Replay | null; // trained on beside it
  engine: TrainingEngine;
  training: TrainingSettings;
  length: RunLength;
  progress: RunProgress; // moves on: at every moment that anything is awaited for long, it says where the engine is
  metrics: RunMetrics;
  validate: () => Promise<number>; // the validation perplexity of the engine's weights
  test: () => Promise<Evaluation>;
  sample: () => Promise<Sample[]>;
  checkpoints: CheckpointManager;
  reporter: TrainReporter;
  signal: AbortSignal;
}

/**
 * Trains until the last epoch or the last step, or until a run that has minutes gains nothing more.
 * @throws DivergedError where the loss rises beyond all sense
 */
export async function trainEpochs(run: EpochsOfRun): Promise<void> {
  while (stepsOfEpoch(run.progress, run.length, run.training) > 0) {
    await trainEpoch(run);
    await endEpoch(run);
  }
  const { progress, length, training, reporter } = run;
  if (progress.epoch < training.epochs && stopsEarly(progress, length, training)) {
    reporter.onNotice(
      `epoch ${progress.best!.epoch} is better than the ${PATIENCE_EPOCHS} after it: training ends before its minutes do`,
    );
  }
}

/** Ends a run where it stands: an epoch that has begun ends here, unless an earlier one can be used. */
export async function endEpochs(run: EpochsOfRun): Promise<void> {
  const { progress } = run;
  if (progress.best) return;
  if (progress.step === 0) {
    throw new Error("the run has not taken a step yet: there is nothing to make a model of");
  }
  await endEpoch(run);
}

/** Measures the epoch that has ended, and keeps its weights where they are the best. */
async function endEpoch(run: EpochsOfRun): Promise<void> {
  const { progress, engine, training, metrics, checkpoints } = run;
  const since = performance.now();
  const chosen = await chooseWeights(engine, checkpoints.longAverage, run.validate);
  const { weights, steps: averagedSteps, perplexity: validPerplexity } = chosen;
  const samples = await withWeights(engine, weights, run.sample);
  const stepsRead = progress.step - progress.stepsUnread;
  const summary = {
    epoch: progress.epoch + 1,
    learningRate: learningRateAt(training, progress.epoch),
    trainPerplexity: Math.exp(progress.lossSum / Math.max(stepsRead, 1)),
    validPerplexity,
    averagedSteps,
    seconds: progress.epochSeconds,
  };
  checkEpoch({ ...summary, vocabularySize: run.corpus.vocabulary.size });
  await metrics.logEpoch({ step: progress.stepsDone, ...summary }, weights);
  await metrics.logSamples(progress.stepsDone, summary.epoch, samples);
  run.reporter.onEpoch(summary);
  if (!progress.best || validPerplexity < progress.best.validPerplexity) {
    progress.best = { epoch: summary.epoch, validPerplexity };
    checkpoints.best = weights;
  }
  checkpoints.longAverage = chosen.longAverage;
  progress.epochs.push(summary);
  progress.seconds += progress.epochSeconds;
  progress.scoringSeconds = (progress.scoringSeconds ?? 0) + (performance.now() - since) / 1000;
  progress.epoch++;
  Object.assign(progress, { step: 0, lossSum: 0, epochSeconds: 0 });
  await checkpoints.save(progress);
}

/** The steps of the running epoch that are still to be done. */
async function trainEpoch(run: EpochsOfRun): Promise<void> {
  const { corpus, replay, engine, training, progress, checkpoints, signal } = run;
  const { batchSize: B, numSteps: T } = training;
  const batch = { inputs: new Int32Array(T * B), targets: new Int32Array(T * B) };
  const steps = stepsOfEpoch(progress, run.length, training);
  const [{ seed }, { epoch }] = [training, progress];
  const text = withReplay(corpus.splits.train.ids, replay, epoch);
  const ids = hideSingletons(text, corpus.vocabulary, { seed, epoch });
  const keepEvery = Math.max(Math.floor(run.length.totalSteps / LOSSES_KEPT), 1);
  const readEvery = Math.min(keepEvery, MAX_STEPS_UNREAD);
  const learningRate = learningRateAt(training, progress.epoch);
  let since = performance.now();
  if (progress.step === 0) engine.resetTrainingState();
  const firstAveraged = firstAveragedStep(progress.epoch, Math.min(run.length.stepsAnEpoch, run.length.totalSteps)); // prettier-ignore
  while (progress.step < stepsOfEpoch(progress, run.length, training)) {
    if (checkpoints.isDue()) {
      await checkpoints.save(progress);
      since = performance.now(); // its time is not training's
    }
    signal.throwIfAborted();
    if (training.averaging && progress.step === firstAveraged) engine.startAveraging();
    fillBatch(ids, progress.step, { B, T, batch });
    await engine.step(batch.inputs, batch.targets, learningRate);
    progress.step++;
    progress.stepsDone++;
    progress.stepsUnread++;
    const now = performance.now();
    progress.epochSeconds += (now - since) / 1000;
    since = now;
    if (progress.stepsDone % readEvery !== 0 && progress.step < steps) continue;
    await readLoss(run, { steps, keepEvery, learningRate });
  }
}

/** Reads how the last steps went, and tells it. */
async function readLoss(
  run: EpochsOfRun,
  { steps, keepEvery, learningRate }: { steps: number; keepEvery: number; learningRate: number },
): Promise<void> {
  const { corpus, engine, training, progress, metrics, reporter } = run;
  const { loss, gradientNorm } = await engine.readLoss();
  const epoch = progress.epoch + 1;
  progress.lossSum += loss * progress.stepsUnread;
  progress.stepsUnread = 0;
  const epochLoss = progress.lossSum / progress.step;
  checkLoss({
    loss,
    firstLoss: progress.losses[0]?.loss ?? loss,
    epochLoss,
    step: progress.step,
    epoch,
    vocabularySize: corpus.vocabulary.size,
  });
  if (progress.stepsDone > progress.losses.length * keepEvery) {
    progress.losses.push({ step: progress.stepsDone, loss });
  }
  const wordsPerSecond = (training.batchSize * training.numSteps) / secondsPerStep(progress);
  const measured = { loss, gradientNorm, learningRate, wordsPerSecond };
  await metrics.logStep({ step: progress.stepsDone, epoch, ...measured });
  reporter.onStep({
    epoch,
    epochs: training.epochs,
    step: progress.step,
    steps,
    loss: epochLoss,
    wordsPerSecond,
    secondsLeft: secondsLeft(progress, run.length),
  });
}
