// training/evaluation/baseline: a model beside what it has to beat: n-grams alone, counted on the same text with all its words. What
// both save of the keystrokes compares, whichever words each of them knows; their perplexities do not.

/** How two savings on the same words compare, e.g. `61.2 % of the keystrokes saved, 1.3 points more than by counting alone`. */
export function compareWithCounting(savings: number, countingSavings: number): string {
  const points = `${(100 * Math.abs(savings - countingSavings)).toFixed(1)} points`;
  const apart = isBehind(savings, countingSavings) ? "less" : "more";
  return `${(100 * savings).toFixed(1)} % of the keystrokes saved, ${points} ${apart} than by counting the text alone`;
}

/** Whether counting would have done better; a figure that is none is behind. */
export function isBehind(savings: number, countingSavings: number): boolean {
  return !(savings >= countingSavings);
}
