// training/report/word-frequency: what became of the words that the training text has seldom and often, and which ones
// were guessed in their place.

import { BAND_LIMITS } from "../evaluation/metrics-accumulator.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import { percent } from "./format.ts";

/** Two tables side by side: how well each band is predicted, and what is mistaken for what. */
export function frequencyTables({ byFrequency }: Evaluation): string {
  const rows = byFrequency.map(({ least, tokens, accuracy, top3, perplexity }) => {
    const cells = [
      tokens.toLocaleString("en-US"),
      percent(accuracy),
      percent(top3),
      perplexity < 100 ? perplexity.toFixed(1) : Math.round(perplexity).toLocaleString("en-US"),
    ];
    return `<tr><td>${nameOf(least)}</td>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const accuracy =
    "<tr><th>times seen</th><th>tested</th><th>right</th><th>of three</th><th>perplexity</th></tr>" +
    rows.join("");
  const heads = BAND_LIMITS.map((least) => `<th>${nameOf(least)}</th>`).join("");
  const confusion = byFrequency.map(({ least, tokens, guessed }) => {
    const cells = guessed.map((times) => {
      const share = times / tokens;
      return `<td style="background: rgb(var(--heat) / ${(0.5 * share).toFixed(3)})">${percent(share)}</td>`;
    });
    return `<tr><td>${nameOf(least)}</td>${cells.join("")}</tr>`;
  });
  return (
    '<div class="two">' +
    `<div class="panel scroll" tabindex="0"><h3>How well they are predicted, by how often the training text has them</h3><table>${accuracy}</table></div>` +
    '<div class="panel scroll" tabindex="0"><h3>How often the first guess in their place was seen</h3>' +
    `<table class="heat"><tr><th>the word</th>${heads}</tr>${confusion.join("")}</table></div>` +
    "</div>"
  );
}

function nameOf(least: number): string {
  const at = BAND_LIMITS.indexOf(least);
  const next = BAND_LIMITS[at + 1];
  const write = (value: number) => value.toLocaleString("en-US");
  return next === undefined ? `${write(least)}+` : `${write(least)}–${write(next - 1)}`;
}
