// training/engines/tensorflow/softmax: the softmax over all words or over a sample of them: logits, their cross-entropy and
// its gradients.
//
// B batch, T time steps, H hidden size, V vocabulary size, C columns: V, or the words of a sample.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { DeviceBatch, DeviceSample } from "./device-batch.ts";
import type { Handle } from "./library.ts";
import type { ForwardPass } from "./network.ts";
import type { Operations } from "./operations.ts";
import type { Variables } from "./variables.ts";

/** Of the loss summed over time and batch. */
export interface SoftmaxGradients {
  losses: Handle; // [T·B], nats
  dFeatures: Handle; // [T·B, H]
  dWeight: Handle; // [C, H]
  dBias: Handle; // [C]
}

/** The output layer, forward and backward. */
export class Softmax {
  readonly #operations: Operations;
  readonly #variables: Variables;
  readonly #weightName: string;

  constructor(operations: Operations, { tied }: LanguageModelConfig, variables: Variables) {
    this.#operations = operations;
    this.#variables = variables;
    this.#weightName = tied ? "embedding" : "softmax.weight";
  }

  /** Of all words, [T·B, V]. */
  logits({ features, values }: ForwardPass): Handle {
    return this.#project(features, values.get(this.#weightName), values.get("softmax.bias"));
  }

  /** Logits and their gradient are the largest tensors of a step: they are freed as soon as they have been used. */
  backward(pass: ForwardPass, { targets, sample }: DeviceBatch): SoftmaxGradients {
    const operations = this.#operations;
    const { features, values } = pass;
    const weight = sample
      ? this.#variables.gather(this.#weightName, sample.ids)
      : values.get(this.#weightName);
    const logits = sample ? this.#sampledLogits(features, weight, sample) : this.logits(pass);
    const [losses, dLogits] = this.#crossEntropy(logits, targets);
    operations.free(logits);
    const dWeight = operations.matMul(dLogits, features, { transposeA: true });
    const dBias = operations.run("BiasAddGrad", [dLogits]);
    const dFeatures = operations.matMul(dLogits, weight);
    operations.free(dLogits);
    return { losses, dFeatures, dWeight, dBias };
  }

  /**
   * Logits whose sum of exponentials is the estimate of all words': a word of the sample counts for as many as its probability
   * says, a token's target for itself alone, and the targets of other tokens not at all unless they are in the sample.
   */
  #sampledLogits(features: Handle, weight: Handle, sample: DeviceSample): Handle {
    const operations = this.#operations;
    const { ids, corrections, places } = sample;
    const logits = this.#project(features, weight, this.#variables.gather("softmax.bias", ids));
    const index = operations.type("Tindices", operations.binding.TF_INT64);
    const own = operations.run("GatherNd", [logits, places], [operations.type("Tparams"), index]);
    const corrected = operations.run("BiasAdd", [logits, corrections]);
    operations.free(logits);
    const inputs = [corrected, places, own];
    const estimated = operations.run("TensorScatterUpdate", inputs, [operations.type("T"), index]);
    operations.free(corrected);
    return estimated;
  }

  #project(features: Handle, weight: Handle, bias: Handle): Handle {
    const operations = this.#operations;
    const scores = operations.matMul(features, weight, { transposeB: true });
    const logits = operations.run("BiasAdd", [scores, bias]);
    operations.free(scores);
    return logits;
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
}
