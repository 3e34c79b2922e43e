// training/engines/tensorflow/gradient: the backward pass: from a forward pass and its targets to every gradient.
//
// B batch, T time steps, H hidden size, V vocabulary size.
// All gradients are those of the loss summed over time and batch; dividing by B is left to the update, where it is
// free: the division would be one more pass over [T·B, V].

import type { LanguageModelConfig } from "#model/config";
import type { Handle } from "./library.ts";
import type { ForwardPass, LayerPass } from "./network.ts";
import type { Operations } from "./operations.ts";
import { groupIds } from "./group-ids.ts";

export interface Gradients {
  losses: Handle; // [T·B], nats
  dense: Map<string, Handle>; // by the name of the weight, in its shape
  /** The embedding's, where few of its rows have one: the rows' ids [n] and their gradients [n, H]. */
  rows: { ids: Handle; values: Handle } | undefined;
}

export class Gradient {
  readonly #operations: Operations;
  readonly #config: LanguageModelConfig;
  readonly #noCellGradient: Handle; // [T, B, H]: nothing but the output is read of a layer

  constructor(
    operations: Operations,
    config: LanguageModelConfig,
    { T, B }: { T: number; B: number },
  ) {
    this.#operations = operations;
    this.#config = config;
    this.#noCellGradient = operations.zeros([T, B, config.hiddenSize]);
  }

  /**
   * Frees the pass's logits: they are the largest tensor of a step, together with their gradient.
   * @param masks the ones that the forward pass was given
   */
  backward(
    pass: ForwardPass,
    { inputs, targets, masks }: { inputs: Int32Array; targets: Int32Array; masks: Handle[] },
  ): Gradients {
    const operations = this.#operations;
    const { hiddenSize: H, tied } = this.#config;
    const { T, B } = pass.shape;
    const dense = new Map<string, Handle>();

    const [losses, dLogits] = this.#crossEntropy(pass.logits, targets);
    operations.free(pass.logits);
    const { features, softmaxWeight } = pass;
    const dSoftmaxWeight = tied
      ? operations.matMul(dLogits, features, { transposeA: true }) // [V, H]
      : operations.matMul(features, dLogits, { transposeA: true }); // [H, V]
    dense.set("softmax.bias", operations.run("BiasAddGrad", [dLogits]));
    const dFeatures = operations.matMul(dLogits, softmaxWeight, { transposeB: !tied });
    operations.free(dLogits);

    let dOutput = operations.reshape(dFeatures, [T, B, H]);
    for (let layer = pass.layers.length - 1; layer >= 0; layer--) {
      dOutput = operations.mask(dOutput, masks[layer + 1]);
      const { dInput, dKernel, dBias } = this.#layerBackward(pass.layers[layer]!, dOutput);
      dense.set(`lstm.${layer}.kernel`, dKernel).set(`lstm.${layer}.bias`, dBias);
      dOutput = dInput;
    }
    const dEmbedded = operations.mask(dOutput, masks[0]); // [T, B, H]
    if (!tied) {
      dense.set("softmax.weight", dSoftmaxWeight);
      return { losses, dense, rows: this.#sumRows(inputs, dEmbedded) };
    }
    dense.set("embedding", this.#addRows(dSoftmaxWeight, inputs, dEmbedded, { T, B }));
    return { losses, dense, rows: undefined };
  }

  close(): void {
    this.#operations.delete(this.#noCellGradient);
  }

  #crossEntropy(logits: Handle, targets: Int32Array): [losses: Handle, dLogits: Handle] {
    const labels = this.#operations.ints([targets.length], targets);
    const attributes = [
      this.#operations.type("T"),
      this.#operations.type("Tlabels", this.#operations.binding.TF_INT32),
    ];
    const name = "SparseSoftmaxCrossEntropyWithLogits";
    const [losses, dLogits] = this.#operations.runAll(name, [logits, labels], attributes, 2);
    return [losses!, dLogits!];
  }

  #layerBackward({ inputs, outputs }: LayerPass, dOutput: Handle) {
    const attributes = [this.#operations.type("T"), this.#operations.flag("use_peephole", false)];
    const [dInput, , , dKernel, , , , dBias] = this.#operations.runAll(
      "BlockLSTMGrad",
      [...inputs, ...outputs, this.#noCellGradient, dOutput],
      attributes,
      8,
    );
    return { dInput: dInput!, dKernel: dKernel!, dBias: dBias! };
  }

  /** Sums the gradients of a word's occurrences, so that the global norm is that of the whole gradient. */
  #sumRows(inputs: Int32Array, gradients: Handle): { ids: Handle; values: Handle } {
    const operations = this.#operations;
    const { ids, groups } = groupIds(inputs);
    const int32 = operations.binding.TF_INT32;
    const values = operations.run(
      "UnsortedSegmentSum",
      [
        operations.reshape(gradients, [inputs.length, this.#config.hiddenSize]),
        operations.ints([groups.length], groups),
        operations.ints([], Int32Array.of(ids.length)),
      ],
      [
        operations.type("T"),
        operations.type("Tindices", int32),
        operations.type("Tnumsegments", int32),
      ],
    );
    return { ids: operations.ints([ids.length], ids), values };
  }

  /** The gradient of a matrix that is both the softmax's and the embedding's. */
  #addRows(
    dense: Handle,
    inputs: Int32Array,
    rows: Handle,
    { T, B }: { T: number; B: number },
  ): Handle {
    const indices = this.#operations.ints([T, B, 1], inputs);
    const attributes = [
      this.#operations.type("T"),
      this.#operations.type("Tindices", this.#operations.binding.TF_INT32),
    ];
    return this.#operations.run("TensorScatterAdd", [dense, indices, rows], attributes);
  }
}
