// training/evaluation/metrics-accumulator: adds up what a model's guesses at each next word were worth to somebody who types. Sees
// log-probabilities; does not know whose. What they come to is metrics'.
//
// V vocabulary size.

import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { RankedBeside } from "#inference/typing-rank";
import { KeystrokeCounter } from "./keystrokes.ts";
import { computeMetrics } from "./metrics.ts";
import type { Evaluation, FrequencyBand, MetricTotals } from "./metrics.ts";

/** Bands begin at so many times in the training text. */
export const BAND_LIMITS = [0, 10, 100, 1_000, 10_000];
const CONFIDENCE_BINS = 15;

export class MetricsAccumulator {
  readonly #totals: MetricTotals;
  readonly #unknownId: number;
  readonly #bandOf: Uint8Array; // [V]
  readonly #bands = BAND_LIMITS.map((least) => ({
    least,
    tokens: 0,
    right: 0,
    firstThree: 0,
    logProbability: 0,
    guessed: BAND_LIMITS.map(() => 0),
  }));

  constructor(vocabulary: Vocabulary, tokenizer: TokenizerName) {
    this.#totals = {
      tokens: 0,
      logProbability: 0,
      right: 0,
      firstThree: 0,
      firstFive: 0,
      reciprocalRanks: 0,
      unknown: 0,
      keystrokes: new KeystrokeCounter(vocabulary, tokenizer),
      bins: Array.from({ length: CONFIDENCE_BINS }, () => ({ confidence: 0, right: 0 })),
    };
    this.#unknownId = vocabulary.unknownId;
    this.#bandOf = Uint8Array.from(vocabulary.entries, ({ count }) =>
      BAND_LIMITS.findLastIndex((least) => count >= least),
    );
  }

  /**
   * Counts one token, of `length` characters as written.
   * @param row log-probabilities of the words [V] that might have stood there
   * @param beside what else is offered, and the token's own letters where the vocabulary lacks it
   * @returns how many of them were more probable
   */
  add(
    id: number,
    length: number,
    row: Float32Array,
    beside: RankedBeside & { word?: string } = {},
  ): number {
    const { first, above } = rankIn(row, id);
    const logProbability = row[id]!;
    const right = Number(above === 0);
    const firstThree = Number(above < 3);
    const totals = this.#totals;
    totals.tokens++;
    totals.logProbability += logProbability;
    totals.right += right;
    totals.firstThree += firstThree;
    totals.firstFive += Number(above < 5);
    totals.reciprocalRanks += 1 / (above + 1);
    totals.unknown += Number(id === this.#unknownId);
    totals.keystrokes.add(id, length, row, beside);

    const confidence = Math.min(Math.exp(row[first]!), 1);
    const bin =
      totals.bins[Math.min(Math.floor(confidence * CONFIDENCE_BINS), CONFIDENCE_BINS - 1)]!;
    bin.confidence += confidence;
    bin.right += right;

    const band = this.#bands[this.#bandOf[id]!]!;
    band.tokens++;
    band.right += right;
    band.firstThree += firstThree;
    band.logProbability += logProbability;
    band.guessed[this.#bandOf[first]!]!++;
    return above;
  }

  /** What it all comes to. */
  result(): Evaluation {
    return {
      tokens: this.#totals.tokens,
      ...computeMetrics(this.#totals),
      coverage: this.#totals.keystrokes.coverage.table,
      byFrequency: this.#bands.filter((band) => band.tokens > 0).map(describeBand),
    };
  }
}

interface BandTotals {
  least: number;
  tokens: number;
  right: number;
  firstThree: number;
  logProbability: number;
  guessed: number[];
}

function describeBand(band: BandTotals): FrequencyBand {
  const { least, tokens, right, firstThree, logProbability, guessed } = band;
  return {
    least,
    tokens,
    accuracy: right / tokens,
    top3: firstThree / tokens,
    perplexity: Math.exp(-logProbability / tokens),
    guessed,
  };
}

/** The place of the largest number, and how many are larger than that at `id`. */
function rankIn(row: Float32Array, id: number): { first: number; above: number } {
  const limit = row[id]!;
  let first = id;
  let above = 0;
  for (let index = 0; index < row.length; index++) {
    const value = row[index]!;
    if (value <= limit) continue;
    above++;
    if (value > row[first]!) first = index;
  }
  return { first, above };
}
