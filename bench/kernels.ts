// bench/kernels: the training kernels one by one, on one core, at the shapes of a preset. No threads, no waiting.
//
// B batch, T time steps, H hidden size, V vocabulary size, U units (H rounded up to 4).

import { compileTrainingModule, instantiateTrainingKernels } from "#kernels/training-kernels";
import type { TrainingKernels } from "#kernels/training-kernels";
import { findPreset } from "#model/presets";
import type { Preset } from "#model/presets";
import { fastestMicroKernel, measureMicroKernels } from "#training/engines/wasm/calibration";
import { runChunk } from "#training/engines/wasm/gemm-chunks";
import type { Product } from "#training/engines/wasm/gemm-chunks";
import type { MemoryLayout } from "#training/engines/wasm/layout";
import { FIRST_BYTE, planMemory } from "#training/engines/wasm/plan";
import { planBackward, planForward } from "#training/engines/wasm/products";
import type { BenchOptions } from "./options.ts";

const REPEATS = 5;
const PEAK_MS = 100;
const KEEP_PROB = 0.5;
const RATE = 0.01;

interface Bench {
  kernels: TrainingKernels;
  layout: MemoryLayout;
  memory: WebAssembly.Memory;
  wide: boolean;
}

export async function run({ preset: name, log }: BenchOptions): Promise<object> {
  const preset = findPreset(name);
  const layout = planMemory(preset.model, preset.training, 1);
  const pages = layout.bytes / 65_536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiateTrainingKernels(compileTrainingModule(), memory);
  const tiles = measureMicroKernels(kernels, FIRST_BYTE, PEAK_MS);
  const { wide, gflops: peak } = fastestMicroKernel(tiles);
  log(`${name}: one core, ${tiles.map((tile) => `${tile.name} ${tile.gflops.toFixed(0)}`)}`);
  new Float32Array(memory.buffer).fill(0.01, FIRST_BYTE / 4);
  const bench = { kernels, layout, memory, wide };
  return {
    preset: name,
    tile_gflops: Object.fromEntries(tiles.map((tile) => [tile.name, Math.round(tile.gflops)])),
    tile_peak_gflops: Number(peak.toFixed(1)),
    gflops: { ...measureProducts(bench), ...measureRecurrence(bench) },
    ns_per_element: { ...measureCells(bench, preset), ...measureWeights(bench) },
  };
}

function measureProducts({ kernels, layout, memory, wide }: Bench) {
  const columns = layout.sampling?.columns ?? layout.V;
  const forward = planForward(layout, layout.training, columns);
  const backward = planBackward(layout, columns);
  const numbers = new Float64Array(memory.buffer);
  // each chunk's fastest of several passes: a chunk is short enough to escape what else the machine does
  const gflops = (product: Product) => {
    let seconds = 0;
    for (let chunk = 0; chunk < product.chunks; chunk++) {
      seconds += fastest(() => runChunk(kernels, numbers, wide, product, chunk));
    }
    return gflopsOf(product.rows * product.panels * 16 * product.K, seconds);
  };
  return {
    input: gflops(forward.inputs[0]!),
    logits: gflops(forward.logits),
    output_gradient: gflops(backward.output),
    softmax_gradient: gflops(backward.softmax),
    input_gradient: gflops(backward.layers[0]!.input),
    kernel_gradient: gflops(backward.layers[0]!.kernel[0]!),
  };
}

/** The products of one time step, forward and backward. */
function measureRecurrence({ kernels, layout, wide }: Bench) {
  const { U, kernelStride, transposedStride, gatePanels, unitPanels, inputGradient } = layout;
  const { batch, tokenStride, stateStride, gates, h } = layout.training;
  const [layer] = layout.layers;
  const weights = layer!.kernel + (U + 1) * 64;
  const forward = () =>
    kernels.gemm(
      gates[0]!, tokenStride, h[0]!, stateStride, weights, kernelStride,
      batch, gatePanels, U, true, wide,
    ); // prettier-ignore
  const backward = () =>
    kernels.gemm(
      inputGradient, tokenStride, gates[0]!, tokenStride, layer!.recurrentTransposed,
      transposedStride, batch, unitPanels, 4 * U, true, wide,
    ); // prettier-ignore
  return {
    recurrent_step: gflopsOf(batch * gatePanels * 16 * U, fastest(forward)),
    recurrent_step_back: gflopsOf(batch * unitPanels * 16 * 4 * U, fastest(backward)),
  };
}

function measureCells({ kernels, layout, memory }: Bench, { model, training }: Preset) {
  const { V, U, gatePanels, vocabularyStride, losses, targets, scratch } = layout;
  const { tokens, tokenPanels, batch, tokenStride, stateStride, ...step } = layout.training;
  const cells = () => {
    for (let t = 0; t < training.numSteps; t++) {
      const rows = t * batch * 64;
      const c = step.c[0]! + rows;
      kernels.lstmCellForward(
        step.gates[0]! + rows, tokenStride, c + batch * 64, c, step.h[0]! + rows, stateStride,
        0, 0, 0, batch, 0, gatePanels, model.forgetBias,
      ); // prettier-ignore
    }
  };
  new Int32Array(memory.buffer).fill(0, targets / 4, targets / 4 + tokens);
  const crossEntropy = () => {
    for (let panel = 0; panel < tokenPanels; panel++) {
      const count = Math.min(16, tokens - panel * 16);
      const logits = step.logits + panel * vocabularyStride;
      kernels.crossEntropy(logits, losses, targets, count, V, 1 / batch, scratch[0]!);
    }
  };
  return {
    gates: nanoseconds(tokens * U, cells),
    cross_entropy: nanoseconds(tokenPanels * 16 * V, crossEntropy),
  };
}

function measureWeights({ kernels, layout }: Bench) {
  const { softmax, softmaxGradient, inputPanels, unitPanels, vocabularyStride } = layout;
  const { masks, tokens, tokenStride } = layout.training;
  const mask = masks[0] ?? layout.inputGradient;
  const n = (inputPanels * vocabularyStride) / 4;
  return {
    dropout_mask: nanoseconds(tokens * unitPanels * 16, () =>
      kernels.fillMask(mask, tokenStride, tokens, 0, unitPanels, KEEP_PROB, 1, 0, 0),
    ),
    update: nanoseconds(n, () => kernels.updateWeights(softmax, softmaxGradient, n, RATE)),
  };
}

function gflopsOf(multiplyAdds: number, seconds: number): number {
  return Number(((2 * multiplyAdds) / seconds / 1e9).toFixed(1));
}

function nanoseconds(elements: number, work: () => void): number {
  return Number(((fastest(work) / elements) * 1e9).toFixed(3));
}

// In seconds; other processes can only make a run slower.
function fastest(work: () => void): number {
  work(); // compiles
  let best = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1e3;
}
