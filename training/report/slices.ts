// training/report/slices: which files of the text the model predicts badly.

import { FILE_TABLE_METRICS } from "../evaluation/metrics.ts";
import type { RunResults } from "../evaluation/run-results.ts";
import { nameSlice } from "../evaluation/slices.ts";
import { escape } from "./chart.ts";
import { count } from "./format.ts";

/** A heading and a table with a row for each of the largest files; nothing where the test text is of one file. */
export function fileTable({ slices }: RunResults): string[] {
  if (slices.length === 0) return [];
  const labels = FILE_TABLE_METRICS.map(({ label }) => `<th>${escape(label)}</th>`).join("");
  const rows = slices.map((slice) => {
    const cells = [count(slice.tokens), ...FILE_TABLE_METRICS.map(({ write }) => write(slice))];
    return `<tr><td>${escape(nameSlice(slice))}</td>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return [
    "<h2>By file</h2>",
    "<p>As served, with n-grams and neural cache where the model has them: the largest files of the test text, the worst perplexity first.</p>",
    `<div class="panel scroll" tabindex="0"><table><tr><th>file</th><th>tokens</th>${labels}</tr>${rows.join("")}</table></div>`,
  ];
}
