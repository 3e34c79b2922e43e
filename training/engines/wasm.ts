// training/engines/wasm: the engine that trains on this machine's processor, in float32, with nothing native installed.
// Its threads and what they compute are in wasm/, the kernels in kernels/assembly.
//
// B batch, T time steps, H hidden size, V vocabulary size, L layers.

import { drawWeights } from "#kernels/philox";
import {
  compileTrainingModule,
  instantiateTrainingKernels,
  type TrainingKernels,
} from "#kernels/training-kernels";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import type { Weights } from "#model/tensors";
import type { EngineOptions, LossReading, TrainingEngine, TrainingState } from "./engine.ts";
import { fastestTile, measureTiles, type Tile } from "./wasm/calibration.ts";
import { WorkerPool } from "./wasm/crew.ts";
import { FIRST_BYTE, ofAverage, planMemory, SCORE_LENGTH, type Plan } from "./wasm/plan.ts";
import { copyOutput, copyState, fillBiasColumns, writeState, zeroState } from "./wasm/state.ts";
import { CONTROL, SHARED_SCALARS, PHASES, type Part } from "./wasm/team.ts";
import { copyWeights, transposeKernels, writeWeights } from "./wasm/weights.ts";

const CALIBRATION_MS = 8; // for each tile
const PAGE_BYTES = 65_536;
const MEBIBYTE = 2 ** 20;

export async function createWasmEngine({
  model,
  training,
  threads,
}: EngineOptions): Promise<WasmEngine> {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new Error(`threads must be a whole number from 1 to 256, got ${threads}`);
  }
  const plan = planMemory(model, training, threads);
  const memory = allocate(plan);
  const module = compileTrainingModule();
  const kernels = instantiateTrainingKernels(module, memory);
  const tile = fastestTile(measureTiles(kernels, FIRST_BYTE, CALIBRATION_MS));
  const { forgetBias } = model;
  const { keepProb, lockedDropout, recurrentKeepProb, seed } = training;
  const dropout = { keepProb, lockedDropout, recurrentKeepProb, seed };
  const settings = { wide: tile.wide, forgetBias, ...dropout };
  const crew = await WorkerPool.start(threads, { module, memory, plan, settings });
  return new WasmEngine(model, training, plan, memory, kernels, crew, tile);
}

