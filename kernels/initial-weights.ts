// kernels/initial-weights: the weights that training starts from, the same for every engine and every machine.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { countElements, tensorTable } from "#model/tensors";
import type { Weights } from "#model/tensors";
import { philox, STREAMS } from "./philox.ts";

const TWO_32 = 2 ** 32;

/** Weights uniform in ±initScale; the LSTM's biases begin at 0. */
export function drawWeights(model: LanguageModelConfig, initScale: number, seed: number): Weights {
  const weights: Weights = new Map();
  tensorTable(model).forEach(({ name, shape }, site) => {
    const tensor = new Float32Array(countElements(shape));
    const isLayerBias = name.startsWith("lstm.") && name.endsWith(".bias");
    if (!isLayerBias) fillUniform(tensor, site, initScale, seed);
    weights.set(name, tensor);
  });
  return weights;
}

function fillUniform(tensor: Float32Array, site: number, scale: number, seed: number): void {
  for (let i = 0; i < tensor.length; i += 4) {
    const words = philox([i / 4, 0, site, 0], [seed, STREAMS.initialWeights]);
    for (let lane = 0; lane < 4 && i + lane < tensor.length; lane++) {
      tensor[i + lane] = ((words[lane]! + 0.5) / TWO_32 - 0.5) * 2 * scale;
    }
  }
}
