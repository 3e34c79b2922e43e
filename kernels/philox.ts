// kernels/philox: Philox 4×32-10 (Salmon et al. 2011), random words from a counter and a key, and what training draws
// with it: dropout masks, as assembly/dropout does, and the initial weights.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { countElements, tensorTable, type Weights } from "#model/tensors";

type Four = [number, number, number, number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const TWO_32 = 2 ** 32;

// The second word of the key keeps the streams apart.
const MASK_STREAM = 0;
const WEIGHT_STREAM = 1;

/** Four random words, unsigned, for this counter and key. */
export function philox(counter: Readonly<Four>, key: readonly [number, number]): Four {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(c0, MULTIPLIER_0);
    const high1 = multiplyHigh(c2, MULTIPLIER_1);
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

// The upper half of the unsigned 64-bit product, from its four 32-bit parts.
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16); // below 2^32
  const rest = (middle & 0xffff) + a0 * b1; // below 2^32
  return (a1 * b1 + Math.floor(middle / 65_536) + Math.floor(rest / 65_536)) | 0;
}

/** What dropout multiplies a unit with: 1 / keep or 0. */
export function maskOf(
  seed: number,
  step: number,
  site: number, // 0 for the embedding, l + 1 for the output of layer l
  token: number, // t · B + b; b where dropout is locked
  unit: number,
  keep: number,
): number {
  const group = (unit >> 4) * 4 + (unit & 3);
  const words = philox([group, token, site, step], [seed, MASK_STREAM]);
  return words[(unit >> 2) & 3]! < Math.floor(Math.fround(keep) * TWO_32) ? 1 / keep : 0;
}

/** What weight-drop multiplies an element of a layer's recurrent matrix [H, 4H] with: 1 / keep or 0. */
export function recurrentMaskOf(
  seed: number,
  step: number,
  { layers, hiddenSize: H }: LanguageModelConfig,
  layer: number,
  row: number,
  column: number,
  keep: number,
): number {
  const gate = Math.floor(column / H);
  const unit = column % H;
  // the sites after dropout's; columns as the kernels lay gates out
  return maskOf(
    seed,
    step,
    layers + 1 + layer,
    row,
    (unit >> 2) * 16 + gate * 4 + (unit & 3),
    keep,
  );
}

/** Weights uniform in ±initScale, the same for every engine; the LSTM's biases begin at 0. */
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
    const words = philox([i / 4, 0, site, 0], [seed, WEIGHT_STREAM]);
    for (let lane = 0; lane < 4 && i + lane < tensor.length; lane++) {
      tensor[i + lane] = ((words[lane]! + 0.5) / TWO_32 - 0.5) * 2 * scale;
    }
  }
}
