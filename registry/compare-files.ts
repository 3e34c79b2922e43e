// registry/compare-files: what two models make of each file of the same words. How much worse a file may become is the gate's.

import type { DocumentPart } from "#training/data/encoded-text";

/** A file as a candidate and the current version predict it. */
export interface FileComparison {
  file: string;
  tokens: number; // of it that were scored
  perplexity: number;
  currentPerplexity: number;
}

/** The perplexity of tokens with these log-probabilities. */
export function perplexityOf(logProbabilities: Float64Array): number {
  return Math.exp(-logProbabilities.reduce((sum, one) => sum + one, 0) / logProbabilities.length);
}

/**
 * Compares two models by file.
 * @param parts which of the tokens are of which file
 * @returns nothing of a text of one file, of which the comparison of all tokens says as much
 * @example
 * compareFiles([{ file: "a", end: 1 }, { file: "b", end: 2 }], own, current); // of two files with a token each
 */
export function compareFiles(
  parts: readonly DocumentPart[],
  own: Float64Array,
  current: Float64Array,
): FileComparison[] {
  const totals = new Map<string, { tokens: number; own: number; current: number }>();
  let at = 0;
  for (const { file, end } of parts) {
    let total = totals.get(file);
    if (!total) totals.set(file, (total = { tokens: 0, own: 0, current: 0 }));
    total.tokens += end - at;
    for (; at < end; at++) {
      total.own += own[at]!;
      total.current += current[at]!;
    }
  }
  if (totals.size < 2) return [];
  return Array.from(totals, ([file, total]) => ({
    file,
    tokens: total.tokens,
    perplexity: Math.exp(-total.own / total.tokens),
    currentPerplexity: Math.exp(-total.current / total.tokens),
  }));
}
