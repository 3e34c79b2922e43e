// job/reporter: what a job tells while it goes on; a terminal or a log makes lines of it.

import type { TrainReporter } from "#training/loop/reporter";
import type { JobEvent } from "./contract.ts";

/** What a job tells while it goes on. */
export interface JobReporter {
  onNotice(notice: string): void;
  onEvent(event: JobEvent): void;
  /** Who hears of the training; @param engineReason why this engine was taken */
  onTraining(engineReason: string): TrainReporter;
  onGate(done: number, total: number): void; // tokens scored
}
