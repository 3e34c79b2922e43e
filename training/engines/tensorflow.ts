// training/engines/tensorflow: the engine for a GPU: TensorFlow through tfjs-node, a few dozen fused operations a step.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers.

import { setImmediate as nextTurn } from "node:timers/promises";
import { drawWeights } from "#kernels/initial-weights";
import type { Weights } from "#model/tensors";
import type { EngineOptions, LossReading, TrainingEngine, TrainingState } from "./engine.ts";
import { isSampled } from "./sampled-words.ts";
import { Average } from "./tensorflow/average.ts";
import { BatchUploader } from "./tensorflow/device-batch.ts";
import { MaskDrawer } from "./tensorflow/dropout-masks.ts";
import type { MaskSources } from "./tensorflow/dropout-masks.ts";
import { Gradient } from "./tensorflow/gradient.ts";
import { loadTensorflow } from "./tensorflow/library.ts";
import type { Handle, TensorflowLibrary } from "./tensorflow/library.ts";
import { LossSum } from "./tensorflow/loss-sum.ts";
import { Network } from "./tensorflow/network.ts";
import type { LayerState } from "./tensorflow/network.ts";
import { Operations } from "./tensorflow/operations.ts";
import { Softmax } from "./tensorflow/softmax.ts";
import { Update } from "./tensorflow/update.ts";
import { Variables } from "./tensorflow/variables.ts";

const SCORE_LENGTH = 128;
const NO_MASKS = { dropout: [], recurrent: [] };

/**
 * An engine on TensorFlow's GPU, or on its CPU device where it has none.
 * @param masks masks from elsewhere in place of TensorFlow's, to compare engines
 * @throws when neither tfjs-node package is installed
 */
export async function createTensorflowEngine(
  options: EngineOptions,
  masks: MaskSources = {},
): Promise<TensorflowEngine> {
  const library = loadTensorflow(options.threads);
  if (!library) {
    throw new Error(
      "the tensorflow engine needs the package @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node; " +
        "npm install --no-save one of them, or take --engine wasm",
    );
  }
  return new TensorflowEngine(library, options, masks);
}

/** The training engine on TensorFlow's fused operations. */
export class TensorflowEngine implements TrainingEngine {
  readonly name = "tensorflow";
  readonly description: string;
  readonly scoreLength = SCORE_LENGTH;
  /** How many steps the engine has taken: the counter of the dropout masks and the samples. */
  stepCount = 0;
  averagedSteps = 0;
  readonly #shape: { T: number; B: number; H: number; L: number };
  readonly #operations: Operations;
  readonly #variables: Variables;
  readonly #batches: BatchUploader;
  readonly #network: Network;
  readonly #softmax: Softmax;
  readonly #masks: MaskDrawer;
  readonly #gradient: Gradient;
  readonly #update: Update;
  readonly #loss: LossSum;
  readonly #average: Average | undefined; // where the settings want none
  #isAveraging = false;
  #trainingStates: LayerState[] = [];
  #scoringStates: LayerState[] = [];
  #norm: Handle | undefined; // of the last step's gradient

