// training/loop/minutes: the length of a run that has a number of minutes: how fast this machine trains is measured, and the
// epochs that fit are chosen before the first step, so that the learning rate falls within them.
//
// B batch, T time steps.

import { TRAINING_PARAMETERS } from "#model/hyper-parameters";
import type { TrainingSettings } from "#model/hyper-parameters";
import { fillBatch } from "../data/batches.ts";
import { boundText } from "../data/bound-text.ts";
import type { Corpus } from "../data/corpus.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import type { RunLength } from "../run/progress.ts";
import type { PreparedRun } from "./prepare.ts";
import type { TrainReporter } from "./reporter.ts";
import { chooseEpochs, MAX_EPOCHS, measureLength, withEpochs } from "./run-length.ts";

/** How fast a machine trains. */
export interface Pace {
  secondsPerStep: number;
  validationSeconds: number; // of scoring the validation text at an epoch's end
}

const PLANNED_SHARE = 0.9; // of the minutes: a machine may have other things to do as well
// The same where the rate is steady: epochs that do not fit do no harm, minutes that are left do, and a machine that does
// something else as well while it is measured may soon be twice as fast.
const STEADY_SHARE = 2;
const MAX_EPOCHS_WITHOUT_DROPOUT = 13; // as `small` has: more of them learn a text by heart
const AVERAGING_VALIDATIONS = 3; // of an epoch, at most: a short and a long average, its last weights
const WARM_UP_STEPS = 2;
const MEASURED_STEPS = 8;

/** A prepared run with the length that fits `minutes` of this engine; the engine is left as it was. */
export async function fitMinutes(
  prepared: PreparedRun,
  minutes: number,
  engine: TrainingEngine,
  { onNotice }: TrainReporter,
): Promise<PreparedRun> {
  const { corpus, runParent, training: asked, metadata } = prepared;
  const pace = await measurePace(engine, corpus, asked);
  const { training, maxSteps } = chooseLength(asked, {
    minutes,
    pace,
    stepsAnEpoch: prepared.length.stepsAnEpoch,
    tokens: corpus.splits.train.ids.length,
    goesOn: runParent !== null,
  });
  const length = {
    ...measureLength(corpus, training, { maxSteps, replay: prepared.replay }),
    minutes,
  };
  onNotice(describe({ training, length }, pace));
  return { ...prepared, training, maxSteps, length, metadata: { ...metadata, training } };
}

interface Time {
  minutes: number;
  pace: Pace;
  stepsAnEpoch: number; // replayed text among them
  tokens: number; // of the text itself
  goesOn: boolean; // from a model that has learnt already: no more epochs than suit the text
}

/**
 * The epochs that fit, and the learning rate that falls over their second half; of less than one epoch, its steps. Where
 * weights are averaged the rate is steady, so that the run may end within any epoch, with its minutes or early.
 */
export function chooseLength(
  training: TrainingSettings,
  { minutes, pace, stepsAnEpoch, tokens, goesOn }: Time,
): { training: TrainingSettings; maxSteps?: number } {
  const seconds = 60 * minutes * PLANNED_SHARE;
  const { secondsPerStep, validationSeconds } = pace;
  const epochSeconds = stepsAnEpoch * secondsPerStep;
  const suiting = chooseEpochs(training, tokens, goesOn).epochs; // of a small text more than the settings'
  const most = goesOn ? suiting : Math.max(suiting, mostUseful(training));
  const fitting = Math.floor(seconds / (epochSeconds + validationSeconds));
  if (fitting >= 1) {
    const steady = Math.ceil((60 * minutes * STEADY_SHARE) / epochSeconds);
    const epochs = training.averaging ? steady : fitting;
    return { training: withEpochs(training, Math.min(epochs, most)) };
  }
  const steps = Math.floor((seconds - validationSeconds) / secondsPerStep);
  return {
    training: withEpochs(training, 1),
    maxSteps: Math.min(Math.max(steps, 1), stepsAnEpoch),
  };
}

/** The epochs that may help a run that begins from nothing. */
function mostUseful({ averaging, keepProb }: TrainingSettings): number {
  if (averaging) return TRAINING_PARAMETERS.epochs.max;
  return keepProb < 1 ? MAX_EPOCHS : MAX_EPOCHS_WITHOUT_DROPOUT;
}

/** Times some steps, at a learning rate of 0, and the scoring of some words. */
async function measurePace(
  engine: TrainingEngine,
  { splits }: Corpus,
  { batchSize: B, numSteps: T, averaging }: TrainingSettings,
): Promise<Pace> {
  const before = engine.readTrainingState();
  const batch = { inputs: new Int32Array(T * B), targets: new Int32Array(T * B) };
  fillBatch(splits.train.ids, 0, { B, T, batch });
  const takeSteps = async (count: number) => {
    const start = performance.now();
    for (let step = 0; step < count; step++) await engine.step(batch.inputs, batch.targets, 0);
    await engine.readLoss(); // a GPU has finished then
    return (performance.now() - start) / 1000;
  };
  await takeSteps(WARM_UP_STEPS);
  const secondsPerStep = (await takeSteps(MEASURED_STEPS)) / MEASURED_STEPS;
  engine.loadTrainingState(before);

  const { ids } = boundText(splits.valid);
  const scored = ids.subarray(0, engine.scoreLength);
  const start = performance.now();
  await engine.score(scored);
  const secondsPerToken = (performance.now() - start) / 1000 / scored.length;
  engine.resetScoringState();
  const times = averaging ? AVERAGING_VALIDATIONS : 1;
  return { secondsPerStep, validationSeconds: times * secondsPerToken * ids.length };
}

function describe(
  { training, length }: { training: TrainingSettings; length: RunLength },
  { secondsPerStep, validationSeconds }: Pace,
): string {
  const { epochs, maxLrEpoch, averaging } = training;
  const { minutes, stepsAnEpoch, totalSteps } = length;
  if (totalSteps < stepsAnEpoch) {
    return `--minutes ${minutes}: ${totalSteps} of the ${stepsAnEpoch} steps of an epoch fit, at ${(1 / secondsPerStep).toFixed(1)} a second`;
  }
  const seconds = Math.ceil(stepsAnEpoch * secondsPerStep + validationSeconds);
  const rate = maxLrEpoch < epochs ? `, the learning rate falling after epoch ${maxLrEpoch}` : "";
  const most = averaging && epochs > 1 ? "at most " : "";
  return `--minutes ${minutes}: ${most}${epochs} epochs of about ${seconds} s${rate}`;
}
