// test/float-network: a model's forward pass in double precision, straight from its definition; what int8 is held against.

import type { MasterModel } from "#model/master-file";

/** Log-probabilities [V] of the next word after each of `ids`, from the zero state. */
export function scoreInFloat64({ metadata, weights }: MasterModel, ids: number[]): number[][] {
  const { hiddenSize: H, vocabularySize: V, layers, forgetBias, tied } = metadata.config;
  const tensor = (name: string) => weights.get(name)!;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const zeros = () => Array.from({ length: layers }, () => Array.from({ length: H }, () => 0));
  const [c, h] = [zeros(), zeros()];
  return ids.map((id) => {
    let input: number[] = Array.from(tensor("embedding").subarray(id * H, (id + 1) * H));
    for (let layer = 0; layer < layers; layer++) {
      const joined = [...input, ...h[layer]!];
      const kernel = tensor(`lstm.${layer}.kernel`);
      const bias = tensor(`lstm.${layer}.bias`);
      const gate = (index: number, u: number) =>
        joined.reduce(
          (sum, value, row) => sum + value * kernel[row * 4 * H + index * H + u]!,
          bias[index * H + u]!,
        );
      for (let u = 0; u < H; u++) {
        const kept = c[layer]![u]! * sigmoid(gate(2, u) + forgetBias);
        c[layer]![u] = kept + sigmoid(gate(0, u)) * Math.tanh(gate(1, u));
      }
      h[layer] = c[layer]!.map((cell, u) => Math.tanh(cell) * sigmoid(gate(3, u)));
      input = h[layer]!;
    }
    const logits = Array.from({ length: V }, (_, v) =>
      input.reduce(
        (sum, value, k) =>
          sum +
          value * (tied ? tensor("embedding")[v * H + k]! : tensor("softmax.weight")[k * V + v]!),
        tensor("softmax.bias")[v]!,
      ),
    );
    const largest = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return logits.map((logit) => logit - largest - Math.log(sum));
  });
}
