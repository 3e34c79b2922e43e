// training/report/comparison: the model beside its parts, its parent and counts alone, on the same test text.

import { TABLE_METRICS } from "../evaluation/metrics.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import type { FinishedRun } from "./card.ts";
import { escape } from "./chart.ts";
import { count } from "./format.ts";

/** A table with a row for each way to predict. */
export function writeComparison({ results, metadata }: FinishedRun): string {
  const { float32, int8, cached, mixture, kneserNey, parent } = results;
  const rows: [string, Evaluation, string][] = [
    ["network in int8", int8, mixture ? "" : "ours"],
    ["network in float32", float32, ""],
    ["network in int8 with its neural cache; the others have none", cached, ""],
  ];
  if (mixture) {
    rows.unshift(
      ["this model: network, n-grams and neural cache", mixture.cached, "ours"],
      ["network and n-grams", mixture.plain, ""],
    );
  }
  if (parent) rows.push([`its parent, version ${parent.version}, int8`, parent.evaluation, ""]);
  rows.push(["n-grams alone (Kneser–Ney), with all words of the text", kneserNey, ""]);
  const labels = TABLE_METRICS.map(({ label }) => `<th>${escape(label)}</th>`).join("");
  const head = `<tr><th>on the same ${count(int8.tokens)} test tokens</th>${labels}</tr>`;
  const body = rows.map(([name, evaluation, kind]) => {
    const cells = TABLE_METRICS.map(({ write }) => `<td>${write(evaluation)}</td>`).join("");
    return `<tr class="${kind}"><td>${escape(name)}</td>${cells}</tr>`;
  });
  const note =
    "<p>Perplexities compare between rows that know the same words: those with n-grams know more than the network. " +
    "At most: what a model that knows each next word would save of the keystrokes with the words it may offer, and with " +
    "those that were typed before, which rows with a neural cache offer too.</p>";
  const none = metadata.parentVersion
    ? ""
    : "<p>It was trained from nothing: there is no parent.</p>";
  return `<div class="panel scroll" tabindex="0"><table>${head}${body.join("")}</table></div>${note}${none}`;
}
