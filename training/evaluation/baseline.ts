// training/evaluation/baseline: a model beside the one that it has to beat, a trigram counted on the same text: like with like, both
// without a cache.

/** How two perplexities on the same words compare, e.g. `12.3 % below a trigram's 95.10`. */
export function compareWithTrigram(perplexity: number, trigramPerplexity: number): string {
  const apart = `${(100 * Math.abs(perplexity / trigramPerplexity - 1)).toFixed(1)} %`;
  const trigram = `a trigram's ${trigramPerplexity.toFixed(2)}`;
  return isBehind(perplexity, trigramPerplexity)
    ? `behind the trigram: ${apart} above ${trigram}`
    : `${apart} below ${trigram}`;
}

/** Whether counting would have done better; a figure that is none is behind. */
export function isBehind(perplexity: number, trigramPerplexity: number): boolean {
  return !(perplexity <= trigramPerplexity);
}
