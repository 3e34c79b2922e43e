// training/ngram/tune-mixture: how much the n-grams are to count for beside the network, for each of the cases that
// inference/ngram-mixture tells apart: the weights under which a validation text is most probable, by expectation–maximisation
// (Jelinek & Mercer 1980). What is seldom seen stays near the weight that fits the whole text.
//
//   μ ← (Σ_t μ · ngram_t ÷ (μ · ngram_t + (1 − μ) · network_t) + C · μ_all) ÷ (T + C)     over the T tokens of a case

/** One token of a validation text. */
export interface MixtureSample {
  network: number; // its probability by the network
  ngram: number; // and by the n-grams
  weight: number; // which of the weights it belongs to
}

const ITERATIONS = 30;
const PRIOR_TOKENS = 30; // C
const DIGITS = 1e4; // weights are rounded to so many parts, so that a file holds few digits

/** @returns `count` weights μ of the n-grams */
export function tuneMixture(samples: readonly MixtureSample[], count: number): number[] {
  const all = maximise(samples.map((sample) => ({ ...sample, weight: 0 })), [0.5], 0); // prettier-ignore
  const weights = maximise(samples, Array.from({ length: count }, () => all[0]!), PRIOR_TOKENS); // prettier-ignore
  return weights.map((weight) => Math.round(weight * DIGITS) / DIGITS);
}

/** The mixture's probability of each token. */
export function mixtureProbabilities({
  samples,
  settings: { weights },
}: {
  samples: readonly MixtureSample[];
  settings: { weights: readonly number[] };
}): number[] {
  return samples.map(({ network, ngram, weight }) => {
    const mu = weights[weight]!;
    return (1 - mu) * network + mu * ngram;
  });
}

/** The logarithm of how probable the text is with these weights. */
export function mixtureLogLikelihood(
  samples: readonly MixtureSample[],
  weights: readonly number[],
): number {
  const probabilities = mixtureProbabilities({ samples, settings: { weights } });
  return probabilities.reduce((sum, p) => sum + Math.log(p), 0);
}

function maximise(
  samples: readonly MixtureSample[],
  start: number[],
  priorTokens: number,
): number[] {
  let weights = start;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const sums = start.map((prior) => priorTokens * prior);
    const tokens = start.map(() => priorTokens);
    for (const { network, ngram, weight } of samples) {
      const mu = weights[weight]!;
      sums[weight]! += (mu * ngram) / (mu * ngram + (1 - mu) * network);
      tokens[weight]!++;
    }
    weights = sums.map((sum, at) => (tokens[at]! > 0 ? sum / tokens[at]! : start[at]!));
  }
  return weights;
}
