// training/engines/wasm: the engine that trains on this machine's processor, in float32, with nothing native installed.
// Its threads and what they compute are in wasm/, the kernels in kernels/assembly.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers.

import { drawWeights } from "#kernels/initial-weights";
import { compileTrainingModule, instantiateTrainingKernels } from "#kernels/training-kernels";
import type { TrainingKernels } from "#kernels/training-kernels";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import type { Weights } from "#model/tensors";
import type { EngineOptions, LossReading, TrainingEngine, TrainingState } from "./engine.ts";
import { isSampled, WordSampler } from "./sampled-words.ts";
import { BatchWriter, checkIds } from "./wasm/batch.ts";
import { fastestMicroKernel, measureMicroKernels } from "./wasm/calibration.ts";
import type { MicroKernel } from "./wasm/calibration.ts";
import { CONTROL, PHASES, SHARED_SCALARS } from "./wasm/control.ts";
import type { Phase } from "./wasm/control.ts";
import type { MemoryLayout } from "./wasm/layout.ts";
import { FIRST_BYTE, planMemory, SCORE_LENGTH, withAverage } from "./wasm/plan.ts";
import { copyOutput, copyState, fillBiasColumns, writeState, zeroState } from "./wasm/state.ts";
import { copyWeights, transposeKernels, writeWeights } from "./wasm/weights.ts";
import { WorkerPool } from "./wasm/worker-pool.ts";

const CALIBRATION_MS = 8; // for each micro-kernel
const MAX_THREADS = 256;
const PAGE_BYTES = 65_536;
const MEBIBYTE = 2 ** 20;

/**
 * Lays out the memory, picks the faster micro-kernel and starts the threads.
 * @throws when the number of threads is out of range or the model does not fit the memory
 */
export async function createWasmEngine(options: EngineOptions): Promise<WasmEngine> {
  const { model, training, threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new Error(`threads must be an integer from 1 to ${MAX_THREADS}, got ${threads}`);
  }
  const layout = planMemory(model, training, threads);
  const memory = allocate(layout);
  const module = compileTrainingModule();
  const kernels = instantiateTrainingKernels(module, memory);
  const microKernel = fastestMicroKernel(measureMicroKernels(kernels, FIRST_BYTE, CALIBRATION_MS));
  const { wide } = microKernel;
  const pool = await WorkerPool.start({ module, memory, layout, wide, model, training });
  return new WasmEngine(options, { layout, memory, kernels, microKernel, pool });
}

function allocate({ bytes }: MemoryLayout): WebAssembly.Memory {
  const pages = bytes / PAGE_BYTES;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    const needed = Math.ceil(bytes / MEBIBYTE);
    throw new Error(`training needs ${needed} MiB of memory, which this machine does not give`, {
      cause: error,
    });
  }
}

/** What an engine is made of; `createWasmEngine` puts it together. */
interface EngineParts {
  layout: MemoryLayout;
  memory: WebAssembly.Memory;
  kernels: TrainingKernels;
  microKernel: MicroKernel;
  pool: WorkerPool;
}

/** The training engine on WebAssembly kernels and worker threads. The same bits for any number of threads. */
export class WasmEngine implements TrainingEngine {
  readonly name = "wasm";
  readonly description: string;
  readonly scoreLength = SCORE_LENGTH;
  readonly memoryBytes: number;
  readonly pool: WorkerPool;
  /** How many steps the engine has taken: the counter of the dropout masks and of the sampled words. */
  stepCount = 0;
  averagedSteps = 0;

  readonly #model: LanguageModelConfig;
  readonly #training: TrainingSettings;
  readonly #layout: MemoryLayout;
  readonly #kernels: TrainingKernels;
  readonly #floats: Float32Array;
  readonly #integers: Int32Array;
  readonly #batches: BatchWriter;
  #isAveraging = false;
  #lossSum = 0;
  #lossSteps = 0;
  #busy = false;

