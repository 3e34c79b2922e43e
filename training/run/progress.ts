// training/run/progress: how far a run has come: everything its loop counts, as JSON that a checkpoint carries.

import type { TrainingSettings } from "#model/hyper-parameters";

export interface RunProgress {
  epoch: number; // the running one, from 0
  step: number; // steps done in it
  stepsDone: number; // in all epochs
  lossSum: number; // of the running epoch's steps whose loss was read
  stepsUnread: number; // since the loss was read
  epochSeconds: number; // of training in the running epoch
  seconds: number; // of training in the epochs before it
  scoringSeconds?: number; // of scoring after these; lacking in checkpoints of earlier releases
  epochs: EpochSummary[];
  losses: { step: number; loss: number }[]; // a hundred or so over the run, means of at most 10 steps
  best: BestEpoch | null;
}

export interface EpochSummary {
  epoch: number; // from 1
  learningRate: number;
  trainPerplexity: number;
  validPerplexity: number;
  averagedSteps: number; // whose weights the validation is about; 0 for the last step's alone
  seconds: number; // of training, evaluation left out
}

export interface BestEpoch {
  epoch: number; // from 1
  validPerplexity: number;
}

/** Where a run begins. */
export function newProgress(): RunProgress {
  return {
    epoch: 0,
    step: 0,
    stepsDone: 0,
    lossSum: 0,
    stepsUnread: 0,
    epochSeconds: 0,
    seconds: 0,
    epochs: [],
    losses: [],
    best: null,
  };
}

/** How many steps a run has, and each of its epochs. */
export interface RunLength {
  stepsAnEpoch: number;
  totalSteps: number; // less than all epochs' where a run was asked to end early
  minutes?: number; // after which it ends wherever it is
}

/** So many epochs in a row without a better one end a run that stops early. */
export const PATIENCE_EPOCHS = 5;

/**
 * Whether a run that has minutes gains nothing by taking them all (early stopping, Prechelt 1998). Only where its rate is
 * steady and its weights are averaged: at a falling rate it is the last epochs that gain.
 */
export function stopsEarly(
  { epoch, best }: Pick<RunProgress, "epoch" | "best">,
  { minutes }: Pick<RunLength, "minutes">,
  { averaging }: Pick<TrainingSettings, "averaging">,
): boolean {
  const epochsSinceBest = best ? epoch - best.epoch : 0;
  return minutes !== undefined && averaging && epochsSinceBest >= PATIENCE_EPOCHS;
}

/** The seconds of a run's minutes that are left; without minutes Infinity. */
function secondsOfMinutes(
  { seconds, epochSeconds, scoringSeconds = 0 }: RunProgress,
  { minutes = Infinity }: RunLength,
): number {
  return 60 * minutes - seconds - epochSeconds - scoringSeconds;
}

/** The seconds that a step of the running epoch took, of those that are done. */
export function secondsPerStep({ epochSeconds, step }: RunProgress): number {
  return epochSeconds / step;
}

/** The seconds of training that are left, at the running epoch's speed: those of all steps, or of the minutes. */
export function secondsLeft(progress: RunProgress, length: RunLength): number {
  const ofSteps = (length.totalSteps - progress.stepsDone) * secondsPerStep(progress);
  return Math.max(Math.min(ofSteps, secondsOfMinutes(progress, length)), 0);
}

/** The steps of the running epoch, those done among them; 0 once the run has come to its end. */
export function stepsOfEpoch(
  progress: RunProgress,
  length: RunLength,
  training: Pick<TrainingSettings, "epochs" | "averaging">,
): number {
  const { epoch, step, stepsDone } = progress;
  const { stepsAnEpoch, totalSteps } = length;
  if (epoch >= training.epochs || stopsEarly(progress, length, training)) return 0;
  if (stepsDone > 0 && secondsOfMinutes(progress, length) <= 0) return step;
  return Math.min(stepsAnEpoch, totalSteps - (stepsDone - step));
}