  constructor(
    library: TensorflowLibrary,
    { model, training, threads }: EngineOptions,
    masks: MaskSources = {},
  ) {
    const { numSteps: T, batchSize: B, clipNorm, seed } = training;
    const { hiddenSize: H, layers: L } = model;
    const operations = new Operations(library.binding);
    this.description = describe(library, threads);
    this.#shape = { T, B, H, L };
    this.#operations = operations;
    this.#variables = new Variables(operations, model);
    this.#batches = new BatchUploader(operations, { model, training });
    this.#network = new Network(operations, model, {
      variables: this.#variables,
      holdsEmbedding: model.tied && !isSampled(model, training),
    });
    this.#softmax = new Softmax(operations, model, this.#variables);
    this.#masks = new MaskDrawer(operations, { model, training }, masks);
    this.#gradient = new Gradient(operations, model, { T, B, softmax: this.#softmax });
    this.#update = new Update(operations, this.#variables, { clipNorm, B });
    this.#loss = new LossSum(operations);
    this.#average = training.averaging
      ? new Average(operations, model, this.#variables)
      : undefined;
    this.resetTrainingState();
    this.resetScoringState();
    this.loadWeights(drawWeights(model, training.initScale, seed));
  }

  async step(inputs: Int32Array, targets: Int32Array, learningRate: number): Promise<void> {
    const operations = this.#operations;
    const { T, B } = this.#shape;
    const { states, norm } = operations.scope(() => {
      const batch = this.#batches.upload(inputs, targets, this.stepCount);
      const rate = this.#update.uploadRate(learningRate);
      const share = this.#isAveraging ? operations.scalar(1 / (this.averagedSteps + 1)) : undefined;
      const masks = this.#masks.draw(this.stepCount);
      const pass = this.#network.forward(batch.inputs, this.#shape, this.#trainingStates, masks);
      const states = this.#network.lastStates(pass);
      const gradients = this.#gradient.backward(pass, { batch, masks });
      this.#loss.add(gradients.losses, T * B);
      pass.values.free();
      const norm = operations.keep(this.#update.apply(gradients, rate));
      if (share !== undefined) this.#average!.add(share);
      return { states, norm };
    });
    this.#trainingStates = this.#replaceStates(this.#trainingStates, states);
    if (this.#norm !== undefined) operations.delete(this.#norm);
    this.#norm = norm;
    this.stepCount++;
    if (this.#isAveraging) this.averagedSteps++;
    await nextTurn(); // operations block the event loop: without this no signal would be handled
  }

  async readLoss(): Promise<LossReading> {
    if (this.#norm === undefined) throw new Error("no step has been taken; call step first");
    return { loss: this.#loss.take(), gradientNorm: this.#update.readNorm(this.#norm) };
  }

  resetTrainingState(): void {
    const zeros = this.#network.initialStates(this.#shape.B);
    this.#trainingStates = this.#replaceStates(this.#trainingStates, zeros);
  }

  async score(ids: Int32Array): Promise<Float32Array> {
    const operations = this.#operations;
    const shape = { T: ids.length, B: 1 };
    const { states, scores } = operations.scope(() => {
      const inputs = operations.ids([shape.T, 1], ids);
      const pass = this.#network.forward(inputs, shape, this.#scoringStates, NO_MASKS);
      const states = this.#network.lastStates(pass);
      const logits = this.#softmax.logits(pass);
      return { states, scores: operations.read(operations.run("LogSoftmax", [logits])) };
    });
    this.#scoringStates = this.#replaceStates(this.#scoringStates, states);
    await nextTurn();
    return scores;
  }

  resetScoringState(): void {
    this.#scoringStates = this.#replaceStates(this.#scoringStates, this.#network.initialStates(1));
  }

  readWeights(): Weights {
    return this.#variables.readAll();
  }

  loadWeights(weights: Weights): void {
    this.#variables.load(weights);
  }

  startAveraging(): void {
    this.loadAverage(this.readWeights(), 0);
  }

  readAverage(): Weights {
    return this.#requireAverage().read();
  }

  loadAverage(average: Weights, averagedSteps: number): void {
    this.#requireAverage().load(average);
    this.averagedSteps = averagedSteps;
    this.#isAveraging = true;
  }

  #requireAverage(): Average {
    if (!this.#average) throw new Error("averaging is off, so there is no memory for an average");
    return this.#average;
  }

  /** A copy of the state that `step` carries, [L, 2, B, H], c before h. */
  readCarriedState(): Float32Array {
    const { B, H } = this.#shape;
    const tensors = this.#trainingStates.flat();
    const state = new Float32Array(tensors.length * B * H);
    tensors.forEach((tensor, index) => state.set(this.#operations.read(tensor), index * B * H));
    return state;
  }

  loadCarriedState(state: Float32Array): void {
    const { B, H, L } = this.#shape;
    if (state.length !== L * 2 * B * H) {
      throw new Error(`carried state has ${state.length} numbers; expected ${L * 2 * B * H}`);
    }
    const tensor = (index: number) =>
      this.#operations.floats([B, H], state.slice(index * B * H, (index + 1) * B * H));
    const states = Array.from({ length: L }, (_, layer): LayerState => [
      tensor(2 * layer),
      tensor(2 * layer + 1),
    ]);
    this.#trainingStates = this.#replaceStates(this.#trainingStates, states);
  }

  readTrainingState(): TrainingState {
    const { stepCount } = this;
    return { carried: this.readCarriedState(), stepCount, unreadLoss: this.#loss.read() };
  }

  loadTrainingState({ carried, stepCount, unreadLoss }: TrainingState): void {
    this.loadCarriedState(carried);
    this.stepCount = stepCount;
    this.#loss.load(unreadLoss);
  }

  async close(): Promise<void> {
    this.#replaceStates([...this.#trainingStates, ...this.#scoringStates], []);
    if (this.#norm !== undefined) this.#operations.delete(this.#norm);
    this.#loss.close();
    this.#gradient.close();
    this.#network.close();
    this.#average?.close();
    this.#variables.close();
    this.#operations.close();
  }

  #replaceStates(old: LayerState[], states: LayerState[]): LayerState[] {
    this.#operations.delete(...old.flat());
    return states;
  }
}

function describe({ packageName, binding, hasGpu }: TensorflowLibrary, threads: number): string {
  const device = hasGpu ? "its GPU" : `${threads} threads`;
  return `TensorFlow ${binding.TF_Version} on ${device}, through ${packageName}`;
}
