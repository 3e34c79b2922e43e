// training/run-metrics: what is measured while a run goes on, as lines of metrics.jsonl and as TensorBoard's curves.

import type { Weights } from "#model/tensors";
import type { RunFolder } from "./run-folder.ts";
import { TensorboardWriter } from "./tensorboard.ts";

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
  readonly #folder: RunFolder;
  readonly #tensorboard: TensorboardWriter;

  constructor(folder: RunFolder) {
    this.#folder = folder;
    this.#tensorboard = new TensorboardWriter(folder.path);
  }

  logStep({ step, epoch, loss, gradientNorm, learningRate, wordsPerSecond }: StepMetrics): void {
    const metrics = {
      loss,
      perplexity: Math.exp(loss),
      gradient_norm: gradientNorm,
      learning_rate: learningRate,
      words_per_second: wordsPerSecond,
    };
    this.#folder.logMetrics({ step, epoch, ...metrics });
    this.#tensorboard.writeScalars(step, metrics);
  }

  /** @param weights become histograms */
  logEpoch(metrics: EpochMetrics, weights: Weights): void {
    const { step, epoch, learningRate, trainPerplexity, validPerplexity, seconds } = metrics;
    const perplexities = { train_perplexity: trainPerplexity, valid_perplexity: validPerplexity };
    this.#folder.logMetrics({ step, epoch, learning_rate: learningRate, ...perplexities, seconds });
    this.#tensorboard.writeScalars(step, perplexities);
    this.#tensorboard.writeHistograms(step, weights);
  }
}
