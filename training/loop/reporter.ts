// training/loop/reporter: what a run tells while it goes on; a terminal or a log makes lines of it.

import type { Corpus } from "../data/corpus.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import type { EpochSummary } from "../run/progress.ts";

export interface TrainReporter {
  onCorpus(corpus: Corpus): void;
  onEngine(engine: TrainingEngine): void;
  /** A sentence that somebody should read: where a run goes on, or what failed without ending it. */
  onNotice(notice: string): void;
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
