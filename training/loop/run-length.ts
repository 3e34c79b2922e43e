// training/loop/run-length: how many steps a run has, whether the text suffices for one, and which batches, epochs and
// dropout suit its size.
//
// B batch, T time steps.

import type { TrainingSettings } from "#model/hyper-parameters";
import { countBatches } from "../data/batches.ts";
import type { Corpus } from "../data/corpus.ts";
import { countReplayed } from "../data/replay.ts";
import type { Replay } from "../data/replay.ts";
import type { RunLength } from "../run/progress.ts";

/** A run that is free to choose takes at least so many steps: with fewer a model hardly begins to learn. */
const MIN_STEPS = 400;
export const MAX_EPOCHS = 40; // of those, where the text is so small that it would only be learnt by heart
/**
 * The same of a run that goes on from a model, whose rate is lower and whose weights are averaged: of 2 MB of mail the
 * sixth of six such epochs still took 1.3 % from the validation perplexity; of single writers' text a seventh and an eighth
 * took less than 1 % and saved no more keystrokes.
 */
const MIN_STEPS_FROM_PARENT = 3_500;
const MAX_EPOCHS_FROM_PARENT = 6;
const MIN_STEPS_AN_EPOCH_FROM_PARENT = 15;
/** With 4 streams the models of six writers saved no more keystrokes than with 8. */
const MIN_BATCH_SIZE = 8;
/**
 * A text of so many words, read twice, is not learnt by heart by what goes on from the base model: with less dropout the
 * validation perplexity of the built-in text was 59.8, not 64.3. Of 450,000 words and fewer it is no better.
 */
const LARGE_TEXT_TOKENS = 1_000_000;
const KEEP_PROB_OF_LARGE_TEXT = 0.85;
const FULL_RATE_SHARE = 0.5; // of the chosen epochs at the full learning rate
const LAST_RATE = 0.05; // of the full learning rate, in the last chosen epoch

/** Figures on fewer held-out tokens are mostly chance. */
const MIN_HELD_OUT_TOKENS = 1_000;

/**
 * The steps of a run on a text, and on what it replays beside it.
 * @throws where the text has too few tokens for a single one
 */
export function measureLength(
  { splits }: Corpus,
  { batchSize: B, numSteps: T, epochs }: TrainingSettings,
  { maxSteps = Infinity, replay }: { maxSteps?: number; replay: Replay | null },
): RunLength {
  const tokens = splits.train.ids.length;
  const needed = B * (T + 1);
  if (countBatches(tokens, { B, T }) === 0) {
    throw new Error(
      `the corpus is too small: ${tokens} tokens to train on, and one step of ${B} streams × ${T} words needs ` +
        `${needed}, about ${Math.ceil((6 * needed) / 1_000)} kB of text; give more text, or lower --batch-size and --num-steps`,
    );
  }
  for (const split of ["valid", "test"] as const) {
    if (splits[split].ids.length === 0) {
      throw new Error(`the ${split} split has no text; give it some, or one text to be split`);
    }
  }
  const stepsAnEpoch = countBatches(tokens + countReplayed(tokens, replay), { B, T });
  return { stepsAnEpoch, totalSteps: Math.min(maxSteps, stepsAnEpoch * epochs) };
}

/** Settings whose batches suit the size of the text, for a run that goes on from a model: smaller ones of a small text. */
export function chooseBatchSize(training: TrainingSettings, tokens: number): TrainingSettings {
  const { batchSize, numSteps: T } = training;
  const suiting = Math.floor(tokens / (MIN_STEPS_AN_EPOCH_FROM_PARENT * T));
  if (suiting >= batchSize || batchSize <= MIN_BATCH_SIZE) return training;
  return { ...training, batchSize: Math.max(suiting, MIN_BATCH_SIZE) };
}

/** Settings whose dropout suits the size of the text, for a run that goes on from a model: less of a large text. */
export function chooseKeepProb(training: TrainingSettings, tokens: number): TrainingSettings {
  if (tokens < LARGE_TEXT_TOKENS) return training;
  return { ...training, keepProb: Math.max(training.keepProb, KEEP_PROB_OF_LARGE_TEXT) };
}

/**
 * Settings whose epochs suit the size of the text: those of the preset where they make enough steps, else more epochs,
 * the learning rate falling over the second half of them.
 * @param goesOn from a model that has learnt already
 */
export function chooseEpochs(
  training: TrainingSettings,
  tokens: number,
  goesOn: boolean,
): TrainingSettings {
  const minSteps = goesOn ? MIN_STEPS_FROM_PARENT : MIN_STEPS;
  const maxEpochs = goesOn ? MAX_EPOCHS_FROM_PARENT : MAX_EPOCHS;
  const stepsAnEpoch = countBatches(tokens, { B: training.batchSize, T: training.numSteps });
  if (stepsAnEpoch === 0 || stepsAnEpoch * training.epochs >= minSteps) return training;
  const epochs = Math.min(Math.ceil(minSteps / stepsAnEpoch), Math.max(maxEpochs, training.epochs));
  return withEpochs(training, epochs);
}

/**
 * The same settings with another number of epochs. Where weights are averaged, the learning rate is steady: a mean needs
 * weights that move. Else it falls over the second half of the epochs.
 */
export function withEpochs(training: TrainingSettings, epochs: number): TrainingSettings {
  if (epochs === training.epochs) return training;
  if (training.averaging) return { ...training, epochs, maxLrEpoch: epochs };
  const maxLrEpoch = Math.ceil(FULL_RATE_SHARE * epochs);
  const decays = Math.max(epochs - maxLrEpoch, 1);
  return { ...training, epochs, maxLrEpoch, lrDecay: LAST_RATE ** (1 / decays) };
}

/** What somebody should know of how little is held out. */
export function warnOfFewTokens({ splits }: Corpus): string[] {
  const [valid, test] = [splits.valid.ids.length, splits.test.ids.length];
  if (Math.min(valid, test) >= MIN_HELD_OUT_TOKENS) return [];
  return [
    `only ${valid} tokens are held out for validation and ${test} to test: figures on fewer than ` +
      `${MIN_HELD_OUT_TOKENS} are rough, differences between models mostly chance`,
  ];
}
