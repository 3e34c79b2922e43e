// training/evaluation/tune-cache: finds how far back a model's neural cache should look, how much likeness should count and how
// much to trust it: all combinations of a small grid, in one pass over held-out text. The cache is inference/neural-cache.
//
// H hidden size, N the longest window.

import { trustedLambda } from "#inference/neural-cache";
import type { NeuralCacheSettings } from "#model/metadata";
import { scoreTokens } from "./scoring.ts";
import type { ScoringOptions, TracingScorer } from "./scoring.ts";

export const CACHE_GRID = {
  windows: [100, 250, 500], // each session keeps H bytes a word
  thetas: [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5],
  lambdas: [0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3],
};
const MAX_TOKENS = 10_000; // of the validation text: a hundred and fifty settings need no more to be told apart

export interface TunedCache {
  settings: NeuralCacheSettings;
  perplexity: number; // on the tokens tuned on
  plainPerplexity: number; // without a cache
}

/** A text by a mixture of the network with something else. */
export interface MixtureToCache {
  ids: Int32Array; // what tells the text's words apart
  probabilities: readonly number[]; // of each of its first tokens
}

/**
 * The settings with the lowest perplexity on a text's first tokens: validation text, never the text they are then
 * measured on. Follows Grave et al. 2016, who tune the same three.
 */
export async function tuneNeuralCache(
  scorer: TracingScorer,
  text: Int32Array,
  options: ScoringOptions,
  mixture?: MixtureToCache,
): Promise<TunedCache> {
  const { windows, thetas, lambdas } = CACHE_GRID;
  const ids = text.subarray(0, Math.min(MAX_TOKENS, mixture?.probabilities.length ?? MAX_TOKENS));
  const N = windows.at(-1)!;
  const sums = windows.map(() => thetas.map(() => new Float64Array(lambdas.length)));
  const history = new History(N);
  let plain = 0;
  await scoreTokens(scorer, ids, options, (at, row, index) => {
    const id = mixture ? mixture.ids[at]! : ids[at]!;
    const p = mixture ? mixture.probabilities[at]! : Math.exp(row[id]!);
    plain += Math.log(p);
    const output = scorer.output(index);
    const likeness = history.compare(output); // the latest word first
    thetas.forEach((theta, t) => {
      let here = 0; // weight of the words that are the one that came
      let all = 0;
      let age = 0;
      windows.forEach((window, w) => {
        for (; age < Math.min(window, likeness.length); age++) {
          const weight = Math.exp(theta * likeness[age]!);
          all += weight;
          if (history.wordAt(age) === id) here += weight;
        }
        lambdas.forEach((most, l) => {
          const lambda = trustedLambda(most, age);
          const share = age === 0 ? 0 : (lambda * here) / all;
          sums[w]![t]![l]! += Math.log((1 - lambda) * p + share);
        });
      });
    });
    history.push(id, output);
  });
  let best = { settings: { window: windows[0]!, theta: thetas[0]!, lambda: 0 }, sum: plain };
  windows.forEach((window, w) =>
    thetas.forEach((theta, t) =>
      lambdas.forEach((lambda, l) => {
        const sum = sums[w]![t]![l]!;
        if (sum > best.sum) best = { settings: { window, theta, lambda }, sum };
      }),
    ),
  );
  return {
    settings: best.settings,
    perplexity: Math.exp(-best.sum / ids.length),
    plainPerplexity: Math.exp(-plain / ids.length),
  };
}

/** The last N words and the outputs that they followed, in a ring. */
class History {
  readonly #words: Int32Array; // [N]
  readonly #outputs: Float32Array[] = []; // N × [H]
  readonly #likeness: Float32Array; // [N]
  #count = 0;

  constructor(length: number) {
    this.#words = new Int32Array(length);
    this.#likeness = new Float32Array(length);
  }

  /** h_j·h of each word, the latest first; overwritten by the next call. */
  compare(output: Float32Array): Float32Array {
    const held = Math.min(this.#count, this.#words.length);
    for (let age = 0; age < held; age++) {
      this.#likeness[age] = dot(this.#outputs[this.#placeOf(age)]!, output);
    }
    return this.#likeness.subarray(0, held);
  }

  wordAt(age: number): number {
    return this.#words[this.#placeOf(age)]!;
  }

  push(id: number, output: Float32Array): void {
    const place = this.#count++ % this.#words.length;
    this.#words[place] = id;
    this.#outputs[place] = output.slice();
  }

  #placeOf(age: number): number {
    return (this.#count - 1 - age) % this.#words.length;
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
