// bench/kernels: the training kernels one by one, on one core, at the shapes of a preset. No threads, no waiting.
//
// B batch, T time steps, H hidden size, V vocabulary size.

import { compileTrainingModule, instantiateTrainingKernels } from "#kernels/training-kernels";
import { findPreset } from "#model/hyper-parameters";
import { fastestTile, measureTiles } from "#training/engines/wasm/calibration";
import { FIRST_BYTE, planMemory } from "#training/engines/wasm/plan";
import { planBackward, planForward, runChunk, type Product } from "#training/engines/wasm/products";
import type { BenchOptions } from "./run.ts";

const REPEATS = 5;
const PEAK_MS = 100;

export async function run({ preset, log }: BenchOptions): Promise<object> {
  const { model, training } = findPreset(preset);
  const plan = planMemory(model, training, 1);
  const pages = plan.bytes / 65_536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiateTrainingKernels(compileTrainingModule(), memory);
  const tiles = measureTiles(kernels, FIRST_BYTE, PEAK_MS);
  const { wide, gflops: peak } = fastestTile(tiles);

  const { U, V, training: sequence } = plan;
  const { tokens, batch, tokenStride, stateStride } = sequence;
  const floats = new Float32Array(memory.buffer);
  const numbers = new Float64Array(memory.buffer);
  const forward = planForward(plan, sequence);
  const backward = planBackward(plan);
  const layer = plan.layers[0]!;
  floats.fill(0.01, FIRST_BYTE / 4);

  // Each chunk's fastest of several passes: chunks are short enough to escape whatever else the machine does.
  const timeProduct = (product: Product) => {
    const best = new Float64Array(product.chunks).fill(Infinity);
    for (let repeat = 0; repeat <= REPEATS; repeat++) {
      for (let chunk = 0; chunk < product.chunks; chunk++) {
        const start = performance.now();
        runChunk(kernels, numbers, wide, product, chunk);
        best[chunk] = Math.min(best[chunk]!, performance.now() - start);
      }
    }
    const seconds = best.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1e3;
    const operations = 2 * product.rows * product.panels * 16 * product.K;
    return Number((operations / seconds / 1e9).toFixed(1));
  };
  const recurrent = (b: number, bStride: number, panels: number, K: number) => {
    const c = K === U ? sequence.gates[0]! : plan.inputGradient;
    const a = K === U ? sequence.h[0]! : sequence.gates[0]!;
    const aStride = K === U ? stateStride : tokenStride;
    const multiply = () =>
      kernels.gemm(c, tokenStride, a, aStride, b, bStride, batch, panels, K, true, wide);
    return Number(((2 * batch * panels * 16 * K) / fastest(multiply) / 1e9).toFixed(1));
  };
  const nanoseconds = (count: number, work: () => void) =>
    Number(((fastest(work) / count) * 1e9).toFixed(3));

  log(`${preset}: one core, ${tiles.map(({ name, gflops }) => `${name} ${gflops.toFixed(0)}`)}`);
  return {
    preset,
    tile_gflops: Object.fromEntries(tiles.map(({ name, gflops }) => [name, Math.round(gflops)])),
    tile_peak_gflops: Number(peak.toFixed(1)),
    gflops: {
      input: timeProduct(forward.inputs[0]!),
      recurrent_step: recurrent(layer.kernel + (U + 1) * 64, plan.kernelStride, plan.gatePanels, U),
      recurrent_step_back: recurrent(
        layer.recurrentTransposed,
        plan.transposedStride,
        plan.unitPanels,
        4 * U,
      ),
      logits: timeProduct(forward.logits),
      output_gradient: timeProduct(backward.output),
      softmax_gradient: timeProduct(backward.softmax),
      input_gradient: timeProduct(backward.layers[0]!.input),
      kernel_gradient: timeProduct(backward.layers[0]!.kernel[0]!),
    },
    ns_per_element: {
      gates: nanoseconds(tokens * U, () => {
        for (let t = 0; t < training.numSteps; t++) {
          const rows = t * batch * 64;
          const c = sequence.c[0]! + rows;
          kernels.lstmCellForward(
            sequence.gates[0]! + rows, tokenStride, c + batch * 64, c, sequence.h[0]! + rows,
            stateStride, 0, 0, 0, batch, 0, plan.gatePanels, model.forgetBias,
          ); // prettier-ignore
        }
      }),
      cross_entropy: nanoseconds(sequence.tokenPanels * 16 * V, () => {
        for (let panel = 0; panel < sequence.tokenPanels; panel++) {
          const logits = sequence.logits + panel * plan.vocabularyStride;
          floats.fill(0, plan.targets / 4, plan.targets / 4 + tokens);
          const count = Math.min(16, tokens - panel * 16);
          kernels.crossEntropy(
            logits, plan.losses, plan.targets, count, V, 1 / batch, plan.scratch[0]!,
          ); // prettier-ignore
        }
      }),
      dropout_mask: nanoseconds(tokens * plan.unitPanels * 16, () => {
        const mask = sequence.masks[0] ?? plan.inputGradient;
        kernels.fillMask(mask, tokenStride, tokens, 0, plan.unitPanels, 0.5, 1, 0, 0);
      }),
      update: nanoseconds((plan.inputPanels * plan.vocabularyStride) / 4, () => {
        const n = (plan.inputPanels * plan.vocabularyStride) / 4;
        kernels.updateWeights(plan.softmax, plan.softmaxGradient, n, 0.01);
      }),
    },
  };
}

// In seconds; others on the machine can only slow a run down.
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
