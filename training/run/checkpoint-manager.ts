// training/run/checkpoint-manager: saves what a run has reached: its best weights, and checkpoints to go on from. A failure to write
// them is told and tried again: it ends no run.

import { readMasterFile, writeMasterFile } from "#model/master-file";
import type { MasterModel } from "#model/master-file";
import type { Weights } from "#model/tensors";
import { restoreCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { CheckpointStore } from "./checkpoint-store.ts";
import type { SavedFile } from "./checkpoint-store.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import type { AveragedWeights } from "../loop/averaging.ts";
import { DivergedError } from "../loop/divergence.ts";
import { readRequired } from "./files.ts";
import type { RunFiles } from "./files.ts";
import type { RunLease } from "./lease.ts";
import type { RunMetrics } from "./metrics.ts";
import type { RunProgress } from "./progress.ts";

const RETRY_MS = 60_000; // at most, after a checkpoint that could not be written

export interface ManagedRun {
  files: RunFiles;
  lease: RunLease;
  engine: TrainingEngine;
  metrics: RunMetrics;
  master: Omit<MasterModel, "weights">; // what the best weights become a model with
  intervalMs: number; // between two checkpoints
  onNotice: (notice: string) => void;
}

export class CheckpointManager {
  /** The average of the weights over the epochs that have ended, where there is one. */
  longAverage: AveragedWeights | null = null;
  readonly #run: ManagedRun;
  readonly #checkpoints: CheckpointStore;
  #best: Weights | undefined;
  #bestFile: SavedFile | undefined; // where those weights are, once they have been written
  #saved: string | undefined; // where the run was when it was last saved
  #dueAt: number;

  constructor(run: ManagedRun) {
    this.#run = run;
    this.#checkpoints = new CheckpointStore(run.files);
    this.#dueAt = performance.now() + run.intervalMs;
  }

  /** The weights of the best epoch; one must have ended. */
  get best(): Weights {
    return this.#best!;
  }

  set best(weights: Weights) {
    this.#best = weights;
    this.#bestFile = undefined;
  }

  /** Whether it is time for another checkpoint. */
  isDue(): boolean {
    return performance.now() >= this.#dueAt;
  }

  /**
   * Puts engine and best weights where the newest whole checkpoint has them; returns how far the run had come, or null where
   * it has no whole checkpoint.
   */
  async restore(): Promise<RunProgress | null> {
    const { files, engine, onNotice } = this.#run;
    const file = await this.#checkpoints.findNewest(onNotice);
    if (!file) {
      onNotice(`run "${files.address}" has no whole checkpoint and begins with its first step`);
      return null;
    }
    const { progress, longAverage } = restoreCheckpoint(file, engine);
    this.longAverage = longAverage;
    [this.#bestFile] = this.#checkpoints.last!.dependsOn;
    if (this.#bestFile) {
      this.#best = readMasterFile(await readRequired(files, this.#bestFile.name)).weights;
    }
    this.#saved = placeOf(progress);
    onNotice(
      `run "${files.address}" goes on after step ${progress.stepsDone}, in epoch ${progress.epoch + 1}`,
    );
    return progress;
  }

  /** Writes a checkpoint; throws only where the run is no longer this process's. */
  async save(progress: RunProgress): Promise<void> {
    const { lease, engine, metrics, intervalMs, onNotice } = this.#run;
    if (this.#saved === placeOf(progress)) return;
    await lease.check();
    let waitMs = intervalMs;
    try {
      if (this.#best) this.#bestFile ??= await this.#writeBest(this.#best, progress);
      await metrics.flush();
      const dependsOn = this.#bestFile ? [this.#bestFile] : [];
      const file = writeCheckpoint(progress, engine, this.longAverage);
      await this.#checkpoints.save(file, { step: progress.stepsDone, dependsOn });
      this.#saved = placeOf(progress);
    } catch (error) {
      waitMs = Math.min(intervalMs, RETRY_MS);
      const { message } = error as Error;
      onNotice(
        `no checkpoint could be written after step ${progress.stepsDone}: ${message}; ${this.#describeLast()}`,
      );
    }
    this.#dueAt = performance.now() + waitMs;
  }

  /** Adds to what ended the run where it can go on from, or what can be made of it. */
  explain(error: Error, { best }: RunProgress): Error {
    if (error === this.#run.lease.lost.reason) return error; // it goes on elsewhere
    const hasDiverged = error instanceof DivergedError; // and would again
    const rest = hasDiverged ? [] : [this.#describeLast()];
    if (best) rest.push(`--resume --finish makes a model of its best epoch so far, ${best.epoch}`);
    return new Error([error.message, ...rest].join("; "), { cause: error });
  }

  #describeLast(): string {
    const { last } = this.#checkpoints;
    if (!last) return "there is no checkpoint yet";
    const path = this.#run.files.addressOf(last.file.name);
    return `the last checkpoint, after step ${last.step}, is ${path}: --resume goes on from it`;
  }

  async #writeBest(weights: Weights, { best }: RunProgress): Promise<SavedFile> {
    const { epoch, validPerplexity } = best!;
    const { metadata, vocabulary } = this.#run.master;
    const metrics = { valid_perplexity: validPerplexity };
    const file = writeMasterFile({ metadata: { ...metadata, metrics }, vocabulary, weights });
    return this.#checkpoints.saveFile(`best-${String(epoch).padStart(5, "0")}.safetensors`, file);
  }
}

function placeOf({ epoch, step }: RunProgress): string {
  return `${epoch}:${step}`;
}
