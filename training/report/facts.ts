// training/report/facts: what a model is made of, and what it is for, as a list.

import { findSetting } from "#model/settings";
import { makeCard } from "./card.ts";
import type { FinishedRun } from "./card.ts";
import { escape } from "./chart.ts";
import { count } from "./format.ts";

/** The model's card for a reader. */
export function writeFacts(run: FinishedRun): string {
  const { settings, metadata, cost } = run;
  const { training_data, lineage, intended_use, caveats } = makeCard(run);
  const { seed, ...training } = metadata.training;
  const list: [string, string][] = [
    ["Text", training_data.corpus],
    ["Licence of the text", training_data.licence],
    ["Digest of the text", `sha256 ${training_data.sha256}`],
    ["Trained on from", describeParent(run)],
    ["Program", `Afterword ${lineage.code_version}, engine ${settings.engine}, seed ${seed}`],
    ["Settings", write({ ...metadata.config, ...training })],
    ["Length", describeLength(settings)],
    ["Neural cache", metadata.neuralCache ? write(metadata.neuralCache) : "none"],
    [
      "Machine",
      `${cost.machine}, ${settings.threads} ${settings.threads === 1 ? "thread" : "threads"}`,
    ],
    ["Good for", intended_use.for],
    ["Not for", intended_use.not_for],
    ["To bear in mind", caveats],
  ];
  const items = list.map(([term, value]) => `<dt>${term}</dt><dd>${escape(value)}</dd>`);
  return `<div class="panel"><dl class="facts">${items.join("")}</dl></div>`;
}

function describeLength({ training, minutes }: FinishedRun["settings"]): string {
  const epochs = `${training.epochs} ${training.epochs === 1 ? "epoch" : "epochs"}`;
  return minutes === undefined ? epochs : `${epochs}, chosen for ${minutes} minutes`;
}

function describeParent({ settings }: FinishedRun): string {
  if (!settings.parent) return "nothing";
  const { version, words } = settings.parent;
  return `${version}: ${count(words.kept)} words kept, ${count(words.new)} new, ${count(words.dropped)} dropped`;
}

/** Settings under their options' names, e.g. `hidden-size 160, tied`. */
function write(settings: object): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => {
      const { flag = name } = findSetting(name) ?? {};
      if (value === true) return flag;
      return `${flag} ${typeof value === "number" ? Number(value.toPrecision(6)) : value}`;
    })
    .join(", ");
}
