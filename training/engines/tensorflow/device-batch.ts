// training/engines/tensorflow/device-batch: a step's batch, copied to the device before the step begins: a copy to a GPU
// waits for all operations issued before it.
//
// B batch, T time steps, N sampled words, C columns of a sampled softmax: those words, then the other targets.

import type { EngineOptions } from "../engine.ts";
import { isSampled, WordSampler } from "../sampled-words.ts";
import type { SoftmaxWords } from "../sampled-words.ts";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

export interface DeviceBatch {
  inputs: Handle; // ids [T, B]
  targets: Handle; // [T·B], columns of the softmax: ids where it is over all words
  sample: DeviceSample | undefined; // where it is not
  groups: Handle; // [T·B], which of groupIds stands there
  groupIds: Handle; // [n, 1], the different input ids; before them the sample's where the weights are tied
  groupCount: number; // n
}

/** The words that a step's softmax is computed over, where it is sampled. */
export interface DeviceSample {
  ids: Handle; // [C], each once
  rows: Handle; // [C, 1], the same
  count: number; // C
  corrections: Handle; // [C], added to the logits of all tokens but those that have the word as their target
  places: Handle; // [T·B, 2], of each token's target among the logits: token, column
}

/** Copies batches to the device, and where the softmax is sampled chooses its words. */
export class BatchUploader {
  readonly #operations: Operations;
  readonly #shape: number[];
  readonly #tied: boolean;
  readonly #sampler: WordSampler | undefined;

  constructor(
    operations: Operations,
    { model, training }: Pick<EngineOptions, "model" | "training">,
  ) {
    this.#operations = operations;
    this.#shape = [training.numSteps, training.batchSize];
    this.#tied = model.tied;
    this.#sampler = isSampled(model, training) ? new WordSampler(model, training) : undefined;
  }

  /**
   * @param inputs word ids [T, B]
   * @param targets word ids [T, B]
   * @param step the counter of the samples
   */
  upload(inputs: Int32Array, targets: Int32Array, step: number): DeviceBatch {
    const operations = this.#operations;
    const sampler = this.#sampler;
    const words = sampler?.choose(step, targets);
    const { ids, groups } = groupIds(inputs, this.#tied ? words?.ids : undefined);
    return {
      inputs: operations.ids(this.#shape, inputs),
      targets: operations.ids([targets.length], words?.targets ?? targets),
      sample: words && this.#uploadSample(sampler!, words),
      groups: operations.ids([groups.length], groups),
      groupIds: operations.ids([ids.length, 1], ids),
      groupCount: ids.length,
    };
  }

  #uploadSample(sampler: WordSampler, { ids, targets }: SoftmaxWords): DeviceSample {
    const operations = this.#operations;
    const corrections = Float32Array.from(ids, (id, column) =>
      column < sampler.count ? -sampler.logProbabilities[id]! : -Infinity,
    );
    const places = Int32Array.from({ length: 2 * targets.length }, (_, index) =>
      index % 2 === 0 ? index / 2 : targets[(index - 1) / 2]!,
    );
    return {
      ids: operations.ids([ids.length], ids),
      rows: operations.ids([ids.length, 1], ids),
      count: ids.length,
      corrections: operations.floats([ids.length], corrections),
      places: operations.ids([targets.length, 2], places),
    };
  }
}

/**
 * Which different ids there are, and which of them stands at each place.
 * @param first ids to count before those, each once
 * @example groupIds(Int32Array.of(7, 3, 7)) // { ids: [7, 3], groups: [0, 1, 0] }
 */
export function groupIds(
  ids: Int32Array,
  first: Int32Array = new Int32Array(),
): { ids: Int32Array; groups: Int32Array } {
  const groupOf = new Map(Array.from(first, (id, group) => [id, group]));
  const groups = ids.map((id) => {
    let group = groupOf.get(id);
    if (group === undefined) groupOf.set(id, (group = groupOf.size));
    return group;
  });
  return { ids: Int32Array.from(groupOf.keys()), groups };
}
