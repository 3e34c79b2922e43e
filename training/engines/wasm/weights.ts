// training/engines/wasm/weights: the model's tensors between the tensor table's layouts and the panels of layout.
//
// H hidden size, V vocabulary size, U units (H rounded up to 4), L layers. What lies past H in the panels stays 0.

import type { TrainingKernels } from "#kernels/training-kernels";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import { countElements, tensorOf, tensorTable } from "#model/tensors";
import type { Weights } from "#model/tensors";
import type { Layer, MemoryLayout } from "./layout.ts";

/**
 * Copies every tensor into `memory`.
 * @throws when one is missing or has the wrong size, before any is changed
 */
export function writeWeights(
  memory: Float32Array,
  layout: MemoryLayout,
  model: LanguageModelConfig,
  weights: Weights,
): void {
  const table = tensorTable(model).map((row) => ({ ...row, tensor: tensorOf(weights, row) }));
  for (const { name, tensor } of table) {
    let element = 0;
    visitTensor(layout, model, name, (at) => (memory[at] = tensor[element++]!));
  }
}

/** A copy of every tensor. */
export function copyWeights(
  memory: Float32Array,
  layout: MemoryLayout,
  model: LanguageModelConfig,
): Weights {
  const weights: Weights = new Map();
  for (const { name, shape } of tensorTable(model)) {
    const tensor = new Float32Array(countElements(shape));
    let element = 0;
    visitTensor(layout, model, name, (at) => (tensor[element++] = memory[at]!));
    weights.set(name, tensor);
  }
  return weights;
}

// Calls back for every element of a tensor in the table's order, with its index in the memory's floats.
function visitTensor(
  layout: MemoryLayout,
  { hiddenSize: H }: LanguageModelConfig,
  name: string,
  visit: (at: number) => void,
): void {
  const { V, U } = layout;
  if (name === "embedding") {
    for (let v = 0; v < V; v++) {
      for (let unit = 0; unit < H; unit++) visit(embeddingIndex(layout, v, unit));
    }
  } else if (name === "softmax.weight") {
    for (let unit = 0; unit < H; unit++) {
      for (let v = 0; v < V; v++) visit(softmaxIndex(layout, v, unit));
    }
  } else if (name === "softmax.bias") {
    for (let v = 0; v < V; v++) visit(softmaxIndex(layout, v, U));
  } else {
    const [, layer, part] = name.split(".");
    const { kernel } = layout.layers[Number(layer)]!;
    const visitRow = (row: number) => {
      for (let column = 0; column < 4 * H; column++) {
        visit(kernelIndex(layout, kernel, row, Math.floor(column / H), column % H));
      }
    };
    if (part === "bias") visitRow(U);
    else for (let row = 0; row < 2 * H; row++) visitRow(row < H ? row : row - H + U + 1);
  }
}

function embeddingIndex(layout: MemoryLayout, v: number, unit: number): number {
  const row = layout.embedding + v * layout.embeddingRow;
  return (row + (unit >> 4) * layout.embeddingPanel) / 4 + (unit & 15);
}

function softmaxIndex(layout: MemoryLayout, v: number, unit: number): number {
  return (layout.softmax + (unit >> 4) * layout.vocabularyStride) / 4 + v * 16 + (unit & 15);
}

function kernelIndex(
  layout: MemoryLayout,
  kernel: number,
  row: number,
  gate: number,
  unit: number,
): number {
  const panel = kernel + (unit >> 2) * layout.kernelStride;
  return panel / 4 + row * 16 + gate * 4 + (unit & 3);
}

/** Brings the transposed copies of all kernels up to date. */
export function transposeKernels(kernels: TrainingKernels, layout: MemoryLayout): void {
  for (const layer of layout.layers) {
    for (let panel = 0; panel < layout.gatePanels; panel++) {
      transposeKernelPanel(kernels, layout, layer, panel);
    }
  }
}

/** The same for one panel of a kernel's gate columns. */
export function transposeKernelPanel(
  kernels: TrainingKernels,
  layout: MemoryLayout,
  layer: Layer,
  panel: number,
): void {
  const { transposedStride, U } = layout;
  const input = layer.kernel + panel * layout.kernelStride;
  const recurrent = input + (U + 1) * 64;
  const to = panel * 1_024; // 16 gate columns are 16 rows of the transposed matrix
  kernels.transposeWeights(layer.inputTransposed + to, transposedStride, input, U);
  if (layout.weightDrop) return; // every step transposes its own masked copy
  kernels.transposeWeights(layer.recurrentTransposed + to, transposedStride, recurrent, U);
}
