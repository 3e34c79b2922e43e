// bench/training-tensorflow: the tensorflow engine beside plain tfjs on the same device: words a second, operations a
// step, JavaScript's share of it, and what steps leave behind.
//
// B batch, T time steps, H hidden size.

import { availableParallelism } from "node:os";
import { findPreset } from "#model/presets";
import type { Preset } from "#model/presets";
import { TensorflowEngine } from "#training/engines/tensorflow";
import { loadTensorflow } from "#training/engines/tensorflow/library";
import { countOperations } from "./counted-library.ts";
import type { CountedLibrary } from "./counted-library.ts";
import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";
import { PlainTfjsStep } from "./plain-tfjs.ts";
import type { PlainTfjs } from "./plain-tfjs.ts";
import { round, seededIds, stepOperations } from "./training.ts";

const WARM_UP_STEPS = 2;
const ROUNDS = 15; // a step of each
const FEW_STEPS = 10;
const MANY_STEPS = 1_000;
const LEARNING_RATE = 0.01;
const TINY = { hiddenSize: 8, vocabularySize: 50 }; // the same operations, with next to nothing to do

export async function run({ preset: name, threads, log }: BenchOptions): Promise<object> {
  const workers = threads ?? availableParallelism();
  const found = loadTensorflow(workers);
  if (!found) throw new Error("install @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node first");
  const library = countOperations(found);
  const preset = findPreset(name);
  const tiny = { ...preset, model: { ...preset.model, ...TINY } };
  return {
    preset: name,
    engine: "tensorflow",
    threads: workers,
    device: library.hasGpu ? "gpu" : "cpu",
    tensorflow: library.binding.TF_Version,
    ...(await compareSpeeds(library, preset, { workers, log })),
    ...(await measureOverhead(library, tiny, workers)),
  };
}

/** The two take their steps in turns, so that whatever else the machine does slows both. */
async function compareSpeeds(
  library: CountedLibrary,
  preset: Preset,
  { workers, log }: { workers: number; log: (line: string) => void },
) {
  const { model, training } = preset;
  const engine = new TensorflowEngine(library, { model, training, threads: workers });
  log(engine.description);
  const weights = engine.readWeights();
  const plain = new PlainTfjsStep(library.tf as PlainTfjs, { model, training, weights });
  const batch = randomBatch(preset);
  const masks = allKept(preset);
  const [fusedMs, plainMs, javascriptMs]: number[][] = [[], [], []];
  let plainOperations = 0;
  for (let count = -WARM_UP_STEPS; count < ROUNDS; count++) {
    library.nativeMilliseconds = 0;
    const fused = await timeOf(() => engine.step(batch.inputs, batch.targets, LEARNING_RATE));
    const javascript = fused - library.nativeMilliseconds;
    const reading = await timeOf(() => engine.readLoss()); // a GPU is waited for here
    library.operations = 0;
    const slow = await timeOf(async () => void plain.step(batch, LEARNING_RATE, masks));
    plainOperations = library.operations;
    if (count < 0) continue;
    fusedMs!.push(fused + reading);
    plainMs!.push(slow);
    javascriptMs!.push(javascript);
  }
  await engine.close();
  plain.close();
  const wordsPerSecond = (ms: number) => round((batch.inputs.length / ms) * 1e3, 1);
  const [ours, theirs] = [percentile(fusedMs!, 0.5), percentile(plainMs!, 0.5)];
  return {
    words_per_second: wordsPerSecond(ours),
    plain_words_per_second: wordsPerSecond(theirs),
    times_plain: round(theirs / ours, 2),
    gflops: round(stepOperations(preset) / ours / 1e6, 1),
    javascript_ms: round(percentile(javascriptMs!, 0.5), 2), // of a step, outside TensorFlow
    plain_operations: plainOperations,
  };
}

/** What a step costs before any arithmetic, and what many steps leave behind. */
async function measureOverhead(library: CountedLibrary, preset: Preset, threads: number) {
  const engine = new TensorflowEngine(library, { ...preset, threads });
  const { inputs, targets } = randomBatch(preset);
  const alive = () => ({
    handles: library.binding.getNumOfTensors(),
    tensors: (library.tf as { memory(): { numTensors: number } }).memory().numTensors,
  });
  const milliseconds: number[] = [];
  let few;
  for (let count = 1; count <= MANY_STEPS; count++) {
    library.operations = 0;
    milliseconds.push(await timeOf(() => engine.step(inputs, targets, LEARNING_RATE)));
    if (count === FEW_STEPS) few = alive();
  }
  const many = alive();
  const { operations } = library; // of the last step
  await engine.close();
  return {
    operations,
    overhead_ms: round(percentile(milliseconds, 0.5), 2), // of a step of the same operations on a tiny model
    [`alive_after_${FEW_STEPS}_steps`]: few,
    [`alive_after_${MANY_STEPS}_steps`]: many,
  };
}

function randomBatch({ model, training }: Preset): { inputs: Int32Array; targets: Int32Array } {
  const random = seededIds(model.vocabularySize);
  const length = training.batchSize * training.numSteps; // T·B
  const draw = () => Int32Array.from({ length }, random);
  return { inputs: draw(), targets: draw() };
}

/** Dropout's work without its effect: what plain tfjs multiplies by costs the same. */
function allKept({ model, training }: Preset): Float32Array[] {
  if (training.keepProb === 1) return [];
  const { batchSize: B, numSteps: T } = training;
  const mask = () => new Float32Array(T * B * model.hiddenSize).fill(1);
  return Array.from({ length: model.layers + 1 }, mask);
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
