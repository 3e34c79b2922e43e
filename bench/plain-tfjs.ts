// bench/plain-tfjs: the training step in plain TensorFlow.js operations, on any of its backends: readable and slow. The
// tensorflow engine is tested and measured against it.
//
// B batch, T time steps, H hidden size, V vocabulary size.

import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { tensorOf, tensorTable } from "#model/tensors";
import type { Weights } from "#model/tensors";

interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

interface Variable extends Tensor {
  assign(value: Tensor): void;
}

/** What is used of a tfjs package; they all export it. */
export interface PlainTfjs {
  tidy<Result>(work: () => Result): Result;
  keep<Kept>(tensor: Kept): Kept;
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32"): Tensor;
  zeros(shape: number[]): Tensor;
  variable(value: Tensor): Variable;
  variableGrads(loss: () => Tensor, of: Variable[]): { value: Tensor; grads: object };
  gather(rows: Tensor, indices: Tensor): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  sigmoid(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  concat(tensors: Tensor[], axis: number): Tensor;
  split(x: Tensor, parts: number, axis: number): Tensor[];
  unstack(x: Tensor, axis: number): Tensor[];
  sum(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  losses: { softmaxCrossEntropy(oneHotLabels: Tensor, logits: Tensor): Tensor };
}

export class PlainTfjsStep {
  readonly #tf: PlainTfjs;
  readonly #model: LanguageModelConfig;
  readonly #training: TrainingSettings;
  readonly #variables: Map<string, Variable>;
  #states: [cell: Tensor, hidden: Tensor][]; // of each layer, [B, H]

  constructor(tf: PlainTfjs, { model, training, weights }: PlainTfjsOptions) {
    this.#tf = tf;
    this.#model = model;
    this.#training = training;
    this.#variables = new Map(
      tensorTable(model).map((entry) => {
        const initial = tf.tensor(tensorOf(weights, entry).slice(), entry.shape, "float32");
        const variable = tf.variable(initial);
        initial.dispose();
        return [entry.name, variable];
      }),
    );
    const zeros = () => tf.zeros([training.batchSize, model.hiddenSize]);
    this.#states = Array.from({ length: model.layers }, () => [zeros(), zeros()]);
  }

  /**
   * @param masks dropout masks [T, B, H] of the embeddings and each layer's output; none without dropout
   * @returns the mean loss of a token, and the global norm before clipping
   */
  step(
    { inputs, targets }: { inputs: Int32Array; targets: Int32Array },
    learningRate: number,
    masks: Float32Array[] = [],
  ): { loss: number; gradientNorm: number } {
    const tf = this.#tf;
    const { numSteps: T, clipNorm } = this.#training;
    const old = this.#states.flat();
    const result = tf.tidy(() => {
      const variables = [...this.#variables.values()];
      const { value, grads } = tf.variableGrads(() => {
        const mean = this.#meanLoss(inputs, targets, masks);
        return tf.mul(mean, T); // summed over time
      }, variables);
      const gradients: Tensor[] = Object.values(grads); // in the variables' order
      const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
      const gradientNorm = Math.sqrt(squares.reduce((a, b) => tf.add(a, b)).dataSync()[0]!);
      const rate = learningRate * Math.min(1, clipNorm / gradientNorm);
      variables.forEach((variable, index) =>
        variable.assign(tf.sub(variable, tf.mul(gradients[index]!, rate))),
      );
      return { loss: value.dataSync()[0]! / T, gradientNorm };
    });
    for (const tensor of old) tensor.dispose();
    return result;
  }

  readWeights(): Weights {
    return new Map([...this.#variables].map(([name, tensor]) => [name, tensor.dataSync().slice()]));
  }

  close(): void {
    for (const tensor of [...this.#variables.values(), ...this.#states.flat()]) tensor.dispose();
  }

  #meanLoss(inputs: Int32Array, targets: Int32Array, masks: Float32Array[]): Tensor {
    const tf = this.#tf;
    const { hiddenSize: H, vocabularySize: V, layers, tied } = this.#model;
    const { numSteps: T, batchSize: B } = this.#training;
    const variable = (name: string) => this.#variables.get(name)!;
    const drop = (xs: Tensor[], layer: number) => {
      const mask = masks[layer];
      if (mask === undefined) return xs;
      const steps = tf.unstack(tf.tensor(mask, [T, B, H], "float32"), 0);
      return xs.map((x, t) => tf.mul(x, steps[t]!));
    };
    const ids = tf.tensor(inputs, [T, B], "int32");
    let xs = drop(tf.unstack(tf.gather(variable("embedding"), ids), 0), 0); // T × [B, H]
    for (let layer = 0; layer < layers; layer++) xs = drop(this.#runLayer(xs, layer), layer + 1);
    const features = tf.concat(xs, 0); // [T·B, H]
    const logits = tied
      ? tf.matMul(features, variable("embedding"), false, true)
      : tf.matMul(features, variable("softmax.weight"));
    const labels = tf.oneHot(tf.tensor(targets, [T * B], "int32"), V);
    return tf.losses.softmaxCrossEntropy(labels, tf.add(logits, variable("softmax.bias")));
  }

  #runLayer(xs: Tensor[], layer: number): Tensor[] {
    const tf = this.#tf;
    const kernel = this.#variables.get(`lstm.${layer}.kernel`)!;
    const bias = this.#variables.get(`lstm.${layer}.bias`)!;
    let [cell, hidden] = this.#states[layer]!;
    const outputs = xs.map((x) => {
      const gates = tf.add(tf.matMul(tf.concat([x, hidden], 1), kernel), bias); // [B, 4H]
      const [i, j, f, o] = tf.split(gates, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const kept = tf.mul(cell, tf.sigmoid(tf.add(f, this.#model.forgetBias)));
      cell = tf.add(kept, tf.mul(tf.sigmoid(i), tf.tanh(j)));
      hidden = tf.mul(tf.tanh(cell), tf.sigmoid(o));
      return hidden;
    });
    this.#states[layer] = [tf.keep(cell), tf.keep(hidden)];
    return outputs;
  }
}

export interface PlainTfjsOptions {
  model: LanguageModelConfig;
  training: TrainingSettings;
  weights: Weights;
}
