// training/evaluation/slices: a text's figures by its files: which of them a model predicts badly. A text may have a hundred thousand
// files, so that little is added up for each, and the largest alone are told apart.

import type { DocumentPart } from "../data/encoded-text.ts";
import { computeFileMetrics } from "./metrics.ts";
import type { FileFigures, FileTotals } from "./metrics.ts";

/** Files that are told apart: those with the most tokens. */
export const MAX_SLICES = 10;

/** The figures of a file, or of all files that are not told apart. */
export interface Slice extends FileFigures {
  file: string | null; // null: all others
  files: number; // 1, or how many others there are
}

/** Adds up the tokens of a text, which are visited in order. */
export class SliceCounter {
  readonly #parts: readonly DocumentPart[];
  readonly #totals = new Map<string, FileTotals>();
  #part = 0;

  constructor(parts: readonly DocumentPart[]) {
    this.#parts = parts;
  }

  /**
   * Counts the token at a place.
   * @param above how many words were more probable there
   */
  add(at: number, token: { logProbability: number; isUnknown: boolean; above: number }): void {
    while (this.#part < this.#parts.length && this.#parts[this.#part]!.end <= at) this.#part++;
    const part = this.#parts[this.#part];
    if (!part) return; // nobody knows of which file it is
    let totals = this.#totals.get(part.file);
    if (!totals) {
      totals = { tokens: 0, logProbability: 0, unknown: 0, firstFive: 0 };
      this.#totals.set(part.file, totals);
    }
    totals.tokens++;
    totals.logProbability += token.logProbability;
    totals.unknown += Number(token.isUnknown);
    totals.firstFive += Number(token.above < 5);
  }

  /** The largest files, the worst perplexity first, then all others as one; none of a text of one file. */
  result(): Slice[] {
    const files = [...this.#totals].sort(([, a], [, b]) => b.tokens - a.tokens);
    if (files.length < 2) return [];
    const others = files.slice(MAX_SLICES);
    const slices: Slice[] = files
      .slice(0, MAX_SLICES)
      .map(([file, totals]) => ({ file, files: 1, ...computeFileMetrics(totals) }))
      .sort((a, b) => b.perplexity - a.perplexity);
    if (others.length > 0) {
      const totals = sum(others.map(([, totals]) => totals));
      slices.push({ file: null, files: others.length, ...computeFileMetrics(totals) });
    }
    return slices;
  }
}

function sum(all: FileTotals[]): FileTotals {
  return all.reduce((sum, totals) => ({
    tokens: sum.tokens + totals.tokens,
    logProbability: sum.logProbability + totals.logProbability,
    unknown: sum.unknown + totals.unknown,
    firstFive: sum.firstFive + totals.firstFive,
  }));
}

/** What a row is called. */
export function nameSlice({ file, files }: Slice): string {
  return file ?? (files === 1 ? "1 other file" : `${files.toLocaleString("en-US")} other files`);
}