  constructor(
    { model, training, threads }: EngineOptions,
    { layout, memory, kernels, microKernel, pool }: EngineParts,
  ) {
    this.#model = model;
    this.#training = training;
    this.#layout = layout;
    this.#kernels = kernels;
    this.#floats = new Float32Array(memory.buffer);
    this.#integers = new Int32Array(memory.buffer);
    const sampler = isSampled(model, training) ? new WordSampler(model, training) : undefined;
    this.#batches = new BatchWriter(memory.buffer, layout, sampler);
    this.pool = pool;
    this.memoryBytes = layout.bytes;
    this.description = [
      `${threads} ${threads === 1 ? "thread" : "threads"}`,
      `${microKernel.name} tile at ${microKernel.gflops.toFixed(0)} GFLOP/s a core`,
      `${Math.ceil(layout.bytes / MEBIBYTE)} MB`,
    ].join(", ");
    fillBiasColumns(this.#floats, layout, layout.training);
    fillBiasColumns(this.#floats, layout, layout.scoring);
    this.loadWeights(drawWeights(model, training.initScale, training.seed));
  }

  async step(inputs: Int32Array, targets: Int32Array, learningRate: number): Promise<void> {
    const { control, scalars } = this.pool;
    const { columns, rows } = this.#batches.write(inputs, targets, this.stepCount);
    control[CONTROL.columns] = columns;
    control[CONTROL.rows] = rows;
    scalars[SHARED_SCALARS.learningRate] = learningRate;
    scalars[SHARED_SCALARS.clipNorm] = this.#training.clipNorm;
    scalars[SHARED_SCALARS.averageShare] = this.#isAveraging ? 1 / (this.averagedSteps + 1) : 0;
    control[CONTROL.dropoutStep] = this.stepCount;
    await this.#run("train");
    this.stepCount++;
    if (this.#isAveraging) this.averagedSteps++;
    this.#lossSum += scalars[SHARED_SCALARS.loss]!;
    this.#lossSteps++;
  }

  async readLoss(): Promise<LossReading> {
    const loss = this.#lossSum / this.#lossSteps;
    this.#lossSum = 0;
    this.#lossSteps = 0;
    return { loss, gradientNorm: this.pool.scalars[SHARED_SCALARS.gradientNorm]! };
  }

  async score(ids: Int32Array): Promise<Float32Array> {
    const { V, scoring, logProbabilities } = this.#layout;
    if (ids.length > SCORE_LENGTH) {
      throw new Error(`score takes at most ${SCORE_LENGTH} ids a call, got ${ids.length}`);
    }
    checkIds("ids", ids, ids.length, V);
    this.#integers.set(ids, scoring.ids / 4);
    this.pool.control[CONTROL.steps] = ids.length;
    if (ids.length > 0) await this.#run("score");
    const begin = logProbabilities / 4;
    return this.#floats.subarray(begin, begin + ids.length * V);
  }

  /** The last layer's output [H] after the id at `index` of the last `score`. */
  output(index: number): Float32Array {
    const output = new Float32Array(this.#model.hiddenSize);
    copyOutput(this.#floats, this.#layout.scoring, index, output);
    return output;
  }

  resetTrainingState(): void {
    zeroState(this.#floats, this.#layout, this.#layout.training);
  }

  resetScoringState(): void {
    zeroState(this.#floats, this.#layout, this.#layout.scoring);
  }

  readWeights(): Weights {
    return copyWeights(this.#floats, this.#layout, this.#model);
  }

  loadWeights(weights: Weights): void {
    writeWeights(this.#floats, this.#layout, this.#model, weights);
    transposeKernels(this.#kernels, this.#layout);
  }

  startAveraging(): void {
    this.loadAverage(this.readWeights(), 0);
  }

  readAverage(): Weights {
    return copyWeights(this.#floats, this.#averageLayout(), this.#model);
  }

  loadAverage(average: Weights, averagedSteps: number): void {
    writeWeights(this.#floats, this.#averageLayout(), this.#model, average);
    this.averagedSteps = averagedSteps;
    this.#isAveraging = true;
  }

  #averageLayout(): MemoryLayout {
    const { average } = this.#layout;
    if (!average) throw new Error("averaging is off, so there is no memory for an average");
    return withAverage(this.#layout, average);
  }

  /** A copy of the state that `step` carries, [L, 2, B, H], c before h. */
  readCarriedState(): Float32Array {
    return copyState(this.#floats, this.#layout.training, this.#model.hiddenSize);
  }

  /** @throws when the state has the wrong size */
  loadCarriedState(state: Float32Array): void {
    writeState(this.#floats, this.#layout.training, this.#model.hiddenSize, state);
  }

  readTrainingState(): TrainingState {
    const unreadLoss = { sum: this.#lossSum, count: this.#lossSteps };
    return { carried: this.readCarriedState(), stepCount: this.stepCount, unreadLoss };
  }

  loadTrainingState({ carried, stepCount, unreadLoss }: TrainingState): void {
    this.loadCarriedState(carried);
    this.stepCount = stepCount;
    this.#lossSum = unreadLoss.sum;
    this.#lossSteps = unreadLoss.count;
  }

  /** From now on the time of each step is recorded by phase. */
  startClocks(): void {
    this.pool.control[CONTROL.profiling] = 1;
    this.pool.scalars.fill(0, SHARED_SCALARS.clocks);
  }

  /** Milliseconds by phase since `startClocks`, the mean of the threads. */
  readClocks(): Record<Phase, number> {
    const { threads } = this.#layout;
    const clocks = this.pool.scalars.subarray(SHARED_SCALARS.clocks);
    const mean = (phase: number) => {
      let total = 0;
      for (let thread = 0; thread < threads; thread++) {
        total += clocks[thread * PHASES.length + phase]!;
      }
      return total / threads;
    };
    return Object.fromEntries(PHASES.map((phase, index) => [phase, mean(index)])) as Record<
      Phase,
      number
    >;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  // All commands work on the one memory: a second before the first has ended would corrupt both.
  async #run(kind: "train" | "score"): Promise<void> {
    if (this.#busy) throw new Error("the engine is busy; await its last step or score first");
    this.#busy = true;
    try {
      await this.pool.run(kind);
    } finally {
      this.#busy = false;
    }
  }
}
