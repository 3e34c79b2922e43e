// training/engines/tensorflow/gradient: the backward pass: from a forward pass and its targets to every gradient.
//
// B batch, T time steps, H hidden size, V vocabulary size.
// All gradients are those of the loss summed over time and batch; dividing by B is left to the update, where it is
// free: the division would be one more pass over [T·B, V].

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { DeviceBatch } from "./device-batch.ts";
import type { StepMasks } from "./dropout-masks.ts";
import type { Handle } from "./library.ts";
import type { ForwardPass, LayerPass } from "./network.ts";
import type { Operations } from "./operations.ts";

export interface Gradients {
  losses: Handle; // [T·B], nats
  dense: Map<string, Handle>; // by the name of the weight, in its shape
  rows: RowGradients | undefined; // the embedding's, unless it is the softmax's too
}

/** Gradients of a few rows of a matrix. */
export interface RowGradients {
  ids: Handle; // [n, 1]
  values: Handle; // [n, H]
}

/** The backward pass, from a forward pass to every gradient. */
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
    { batch, masks }: { batch: DeviceBatch; masks: StepMasks },
  ): Gradients {
    const operations = this.#operations;
    const { hiddenSize: H, tied } = this.#config;
    const { T, B } = pass.shape;
    const dense = new Map<string, Handle>();

    const [losses, dLogits] = this.#crossEntropy(pass.logits, batch.targets);
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
      dOutput = operations.mask(dOutput, masks.dropout[layer + 1]);
      const backward = this.#layerBackward(pass.layers[layer]!, dOutput);
      const { dInput, dBias } = backward;
      const dKernel = operations.mask(backward.dKernel, masks.recurrent[layer]);
      dense.set(`lstm.${layer}.kernel`, dKernel).set(`lstm.${layer}.bias`, dBias);
      dOutput = dInput;
    }
    const dEmbedded = operations.mask(dOutput, masks.dropout[0]); // [T, B, H]
    const rows = this.#sumRows(batch, operations.reshape(dEmbedded, [T * B, H]));
    if (!tied) {
      dense.set("softmax.weight", dSoftmaxWeight);
      return { losses, dense, rows };
    }
    dense.set("embedding", this.#addRows(dSoftmaxWeight, rows));
    return { losses, dense, rows: undefined };
  }

  close(): void {
    this.#operations.delete(this.#noCellGradient);
  }

  #crossEntropy(logits: Handle, labels: Handle): [losses: Handle, dLogits: Handle] {
    const attributes = [
      this.#operations.type("T"),
      this.#operations.type("Tlabels", this.#operations.binding.TF_INT64),
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
  #sumRows({ groups, groupIds, groupCount }: DeviceBatch, gradients: Handle): RowGradients {
    const operations = this.#operations;
    const count = operations.ints([], Int32Array.of(groupCount));
    const attributes = [
      operations.type("T"),
      operations.type("Tindices", operations.binding.TF_INT64),
      operations.type("Tnumsegments", operations.binding.TF_INT32),
    ];
    const values = operations.run("UnsortedSegmentSum", [gradients, groups, count], attributes);
    return { ids: groupIds, values };
  }

  /** The gradient of a matrix that is both the softmax's and the embedding's. */
  #addRows(dense: Handle, { ids, values }: RowGradients): Handle {
    const attributes = [
      this.#operations.type("T"),
      this.#operations.type("Tindices", this.#operations.binding.TF_INT64),
    ];
    return this.#operations.run("TensorScatterAdd", [dense, ids, values], attributes);
  }
}
