// training/engines/engine: the interface of a training engine, all that the training loop knows of one.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers.

import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import type { Weights } from "#model/tensors";

export interface LossReading {
  loss: number; // mean negative log-likelihood of a token since the last reading, in nats; estimated where words are sampled
  gradientNorm: number; // the last step's global norm, before clipping
}

/** What the next step depends on besides the weights, and the losses that the next reading will include. */
export interface TrainingState {
  carried: Float32Array; // [L, 2, B, H], c before h
  stepCount: number; // steps taken: the counter of the dropout masks and of the sampled words
  unreadLoss: { sum: number; count: number }; // since the last reading, in whatever the engine adds up
}

export interface TrainingEngine {
  readonly name: "wasm" | "tensorflow";
  /** One line for the head of a run, e.g. `2 threads, 6 × 16 tile at 98 GFLOP/s a core, 512 MB`. */
  readonly description: string;

  /**
   * One step of truncated back-propagation and SGD, from the carried state, which moves on.
   * @param inputs word ids [T, B], time-major
   * @param targets the word after each input [T, B]
   */
  step(inputs: Int32Array, targets: Int32Array, learningRate: number): Promise<void>;

  /** Loss and gradient norm of the steps since the last reading. On a GPU this waits for them: do not call it every step. */
  readLoss(): Promise<LossReading>;

  /** Zeroes the state that `step` carries from batch to batch. */
  resetTrainingState(): void;

  /**
   * Log-probabilities of the next word after each of `ids`, without dropout, at batch 1, from the state that `score`
   * itself carries from call to call. At most `scoreLength` ids a call.
   * @returns [ids.length, V] row-major, valid until the next call
   */
  score(ids: Int32Array): Promise<Float32Array>;
  readonly scoreLength: number;

  /** Zeroes the state that `score` carries. */
  resetScoringState(): void;

  /** A copy of all weights, under their names and in the layouts of the tensor table. */
  readWeights(): Weights;

  /**
   * Replaces all weights.
   * @throws when a tensor is missing or has the wrong size
   */
  loadWeights(weights: Weights): void;

  /**
   * Averages the weights from now on (Polyak & Juditsky 1992): the mean of the weights after each step. Training goes on
   * with the weights themselves, which `score` and `readWeights` also use: to use the average, load it.
   * @throws where `averaging` is off, as do the methods below
   */
  startAveraging(): void;

  /** How many steps' weights are in the average; 0 without one. */
  readonly averagedSteps: number;

  /** A copy of the average. */
  readAverage(): Weights;

  /** Continues an average that was read after so many steps. */
  loadAverage(average: Weights, averagedSteps: number): void;

  /** A copy of everything besides the weights and their average that the next step depends on. */
  readTrainingState(): TrainingState;

  /** Continues from a state of `readTrainingState`: with the same weights, bit for bit as if without a break. */
  loadTrainingState(state: TrainingState): void;

  /** Ends its threads and frees its memory. */
  close(): Promise<void>;
}

export interface EngineOptions {
  model: LanguageModelConfig;
  training: TrainingSettings;
  threads: number;
}
