// training/evaluation/metrics: adds up what a model's guesses at each next word were worth to somebody who types. Sees
// log-probabilities; does not know whose.
//
// V vocabulary size.

import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import { KeystrokeCounter } from "./keystrokes.ts";

export interface Evaluation {
  tokens: number;
  perplexity: number;
  accuracy: number; // how often the most probable word is the next
  top3: number; // how often the next word is among the three most probable
  top5: number;
  meanReciprocalRank: number; // 1 ÷ the next word's rank, on average
  keystrokeSavings: number;
  keystrokeCeiling: number; // what a model that knows each next word would save with this vocabulary
  calibrationError: number; // how far the first word's probability is from how often it is right, see below
  unknownRate: number; // the share of tokens that the vocabulary lacks
  byFrequency: FrequencyBand[];
}

/** The words that the training text has so often, and what became of them. */
export interface FrequencyBand {
  least: number; // times in the training text
  tokens: number;
  accuracy: number;
  top3: number;
  perplexity: number;
  guessed: number[]; // how often a word of each band stood first in their place
}

/** Bands begin at so many times in the training text. */
export const BAND_LIMITS = [0, 10, 100, 1_000, 10_000];
const CONFIDENCE_BINS = 15;

export class MetricsAccumulator {
  tokens = 0;
  readonly #keystrokes: KeystrokeCounter;
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
  readonly #bins = Array.from({ length: CONFIDENCE_BINS }, () => ({ confidence: 0, right: 0 }));
  #logProbability = 0;
  #right = 0;
  #firstThree = 0;
  #firstFive = 0;
  #reciprocalRanks = 0;
  #unknown = 0;

  constructor(vocabulary: Vocabulary, tokenizer: TokenizerName) {
    this.#keystrokes = new KeystrokeCounter(vocabulary, tokenizer);
    this.#unknownId = vocabulary.unknownId;
    this.#bandOf = Uint8Array.from(vocabulary.entries, ({ count }) =>
      BAND_LIMITS.findLastIndex((least) => count >= least),
    );
  }

  /** Counts one token, of `length` characters as written; the row ranks the words [V] that might have stood there. */
  add(id: number, length: number, row: Float32Array): void {
    const { first, above } = rankIn(row, id);
    const logProbability = row[id]!;
    const right = Number(above === 0);
    const firstThree = Number(above < 3);
    this.tokens++;
    this.#logProbability += logProbability;
    this.#right += right;
    this.#firstThree += firstThree;
    this.#firstFive += Number(above < 5);
    this.#reciprocalRanks += 1 / (above + 1);
    this.#unknown += Number(id === this.#unknownId);
    this.#keystrokes.add(id, length, row);

    const confidence = Math.min(Math.exp(row[first]!), 1);
    const bin =
      this.#bins[Math.min(Math.floor(confidence * CONFIDENCE_BINS), CONFIDENCE_BINS - 1)]!;
    bin.confidence += confidence;
    bin.right += right;

    const band = this.#bands[this.#bandOf[id]!]!;
    band.tokens++;
    band.right += right;
    band.firstThree += firstThree;
    band.logProbability += logProbability;
    band.guessed[this.#bandOf[first]!]!++;
  }

  /** What it all comes to. */
  result(): Evaluation {
    const { tokens } = this;
    return {
      tokens,
      perplexity: Math.exp(-this.#logProbability / tokens),
      accuracy: this.#right / tokens,
      top3: this.#firstThree / tokens,
      top5: this.#firstFive / tokens,
      meanReciprocalRank: this.#reciprocalRanks / tokens,
      keystrokeSavings: this.#keystrokes.savings,
      keystrokeCeiling: this.#keystrokes.ceiling,
      calibrationError: this.#calibrationError(),
      unknownRate: this.#unknown / tokens,
      byFrequency: this.#bands
        .filter((band) => band.tokens > 0)
        .map(({ least, tokens, right, firstThree, logProbability, guessed }) => ({
          least,
          tokens,
          accuracy: right / tokens,
          top3: firstThree / tokens,
          perplexity: Math.exp(-logProbability / tokens),
          guessed,
        })),
    };
  }

  /** Expected calibration error (Guo et al. 2017): |mean confidence − accuracy| over bins of confidence. */
  #calibrationError(): number {
    const apart = this.#bins.map(({ confidence, right }) => Math.abs(confidence - right));
    return apart.reduce((sum, difference) => sum + difference, 0) / this.tokens;
  }
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
