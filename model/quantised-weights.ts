// model/quantised-weights: the weights of a master file as the int8 tensors of an edge file.
//
// H, V and what edge files are made of as in model/edge-tensors.

import { bandsOfFile, edgeSizes, PADDING_BIAS } from "./edge-tensors.ts";
import type { MasterModel } from "./master-file.ts";
import { interleaveRows, quantiseRows, zeroPointCorrections } from "./quantisation.ts";
import type { Int8Rows } from "./quantisation.ts";
import { tensorOf, tensorTable } from "./tensors.ts";

/**
 * Every tensor of model/edge-tensors by its name.
 * @throws Error where a weight is not finite
 * @example
 * quantiseWeights(master).get("softmax.bias"); // [W]
 */
export function quantiseWeights(master: MasterModel): Map<string, ArrayBufferView> {
  const { config } = master.metadata;
  const { hiddenSize: H, vocabularySize: V, layers, tied, forgetBias } = config;
  const { K, P, W, C } = edgeSizes(master.metadata);
  const weights = finiteWeights(master);
  const tensors = new Map<string, ArrayBufferView>();
  const put = (name: string, rows: Int8Rows) => {
    const width = rows.weight.length / rows.scale.length;
    tensors.set(`${name}.weight`, interleaveRows(rows.weight, width));
    tensors.set(`${name}.scale`, rows.scale).set(`${name}.offset`, zeroPointCorrections(rows));
  };
  /** What the gates make of an input of M numbers, by a kernel [M, 4H]. */
  const putGates = (name: string, kernel: Float32Array, { M, width }: { M: number; width: number }) => // prettier-ignore
    put(name, quantiseRows(4 * P, width, (row, k) => {
      const [gate, unit] = [Math.floor(row / P), row % P];
      return unit < H && k < M ? kernel[k * 4 * H + gate * H + unit]! : 0;
    })); // prettier-ignore

  for (let layer = 0; layer < layers; layer++) {
    const kernel = weights(`lstm.${layer}.kernel`); // [2H, 4H], the input's rows first
    putGates(`lstm.${layer}.input`, kernel, { M: H, width: K });
    putGates(`lstm.${layer}.recurrent`, kernel.subarray(H * 4 * H), { M: H, width: K });
    const bias = new Float32Array(4 * P);
    for (let gate = 0; gate < 4; gate++) {
      bias.set(weights(`lstm.${layer}.bias`).subarray(gate * H, (gate + 1) * H), gate * P);
    }
    for (let unit = 0; unit < H; unit++) bias[2 * P + unit]! += forgetBias;
    tensors.set(`lstm.${layer}.bias`, bias);
  }

  const embedding = weights("embedding"); // [V, H]
  const head = quantiseRows(C, K, (row, k) => row < V && k < H ? embedding[row * H + k]! : 0); // prettier-ignore
  const all = { scale: new Float32Array(W), offset: new Int32Array(W) };
  const putWords = (name: string, rows: Int8Rows, begin: number) => {
    put(name, rows);
    all.scale.set(rows.scale, begin);
    all.offset.set(zeroPointCorrections(rows), begin);
  };
  putWords("embedding", head, 0);
  bandsOfFile(master.metadata).forEach(({ begin, end, rank: R }, index) => {
    const { down, up } = master.bands![index]!;
    const n = Math.min(end, V) - begin;
    const reduced = multiply(embedding.subarray(begin * H), down, { n, m: H, p: R }); // [n, R]
    const rows = quantiseRows(end - begin, R, (row, k) => (row < n ? reduced[row * R + k]! : 0));
    putWords(`embedding.band.${index}`, rows, begin);
    const projection = quantiseRows(R, K, (row, k) => (k < H ? up[row * H + k]! : 0));
    put(`embedding.projection.${index}`, projection);
    const kernel = multiply(up, weights("lstm.0.kernel"), { n: R, m: H, p: 4 * H }); // [R, 4H]
    putGates(`lstm.0.band.${index}`, kernel, { M: R, width: R });
  });
  tensors.set("embedding.scale", all.scale).set("softmax.offset", all.offset);
  if (!tied) {
    const softmax = weights("softmax.weight"); // [H, V]
    put("softmax", quantiseRows(W, K, (row, k) => row < V && k < H ? softmax[k * V + row]! : 0)); // prettier-ignore
  }
  const bias = new Float32Array(W).fill(PADDING_BIAS);
  bias.set(weights("softmax.bias"));
  tensors.set("softmax.bias", bias);
  return tensors;
}

function finiteWeights({ metadata, weights }: MasterModel): (name: string) => Float32Array {
  for (const entry of tensorTable(metadata.config)) {
    if (tensorOf(weights, entry).every(Number.isFinite)) continue;
    throw new Error(
      `"${entry.name}" holds a weight that is not finite; train with a lower learning rate`,
    );
  }
  return (name) => weights.get(name)!;
}

/** a [n, m] times b [m, p]. */
function multiply(
  a: Float32Array,
  b: Float32Array,
  { n, m, p }: { n: number; m: number; p: number },
): Float32Array {
  const product = new Float32Array(n * p);
  const row = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!;
      for (let j = 0; j < p; j++) row[j]! += factor * b[k * p + j]!;
    }
    product.set(row, i * p);
  }
  return product;
}