function allocate({ bytes }: Plan): WebAssembly.Memory {
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

export class WasmEngine implements TrainingEngine {
  readonly name = "wasm";
  readonly description: string;
  readonly scoreLength = SCORE_LENGTH;
  /** The fastest tile of this machine, and how fast it is on one core. */
  readonly tile: Tile;
  readonly memoryBytes: number;
  /** How many steps the engine has taken: the counter of the dropout masks. */
  stepCount = 0;
  averagedSteps = 0;
  readonly crew: WorkerPool;

  private readonly model: LanguageModelConfig;
  private readonly settings: TrainingSettings;
  private readonly plan: Plan;
  private readonly kernels: TrainingKernels;
  private readonly floats: Float32Array;
  private readonly integers: Int32Array;
  private readonly firstToken: Int32Array; // [V], where an id occurs first in the batch, −1 between steps
  private isAveraging = false;
  private lossSum = 0;
  private lossSteps = 0;
  private busy = false;

  constructor(
    model: LanguageModelConfig,
    settings: TrainingSettings,
    plan: Plan,
    memory: WebAssembly.Memory,
    kernels: TrainingKernels,
    crew: WorkerPool,
    tile: Tile,
  ) {
    this.model = model;
    this.settings = settings;
    this.plan = plan;
    this.kernels = kernels;
    this.crew = crew;
    this.tile = tile;
    this.floats = new Float32Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
    this.firstToken = new Int32Array(plan.V).fill(-1);
    this.memoryBytes = plan.bytes;
    const threads = crew.workers.length;
    this.description = [
      `${threads} ${threads === 1 ? "thread" : "threads"}`,
      `${tile.name} tile at ${tile.gflops.toFixed(0)} GFLOP/s a core`,
      `${Math.ceil(plan.bytes / MEBIBYTE)} MB`,
    ].join(", ");
    fillBiasColumns(this.floats, plan, plan.training);
    fillBiasColumns(this.floats, plan, plan.scoring);
    this.loadWeights(drawWeights(model, settings.initScale, settings.seed));
  }

  async step(inputs: Int32Array, targets: Int32Array, learningRate: number): Promise<void> {
    const { plan, crew } = this;
    const { tokens } = plan.training;
    checkIds("inputs", inputs, tokens, plan.V);
    checkIds("targets", targets, tokens, plan.V);
    this.integers.set(inputs, plan.training.ids / 4);
    this.integers.set(targets, plan.targets / 4);
    this.linkDuplicates(inputs);
    crew.figures[SHARED_SCALARS.learningRate] = learningRate;
    crew.figures[SHARED_SCALARS.clipNorm] = this.settings.clipNorm;
    crew.figures[SHARED_SCALARS.averageShare] = this.isAveraging ? 1 / (this.averagedSteps + 1) : 0;
    crew.control[CONTROL.dropoutStep] = this.stepCount;
    await this.run("train");
    this.stepCount++;
    if (this.isAveraging) this.averagedSteps++;
    this.lossSum += crew.figures[SHARED_SCALARS.loss]!;
    this.lossSteps++;
  }

  async readLoss(): Promise<LossReading> {
    const loss = this.lossSum / this.lossSteps;
    this.lossSum = 0;
    this.lossSteps = 0;
    return { loss, gradientNorm: this.crew.figures[SHARED_SCALARS.gradientNorm]! };
  }

  async score(ids: Int32Array): Promise<Float32Array> {
    const { plan, crew } = this;
    if (ids.length > SCORE_LENGTH) {
      throw new Error(`score takes at most ${SCORE_LENGTH} ids a call, got ${ids.length}`);
    }
    checkIds("ids", ids, ids.length, plan.V);
    this.integers.set(ids, plan.scoring.ids / 4);
    crew.control[CONTROL.steps] = ids.length;
    if (ids.length > 0) await this.run("score");
    const begin = plan.logProbabilities / 4;
    return this.floats.subarray(begin, begin + ids.length * plan.V);
  }

  /** The last layer's output [H] behind row `index` of the last `score`. */
  output(index: number): Float32Array {
    const output = new Float32Array(this.model.hiddenSize);
    copyOutput(this.floats, this.plan.scoring, index, output);
    return output;
  }

  resetTrainingState(): void {
    zeroState(this.floats, this.plan, this.plan.training);
  }

  resetScoringState(): void {
    zeroState(this.floats, this.plan, this.plan.scoring);
  }

  readWeights(): Weights {
    return copyWeights(this.floats, this.plan, this.model);
  }

  loadWeights(weights: Weights): void {
    writeWeights(this.floats, this.plan, this.model, weights);
    transposeKernels(this.kernels, this.plan);
  }

  startAveraging(): void {
    this.loadAverage(this.readWeights(), 0);
  }

  readAverage(): Weights {
    return copyWeights(this.floats, this.averagePlan(), this.model);
  }

  loadAverage(average: Weights, averagedSteps: number): void {
    writeWeights(this.floats, this.averagePlan(), this.model, average);
    this.averagedSteps = averagedSteps;
    this.isAveraging = true;
  }

  private averagePlan(): Plan {
    const { average } = this.plan;
    if (!average) throw new Error("averageAfter is 0, so there is no memory for an average");
    return ofAverage(this.plan, average);
  }

  /** A copy of the state that `step` carries, [L, 2, B, H], c before h. */
  readCarriedState(): Float32Array {
    return copyState(this.floats, this.plan.training, this.model.hiddenSize);
  }

  loadCarriedState(state: Float32Array): void {
    writeState(this.floats, this.plan.training, this.model.hiddenSize, state);
  }

  readTrainingState(): TrainingState {
    const { stepCount, lossSum: sum, lossSteps: count } = this;
    return { carried: this.readCarriedState(), stepCount, unreadLoss: { sum, count } };
  }

  loadTrainingState({ carried, stepCount, unreadLoss }: TrainingState): void {
    this.loadCarriedState(carried);
    this.stepCount = stepCount;
    this.lossSum = unreadLoss.sum;
    this.lossSteps = unreadLoss.count;
  }

  /** From now on each step's time is kept by part. */
  startClocks(): void {
    this.crew.control[CONTROL.profiling] = 1;
    this.crew.figures.fill(0, SHARED_SCALARS.clocks);
  }

  /** Milliseconds by part since `startClocks`, the mean of the threads. */
  readClocks(): Record<Part, number> {
    const threads = this.crew.workers.length;
    const clocks = this.crew.figures.subarray(SHARED_SCALARS.clocks);
    return Object.fromEntries(
      PHASES.map((part, index) => {
        let total = 0;
        for (let thread = 0; thread < threads; thread++) {
          total += clocks[thread * PHASES.length + index]!;
        }
        return [part, total / threads];
      }),
    ) as Record<Part, number>;
  }

  async close(): Promise<void> {
    await this.crew.close();
  }

  // The memory is one: a second command before the first has ended would tear both.
  private async run(kind: "train" | "score"): Promise<void> {
    if (this.busy) throw new Error("the engine is busy; await its last step or score first");
    this.busy = true;
    try {
      await this.crew.run(kind);
    } finally {
      this.busy = false;
    }
  }

  // Lists, for each id of the batch, the tokens that have it, so that their gradients can be added up in order.
  private linkDuplicates(ids: Int32Array): void {
    const { integers, firstToken } = this;
    const leads = this.plan.leads / 4;
    const next = this.plan.next / 4;
    for (let token = ids.length - 1; token >= 0; token--) {
      const id = ids[token]!;
      const later = firstToken[id]!;
      if (later >= 0) integers[leads + later] = 0;
      integers[next + token] = later;
      integers[leads + token] = 1;
      firstToken[id] = token;
    }
    for (const id of ids) firstToken[id] = -1;
  }
}

function checkIds(name: string, ids: Int32Array, expected: number, V: number): void {
  if (ids.length !== expected) {
    throw new Error(`${name} has ${ids.length} ids; expected ${expected}`);
  }
  for (const id of ids) {
    if (id < 0 || id >= V) throw new Error(`${name} holds id ${id}; ids are 0 to ${V - 1}`);
  }
}
