// training/loop/epochs: the loop of a run, from wherever it has come to: steps, losses read now and then, and at the
// end of each epoch its perplexity and the best weights.
//
// B batch, T time steps.

import { learningRateAt } from "#model/hyper-parameters";
import type { TrainingSettings } from "#model/hyper-parameters";
import { hasStalled, weightsToPublish, withWeightsToPublish } from "./averaging.ts";
import { fillBatch } from "../data/batches.ts";
import type { Corpus } from "../data/corpus.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import type { CheckpointManager } from "../run/checkpoint-manager.ts";
import type { RunMetrics } from "../run/metrics.ts";
import type { Sample } from "../evaluation/generations.ts";
import { stepsOfEpoch } from "../run/progress.ts";
import type { RunLength, RunProgress } from "../run/progress.ts";
import type { TrainReporter } from "./reporter.ts";

const LOSSES_KEPT = 100;
const MAX_STEPS_UNREAD = 10; // a GPU works on while nobody asks for the loss

export interface EpochsOfRun {
  corpus: Corpus;
  engine: TrainingEngine;
  training: TrainingSettings;
  length: RunLength;
  progress: RunProgress; // moves on: at every moment that anything is awaited for long, it says where the engine is
  metrics: RunMetrics;
  evaluate: (split: "valid") => Promise<Evaluation>;
  sample: () => Promise<Sample[]>;
  keeper: CheckpointManager;
  reporter: TrainReporter;
  signal: AbortSignal;
}

/** Trains until the last epoch or the last step. */
export async function trainEpochs(run: EpochsOfRun): Promise<void> {
  const { progress, engine, training, metrics } = run;
  while (stepsOfEpoch(progress, run.length, training) > 0) {
    await trainEpoch(run);
    const [{ perplexity: validPerplexity }, samples] = await withWeightsToPublish(
      engine,
      async () => [await run.evaluate("valid"), await run.sample()] as const,
    );
    const summary = {
      epoch: progress.epoch + 1,
      learningRate: learningRateAt(training, progress.epoch),
      trainPerplexity: Math.exp(progress.lossSum / progress.step),
      validPerplexity,
      averagedSteps: engine.averagedSteps,
      seconds: progress.epochSeconds,
    };
    const weights = weightsToPublish(engine);
    await metrics.logEpoch({ step: progress.stepsDone, ...summary }, weights);
    await metrics.logSamples(progress.stepsDone, summary.epoch, samples);
    run.reporter.onEpoch(summary);
    if (!progress.best || validPerplexity < progress.best.validPerplexity) {
      progress.best = { epoch: summary.epoch, validPerplexity };
      run.keeper.best = weights;
    }
    progress.epochs.push(summary);
    progress.seconds += progress.epochSeconds;
    progress.epoch++;
    Object.assign(progress, { step: 0, lossSum: 0, epochSeconds: 0 });
    await run.keeper.save(progress);
  }
}

/** The steps of the running epoch that are still to be done. */
async function trainEpoch(run: EpochsOfRun): Promise<void> {
  const { corpus, engine, training, progress, metrics, keeper, reporter, signal } = run;
  const { batchSize: B, numSteps: T } = training;
  const batch = { inputs: new Int32Array(T * B), targets: new Int32Array(T * B) };
  const { totalSteps } = run.length;
  const keepEvery = Math.max(Math.floor(totalSteps / LOSSES_KEPT), 1);
  const readEvery = Math.min(keepEvery, MAX_STEPS_UNREAD);
  const steps = stepsOfEpoch(progress, run.length, training);
  const learningRate = learningRateAt(training, progress.epoch);
  const epoch = progress.epoch + 1;
  let since = performance.now();
  if (progress.step === 0) {
    engine.resetTrainingState();
    const perplexities = progress.epochs.map(({ validPerplexity }) => validPerplexity);
    const hasToAverage =
      engine.averagedSteps === 0 && hasStalled(perplexities, training.averageAfter);
    if (hasToAverage) engine.startAveraging();
  }
  while (progress.step < steps) {
    if (keeper.isDue()) {
      await keeper.save(progress);
      since = performance.now(); // its time is not training's
    }
    signal.throwIfAborted();
    fillBatch(corpus.splits.train.ids, progress.step, { B, T, batch });
    await engine.step(batch.inputs, batch.targets, learningRate);
    progress.step++;
    progress.stepsDone++;
    progress.stepsUnread++;
    const now = performance.now();
    progress.epochSeconds += (now - since) / 1000;
    since = now;
    if (progress.stepsDone % readEvery !== 0 && progress.step < steps) continue;
    const { loss, gradientNorm } = await engine.readLoss();
    if (!Number.isFinite(loss)) {
      throw new Error(
        `the loss became ${loss} at step ${progress.step} of epoch ${epoch}; lower --learning-rate or --clip`,
      );
    }
    progress.lossSum += loss * progress.stepsUnread;
    progress.stepsUnread = 0;
    if (progress.stepsDone > progress.losses.length * keepEvery) {
      progress.losses.push({ step: progress.stepsDone, loss });
    }
    const secondsPerStep = progress.epochSeconds / progress.step;
    const wordsPerSecond = (B * T) / secondsPerStep;
    const measured = { loss, gradientNorm, learningRate, wordsPerSecond };
    await metrics.logStep({ step: progress.stepsDone, epoch, ...measured });
    reporter.onStep({
      epoch,
      epochs: training.epochs,
      step: progress.step,
      steps,
      loss: progress.lossSum / progress.step,
      wordsPerSecond,
      secondsLeft: (totalSteps - progress.stepsDone) * secondsPerStep,
    });
  }
}
