// The sampler of the sampled softmax: exact sizes and probabilities, an unbiased sum, the same words after a resume.

import { describe, expect, it } from "vitest";
import { findPreset } from "#model/presets";
import { inclusionProbabilities, isSampled, WordSampler } from "#training/engines/sampled-words";

const SIZES = [
  { V: 2, N: 1 },
  { V: 5, N: 1 },
  { V: 5, N: 4 },
  { V: 33, N: 16 },
  { V: 1_000, N: 100 },
  { V: 1_000, N: 999 },
];
const DRAWS = 4_000;
const SUM_TOLERANCE = 1e-9; // relative, of the probabilities' sum
const DEVIATIONS = 4.5; // standard deviations of a share of DRAWS: of 2,000 words one in 100 tests would exceed it

describe.each(SIZES)("a sample of $N of $V words", ({ V, N }) => {
  const sampler = samplerOf(V, N);
  const probabilities = inclusionProbabilities(V, N);

  it("has probabilities that fall with the rank and add up to its size", () => {
    const sum = probabilities.reduce((total, probability) => total + probability, 0);
    expect(Math.abs(sum - N) / N).toBeLessThan(SUM_TOLERANCE);
    probabilities.forEach((probability, id) => {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(id === 0 ? 1 : probabilities[id - 1]!);
      expect(sampler.logProbabilities[id]).toBe(Math.fround(Math.log(probability)));
    });
  });

  it("has that many different words, in order, each as often as its probability says", () => {
    const counts = new Float64Array(V);
    for (let step = 0; step < DRAWS; step++) {
      const ids = sampler.sample(step);
      expect(ids.length).toBe(N);
      ids.forEach((id, index) => {
        counts[id]!++;
        if (index > 0 && id <= ids[index - 1]!) throw new Error(`${id} is out of order`);
      });
    }
    probabilities.forEach((probability, id) => {
      const deviation = Math.sqrt((probability * (1 - probability)) / DRAWS);
      const difference = Math.abs(counts[id]! / DRAWS - probability);
      expect(difference, `word ${id}`).toBeLessThanOrEqual(DEVIATIONS * deviation);
    });
  });
});

describe("the words of a step", () => {
  it("are the sample, then each other target once", () => {
    const sampler = samplerOf(100, 10);
    const sample = sampler.sample(7);
    const others = Array.from({ length: 100 }, (_, id) => id).filter((id) => !sample.includes(id));
    const [first, second] = [others.at(-1)!, others[0]!];
    const targets = Int32Array.of(first, sample[3]!, second, first, sample[3]!);
    const words = sampler.choose(7, targets);
    expect(words.ids).toEqual(Int32Array.of(...sample, first, second));
    expect(words.targets).toEqual(Int32Array.of(10, 3, 11, 10, 3));
    expect(samplerOf(100, 10).choose(7, targets)).toEqual(words);
  });

  it("are others at each step and with each seed", () => {
    const first = samplerOf(1_000, 50).sample(0);
    expect(samplerOf(1_000, 50).sample(1)).not.toEqual(first);
    expect(samplerOf(1_000, 50, 2).sample(0)).not.toEqual(first);
  });

  it("estimate the sum over all words without bias, a target in the sample or not", () => {
    const V = 200;
    const sampler = samplerOf(V, 20);
    const exponentials = Float64Array.from({ length: V }, (_, id) => Math.exp(Math.sin(id * id)));
    const exact = exponentials.reduce((total, exponential) => total + exponential, 0);
    for (const target of [0, 5, 60, 199]) {
      const estimates = Array.from({ length: DRAWS }, (_, step) => {
        let sum = exponentials[target]!;
        for (const id of sampler.sample(step)) {
          if (id !== target) sum += exponentials[id]! / Math.exp(sampler.logProbabilities[id]!);
        }
        return sum;
      });
      const mean = estimates.reduce((total, estimate) => total + estimate / DRAWS, 0);
      const variance = estimates.reduce((total, z) => total + (z - mean) ** 2 / DRAWS, 0);
      expect(Math.abs(mean - exact)).toBeLessThan(DEVIATIONS * Math.sqrt(variance / DRAWS));
    }
  });
});

it.each([
  [0, false],
  [1, true],
  [99, true],
  [100, false],
  [101, false],
])("a vocabulary of 100 words is sampled with %i words a step: %s", (sampledWords, expected) => {
  const { model, training } = findPreset("small");
  const shape = { ...model, vocabularySize: 100 };
  expect(isSampled(shape, { ...training, sampledWords })).toBe(expected);
});

function samplerOf(V: number, N: number, seed = 1): WordSampler {
  const { model, training } = findPreset("small");
  return new WordSampler({ ...model, vocabularySize: V }, { ...training, sampledWords: N, seed });
}
