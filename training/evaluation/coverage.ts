// training/evaluation/coverage: how often a list is shown, and holds the word that comes, where words less probable than a threshold
// are left out: what `min_probability` may be chosen by. Of lists of SUGGESTIONS words before a letter of the next is typed.
//
// V vocabulary size.

/** How many words a list has. */
export const SUGGESTIONS = 5;

/** Lists with one threshold. */
export interface Coverage {
  threshold: number;
  shown: number; // share of the words before which there is a list
  right: number; // share of those lists that hold the word that came
}

const THRESHOLDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

export class CoverageCounter {
  readonly #suggestible: Uint8Array; // [V]
  readonly #totals = THRESHOLDS.map((threshold) => ({ threshold, shown: 0, right: 0 }));
  #words = 0;

  constructor(suggestible: Uint8Array) {
    this.#suggestible = suggestible;
  }

  /** Counts a word that was typed; the row holds the log-probabilities [V] of what might have stood there. */
  add(id: number, row: Float32Array): void {
    const suggestible = this.#suggestible;
    const score = row[id]!;
    let first = -Infinity;
    let above = 0;
    for (let other = 0; other < row.length; other++) {
      const value = row[other]!;
      if (suggestible[other] !== 1 || (value <= first && value <= score)) continue;
      if (value > first) first = value;
      if (value > score) above++;
    }
    const isListed = suggestible[id] === 1 && above < SUGGESTIONS;
    const [best, own] = [Math.exp(first), isListed ? Math.exp(score) : 0];
    this.#words++;
    for (const entry of this.#totals) {
      entry.shown += Number(best >= entry.threshold);
      entry.right += Number(own >= entry.threshold);
    }
  }

  /** A row for each threshold. */
  get table(): Coverage[] {
    return this.#totals.map(({ threshold, shown, right }) => ({
      threshold,
      shown: this.#words === 0 ? 0 : shown / this.#words,
      right: shown === 0 ? 0 : right / shown,
    }));
  }
}
