// training/report/report: a finished run as one page that needs nothing else: no script, no network.

import { countParameters } from "#model/tensors";
import { writeMetric } from "../evaluation/metrics.ts";
import type { FinishedRun } from "./card.ts";
import { nameCorpus } from "../data/name-corpus.ts";
import { drawChart, escape } from "./chart.ts";
import { writeComparison } from "./comparison.ts";
import { writeFacts } from "./facts.ts";
import { count, duration, percent } from "./format.ts";
import type { RunHistory } from "./history.ts";
import { fileTable } from "./slices.ts";
import { STYLE } from "./style.ts";
import { frequencyTables } from "./word-frequency.ts";

const points = (share: number) => `${(100 * share).toFixed(1)} points`;

/** The page; `name` is the run's. */
export function writeReport(name: string, run: FinishedRun, history: RunHistory): string {
  const body = [
    `<h1>${escape(name)}</h1>`,
    `<p>${escape(describeModel(run))}</p>`,
    tiles(run),
    "<h2>Training</h2>",
    charts(history),
    "<h2>Comparison with baselines</h2>",
    writeComparison(run),
    "<h2>By word frequency</h2>",
    frequencyTables(run.results.int8),
    ...fileTable(run.results),
    "<h2>Samples</h2>",
    samples(history),
    "<h2>Model card</h2>",
    writeFacts(run),
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escape(name)}: a run of Afterword</title><link rel="icon" href="data:,">`,
    `<style>${STYLE}</style></head><body><main>`,
    ...body,
    "</main></body></html>\n",
  ].join("\n");
}

function describeModel({ settings, metadata, corpus }: FinishedRun): string {
  const { layers, hiddenSize, vocabularySize } = metadata.config;
  return (
    `${layers} ${layers === 1 ? "layer" : "layers"} of ${hiddenSize}, ${count(vocabularySize)} words, ` +
    `${count(countParameters(metadata.config))} parameters; trained on ${count(corpus.splits.train.ids.length)} ` +
    `tokens of ${nameCorpus(settings.corpus)}`
  );
}

function tiles({ results, cost }: FinishedRun): string {
  const { int8, cached, mixture, typing, kneserNey } = results;
  const served = mixture?.cached ?? cached;
  const more = served.keystrokeSavings - kneserNey.keystrokeSavings;
  const list: [string, string, string][] = [
    ["Perplexity", writeMetric("perplexity", int8.perplexity), "of the network"],
    [
      mixture ? "With n-grams and neural cache" : "With neural cache",
      writeMetric("perplexity", served.perplexity),
      "perplexity of a session",
    ],
    ["Next word right", percent(served.accuracy), `among three: ${percent(served.top3)}`],
    [
      "Keystrokes saved",
      percent(served.keystrokeSavings),
      `word by word; at most ${percent(served.sessionCeiling)} with these words and those typed before; ` +
        `${points(Math.abs(more))} ${more < 0 ? "less" : "more"} than n-grams alone`,
    ],
    [
      "Typed letter by letter",
      percent(typing.savings),
      `of the keystrokes saved, with marks and capitals; at most ${percent(typing.sessionCeiling)}`,
    ],
    [
      "Lost to unknown words",
      percent(served.lostToUnknown),
      "of the keystrokes, where none is offered twice",
    ],
    ["Calibration error", percent(served.calibrationError), "0: as sure as it is right"],
    ["Unknown words", percent(served.unknownRate), `of ${count(served.tokens)} test tokens`],
    ["Training", duration(cost.trainingSeconds), `${count(cost.wordsPerSecond)} words a second`],
  ];
  const items = list.map(
    ([term, value, note]) => `<div><dt>${term}</dt><dd>${value}<small>${note}</small></dd></div>`,
  );
  return `<dl class="tiles">${items.join("")}</dl>`;
}

function charts({ steps, epochs }: RunHistory): string {
  const at = <Row extends { step: number }>(rows: Row[], valueOf: (row: Row) => number) =>
    rows.map((row): [number, number] => [row.step, valueOf(row)]);
  const losses = at(steps, ({ loss }) => loss);
  const figures = [
    drawChart({
      title: "Loss, nats a word",
      xLabel: "steps",
      series: [{ name: "training", points: losses }],
    }),
    drawChart({
      title: "Perplexity",
      xLabel: "steps",
      logarithmic: true,
      series: [
        { name: "training", points: losses.map(([step, loss]) => [step, Math.exp(loss)]) },
        {
          name: "validation, at each epoch's end",
          points: at(epochs, ({ valid }) => valid),
          dots: true,
        },
      ],
    }),
    drawChart({
      title: "Learning rate",
      xLabel: "steps",
      fromZero: true,
      series: [{ name: "learning rate", points: at(steps, (step) => step.learningRate) }],
    }),
  ];
  return `<div class="charts">${figures.join("")}</div>`;
}

function samples({ samples }: RunHistory): string {
  if (samples.length === 0) return "<p>Nothing was written down.</p>";
  const last = samples.length - 1;
  const epochs = samples.map(({ epoch, samples }, index) => {
    const texts = samples.map(
      ({ prompt, text }) => `<p class="sample"><b>${escape(prompt)}</b>${escape(text)}</p>`,
    );
    const open = index === last ? " open" : "";
    return `<details${open}><summary>after epoch ${epoch}</summary>${texts.join("")}</details>`;
  });
  return (
    "<p>The same beginnings of held-out sentences, continued with the same random numbers after each epoch.</p>" +
    `<div class="panel">${epochs.reverse().join("")}</div>`
  );
}
