// training/run/metrics: what is measured while a run goes on, as lines of metrics.jsonl and as TensorBoard's curves.

import type { Weights } from "#model/tensors";
import type { RunFiles } from "./files.ts";
import type { RunProgress } from "./progress.ts";
import type { Sample } from "../evaluation/generations.ts";
import { encodeFileStart, encodeHistograms, encodeScalars, nameEventFile } from "./tensorboard.ts";

/** The name of the file with a line for each measurement. */
export const LINES_NAME = "metrics.jsonl";

export interface StepMetrics {
  step: number; // of the whole run, from 1
  epoch: number; // from 1
  loss: number; // mean of a token since the last such line, nats
  gradientNorm: number; // before clipping
  learningRate: number;
  wordsPerSecond: number;
}

export interface EpochMetrics {
  step: number; // the epoch's last, of the whole run
  epoch: number;
  learningRate: number;
  trainPerplexity: number;
  validPerplexity: number;
  seconds: number;
}

export class RunMetrics {
  readonly #files: RunFiles;
  readonly #onNotice: (notice: string) => void;
  readonly #events = nameEventFile();
  #isFailing = false;

  /** @param onNotice hears that metrics cannot be written, which ends no run */
  constructor(files: RunFiles, onNotice: (notice: string) => void = () => {}) {
    this.#files = files;
    this.#onNotice = onNotice;
  }

  /** Begins the curves of a new run. */
  async begin(): Promise<void> {
    await this.#append(this.#events, encodeFileStart());
  }

  /** Goes on from there: what was measured later, before the run was interrupted, goes. */
  async resume({ stepsDone, epochs }: Pick<RunProgress, "stepsDone" | "epochs">): Promise<void> {
    const lines = new TextDecoder().decode((await this.#files.read(LINES_NAME)) ?? undefined);
    const kept = lines.split("\n").filter((line) => {
      const { step, epoch, isEpoch } = placeOf(line);
      return step <= stepsDone && (!isEpoch || epoch <= epochs.length);
    });
    await this.#files.write(LINES_NAME, kept.map((line) => line + "\n").join(""));
    await this.#append(this.#events, encodeFileStart(stepsDone + 1));
  }

  async logStep(metrics: StepMetrics): Promise<void> {
    const { step, epoch, loss, gradientNorm, learningRate, wordsPerSecond } = metrics;
    const curves = {
      loss,
      perplexity: Math.exp(loss),
      gradient_norm: gradientNorm,
      learning_rate: learningRate,
      words_per_second: wordsPerSecond,
    };
    await this.#appendLine({ step, epoch, ...curves });
    await this.#append(this.#events, encodeScalars(step, curves));
  }

  /** @param weights become histograms */
  async logEpoch(metrics: EpochMetrics, weights: Weights): Promise<void> {
    const { step, epoch, learningRate, trainPerplexity, validPerplexity, seconds } = metrics;
    const perplexities = { train_perplexity: trainPerplexity, valid_perplexity: validPerplexity };
    await this.#appendLine({ step, epoch, learning_rate: learningRate, ...perplexities, seconds });
    await this.#append(this.#events, encodeScalars(step, perplexities));
    await this.#append(this.#events, encodeHistograms(step, weights));
  }

  /** What the model would write after an epoch. */
  async logSamples(step: number, epoch: number, samples: Sample[]): Promise<void> {
    await this.#appendLine({ step, epoch, samples });
  }

  /** What the finished model is measured by. */
  async logTest(metrics: object): Promise<void> {
    await this.#appendLine({ test: metrics });
  }

  /** Makes sure that all of it can be read. */
  async flush(): Promise<void> {
    await this.#report(() => this.#files.flush());
  }

  async #appendLine(metrics: object): Promise<void> {
    await this.#append(LINES_NAME, JSON.stringify(metrics) + "\n");
  }

  async #append(name: string, data: Uint8Array | string): Promise<void> {
    await this.#report(() => this.#files.append(name, data));
  }

  // One notice for a disk that is full for an hour; the files keep what they could not write.
  async #report(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) {
        this.#onNotice(`metrics cannot be written for now: ${(error as Error).message}`);
      }
      this.#isFailing = true;
    }
  }
}

/** Where a line belongs; a line that was cut off, or that is of the finished model, comes after everything. */
function placeOf(line: string): { step: number; epoch: number; isEpoch: boolean } {
  try {
    const { step = Infinity, epoch = Infinity, ...measured } = JSON.parse(line);
    return { step, epoch, isEpoch: "valid_perplexity" in measured };
  } catch {
    return { step: Infinity, epoch: Infinity, isEpoch: false };
  }
}
