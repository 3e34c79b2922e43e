// training/engines/tensorflow/gradient: the backward pass: from a forward pass and its targets to every gradient.
//
// B batch, T time steps, H hidden size.
// All gradients are those of the loss summed over time and batch; dividing by B is left to the update, where it is
// free: the division would be one more pass over the logits.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { DeviceBatch } from "./device-batch.ts";
import type { StepMasks } from "./dropout-masks.ts";
import type { Handle } from "./library.ts";
import type { ForwardPass, LayerPass } from "./network.ts";
import type { Operations } from "./operations.ts";
import type { Softmax } from "./softmax.ts";

export interface Gradients {
  losses: Handle; // [T·B], nats
  dense: Map<string, Handle>; // by the name of the weight, in its variable's shape
  rows: Map<string, RowGradients>; // of weights that a step has gradients of a few rows of
}

/** Gradients of a few rows of a matrix. */
export interface RowGradients {
  ids: Handle; // [n, 1], each once
  values: Handle; // [n, H]; [n] of a bias
}

/** The backward pass, from a forward pass to every gradient. */
export class Gradient {
  readonly #operations: Operations;
  readonly #config: LanguageModelConfig;
  readonly #softmax: Softmax;
  readonly #noCellGradient: Handle; // [T, B, H]: nothing but the output is read of a layer

  constructor(
    operations: Operations,
    config: LanguageModelConfig,
    { T, B, softmax }: { T: number; B: number; softmax: Softmax },
  ) {
    this.#operations = operations;
    this.#config = config;
    this.#softmax = softmax;
    this.#noCellGradient = operations.zeros([T, B, config.hiddenSize]);
  }

  /** @param masks the ones that the forward pass was given */
  backward(
    pass: ForwardPass,
    { batch, masks }: { batch: DeviceBatch; masks: StepMasks },
  ): Gradients {
    const operations = this.#operations;
    const { hiddenSize: H, tied } = this.#config;
    const { T, B } = pass.shape;
    const dense = new Map<string, Handle>();
    const rows = new Map<string, RowGradients>();
    const add = (name: string, gradient: Handle) => {
      if (batch.sample) rows.set(name, { ids: batch.sample.rows, values: gradient });
      else dense.set(name, gradient);
    };

    const softmax = this.#softmax.backward(pass, batch);
    add("softmax.bias", softmax.dBias);
    let dOutput = operations.reshape(softmax.dFeatures, [T, B, H]);
    for (let layer = pass.layers.length - 1; layer >= 0; layer--) {
      dOutput = operations.mask(dOutput, masks.dropout[layer + 1]);
      const backward = this.#layerBackward(pass.layers[layer]!, dOutput);
      const { dInput, dBias } = backward;
      const dKernel = operations.mask(backward.dKernel, masks.recurrent[layer]);
      dense.set(`lstm.${layer}.kernel`, dKernel).set(`lstm.${layer}.bias`, dBias);
      dOutput = dInput;
    }
    const dEmbedded = operations.mask(dOutput, masks.dropout[0]); // [T, B, H]
    const embedding = this.#sumRows(batch, operations.reshape(dEmbedded, [T * B, H]));
    if (!tied) {
      add("softmax.weight", softmax.dWeight);
      rows.set("embedding", embedding);
    } else if (batch.sample) {
      rows.set("embedding", this.#addSample(embedding, softmax.dWeight, batch));
    } else {
      dense.set("embedding", this.#addRows(softmax.dWeight, embedding));
    }
    return { losses: softmax.losses, dense, rows };
  }

  close(): void {
    this.#operations.delete(this.#noCellGradient);
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

  /** The same where the softmax has rows of a sample alone [C, H], which come before those of other inputs. */
  #addSample(
    { ids, values }: RowGradients,
    dWeight: Handle,
    { sample, groupCount }: DeviceBatch,
  ): RowGradients {
    const operations = this.#operations;
    const padded = operations.padRows(dWeight, groupCount - sample!.count);
    return { ids, values: operations.run("AddV2", [values, padded]) };
  }
}
