// training/engines/sampled-words: which words a step's softmax is computed over, where it is sampled, and what makes the
// estimate of its sum of exponentials unbiased. The same in every engine, on any number of threads and after a resume.
//
// Systematic sampling with probabilities proportional to size (Madow 1949): laid end to end, the words' probabilities are a line
// as long as the sample is large; a comb whose teeth are 1 apart, put down at random, hits each word with its probability.
//
// B batch, T time steps, V vocabulary size, N words to sample.

import { philox, STREAMS } from "#kernels/philox";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";

/** The words of a step's softmax, each once. */
export interface SoftmaxWords {
  ids: Int32Array; // the N sampled words in ascending order, then the other targets in the order of the batch
  targets: Int32Array; // for each token the index of its target in ids
}

/** Whether a training step computes its softmax over a sample: not where all words would be in it. */
export function isSampled(
  { vocabularySize }: LanguageModelConfig,
  { sampledWords }: TrainingSettings,
): boolean {
  return sampledWords > 0 && sampledWords < vocabularySize;
}

/** The words of a step's softmax at most: those of the sample and the batch's targets, or all. */
export function countSoftmaxWords(model: LanguageModelConfig, training: TrainingSettings): number {
  const { vocabularySize: V } = model;
  const { sampledWords, batchSize: B, numSteps: T } = training;
  return isSampled(model, training) ? Math.min(V, sampledWords + B * T) : V;
}

/**
 * Samples N of V words a step without replacement. A word's probability falls with its rank, as word frequencies do; the
 * most frequent words are always in the sample.
 *
 * Σ exp(logit − log probability) over the sample, with a token's own target counted as exp(logit) whether it is in the
 * sample or not, has the full sum over all words as its expected value.
 */
export class WordSampler {
  readonly logProbabilities: Float32Array; // [V], of being in the sample; 0 for words that always are
  readonly count: number; // N
  readonly #ends: Float64Array; // [V], where each word's part of the line ends
  readonly #columns: Int32Array; // [V], index in a step's ids; −1 between steps
  readonly #seed: number;

  /** @param settings those of a run that samples: see `isSampled` */
  constructor(model: LanguageModelConfig, { sampledWords, seed }: TrainingSettings) {
    const probabilities = inclusionProbabilities(model.vocabularySize, sampledWords);
    this.logProbabilities = Float32Array.from(probabilities, Math.log);
    let end = 0;
    this.#ends = probabilities.map((probability) => (end += probability));
    this.#ends[model.vocabularySize - 1] = sampledWords; // but for rounding
    this.#columns = new Int32Array(model.vocabularySize).fill(-1);
    this.count = sampledWords;
    this.#seed = seed;
  }

  /** The N words of a step, in ascending order. */
  sample(step: number): Int32Array {
    const [random] = philox([step, 0, 0, 0], [this.#seed, STREAMS.sampledWords]);
    const ids = new Int32Array(this.count);
    let tooth = random / 2 ** 32;
    for (let id = 0, taken = 0; taken < ids.length; id++) {
      if (this.#ends[id]! <= tooth) continue;
      ids[taken++] = id;
      tooth++;
    }
    return ids;
  }

  /** The words of a step: the sample, and the targets that are not in it. */
  choose(step: number, targets: Int32Array): SoftmaxWords {
    const columns = this.#columns;
    const ids = [...this.sample(step)];
    ids.forEach((id, column) => (columns[id] = column));
    const targetColumns = targets.map((id) => {
      if (columns[id] === -1) columns[id] = ids.push(id) - 1;
      return columns[id]!;
    });
    for (const id of ids) columns[id] = -1;
    return { ids: Int32Array.from(ids), targets: targetColumns };
  }
}

/**
 * Probabilities of V words to be in a sample of N: min(1, c / rank) with the c that makes N their sum.
 * @example inclusionProbabilities(4, 2); // about [0.96, 0.48, 0.32, 0.24]
 */
export function inclusionProbabilities(V: number, N: number): Float64Array {
  const tails = new Float64Array(V + 1); // [i], Σ 1 / rank from word i on
  for (let id = V - 1; id >= 0; id--) tails[id] = tails[id + 1]! + 1 / (id + 1);
  let certain = 0; // words with probability 1
  const scale = () => (N - certain) / tails[certain]!;
  while (certain < N && scale() >= certain + 1) certain++;
  const c = scale();
  return Float64Array.from({ length: V }, (_, id) => (id < certain ? 1 : c / (id + 1)));
}
