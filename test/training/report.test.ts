import { describe, expect, it } from "vitest";
import { findPreset } from "#model/presets";
import { MetricsAccumulator } from "#training/evaluation/metrics-accumulator";
import { makeCard } from "#training/report/card";
import type { FinishedRun } from "#training/report/card";
import { drawChart } from "#training/report/chart";
import { readHistory } from "#training/report/history";
import { writeReport } from "#training/report/report";
import { sampleContinuations } from "#training/evaluation/generations";
import { makeTinyModel } from "../tiny-model.ts";

const master = makeTinyModel();
const { vocabulary } = master;

function evaluate(shift: number) {
  const measures = new MetricsAccumulator(vocabulary, "text");
  for (let id = 0; id < vocabulary.size; id++) {
    const row = Float32Array.from(
      { length: vocabulary.size },
      (_, at) => -3 - Math.abs(at - id - shift),
    );
    measures.add(id, 4, row);
  }
  return measures.result();
}

const { model, training } = findPreset("quick");
const ids = Int32Array.from({ length: 60 }, (_, at) => (at % 6 === 5 ? 1 : 3 + (at % 20)));
const text = { ids, lengths: new Uint16Array(60).fill(4) };
const run: FinishedRun = {
  settings: {
    corpus: "<notes> & more",
    corpusDigest: "0f",
    parent: { version: "20260101-000000-abcdef", words: { kept: 9, new: 2, dropped: 1 } },
    corpusLicence: "CC-BY-4.0",
    tokenizer: "text",
    model,
    training,
    engine: "wasm",
    threads: 2,
    codeVersion: "1",
  },
  metadata: { ...master.metadata, parentVersion: "20260101-000000-abcdef" },
  corpus: { vocabulary, digest: "0f", splits: { train: text, valid: text, test: text } },
  results: {
    float32: evaluate(0),
    int8: evaluate(0),
    cached: evaluate(0),
    neuralCache: { window: 500, theta: 1, lambda: 0.1 },
    mixture: { plain: evaluate(0), cached: evaluate(0) },
    typing: { sentences: 300, characters: 100, keys: 60, acceptances: 9, savings: 0.4, ceiling: 0.61, sessionCeiling: 0.655 }, // prettier-ignore
    slices: [
      { file: "letters/<boris>.txt", files: 1, tokens: 1_234, perplexity: 321.5, unknownRate: 0.1, top5: 0.25 },
      { file: null, files: 7, tokens: 55, perplexity: 8, unknownRate: 0, top5: 1 },
    ], // prettier-ignore
    kneserNey: evaluate(2),
    parent: { version: "20260101-000000-abcdef", evaluation: evaluate(1) },
  },
  cost: { trainingSeconds: 100, wordsPerSecond: 1_000, machine: "2 × a processor" },
};

const LINES = [
  '{"step":10,"epoch":1,"loss":6.5,"perplexity":665,"gradient_norm":1,"learning_rate":1}',
  '{"step":20,"epoch":1,"loss":6,"perplexity":403,"gradient_norm":1,"learning_rate":1}',
  '{"step":20,"epoch":1,"learning_rate":1,"train_perplexity":500,"valid_perplexity":300,"seconds":9}',
  '{"step":20,"epoch":1,"samples":[{"prompt":"The state","text":" of <unknown> things"}]}',
  '{"step":30,"epoch":2,"loss":5,"perplexity":148,"gradient_norm":1,"learning_rate":0.5}',
  '{"test":{"valid_perplexity":300}}',
  '{"step":40,"epoch":2,"lo',
];

describe("a run's history", () => {
  it("reads steps, epochs and samples, and leaves out a line that was cut off", () => {
    const { steps, epochs, samples } = readHistory(LINES.join("\n"));
    expect(steps.map(({ step, learningRate }) => [step, learningRate])).toEqual([
      [10, 1],
      [20, 1],
      [30, 0.5],
    ]);
    expect(epochs).toEqual([{ step: 20, epoch: 1, train: 500, valid: 300, learningRate: 1 }]);
    expect(samples.map(({ epoch }) => epoch)).toEqual([1]);
  });
});

describe("a report", () => {
  const page = writeReport("notes", run, readHistory(LINES.join("\n")));

  it("says whether the model as served saves more than n-grams alone", () => {
    const savings = (served: number, ngrams: number) => {
      const savingOf = (keystrokeSavings: number) => ({ ...evaluate(0), keystrokeSavings });
      const mixture = { plain: evaluate(0), cached: savingOf(served) };
      const results = { ...run.results, mixture, kneserNey: savingOf(ngrams) };
      return writeReport("notes", { ...run, results }, readHistory(""));
    };
    expect(savings(0.6, 0.58)).toContain("2.0 points more than n-grams alone");
    expect(savings(0.55, 0.58)).toContain("3.0 points less than n-grams alone");
  });

  it("is drawn where a loss or a perplexity is beyond all numbers", () => {
    const lines = [
      '{"step":10,"epoch":1,"loss":900,"learning_rate":1000}',
      '{"step":20,"epoch":1,"loss":null,"learning_rate":1000}',
      '{"step":20,"epoch":1,"learning_rate":1,"train_perplexity":null,"valid_perplexity":null,"seconds":9}',
    ];
    expect(writeReport("wild", run, readHistory(lines.join("\n")))).toContain("</html>");
    expect(writeReport("bare", run, readHistory(""))).toContain("There is nothing to draw");
  });

  it("does not say where on a machine the text lies", () => {
    const settings = { ...run.settings, corpus: "/home/anna/diary/2026.txt" };
    const told =
      writeReport("notes", { ...run, settings }, readHistory("")) +
      JSON.stringify(makeCard({ ...run, settings }));
    expect(told).toContain("2026.txt");
    expect(told).not.toMatch(/anna|diary/);
  });

  it("asks nothing of the network and runs no script", () => {
    expect(page).not.toMatch(/https?:|<script|@import|url\(/);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)).toEqual([
      "data:,",
    ]);
  });

  it("draws the curves of loss, perplexities and learning rate", () => {
    expect(page.match(/<polyline/g)).toHaveLength(4);
    for (const title of ["Loss", "Perplexity", "Learning rate"]) {
      expect(page).toContain(`<figcaption>${title}`);
    }
  });

  it("compares the model with its parent and n-grams alone", () => {
    expect(page).toContain("its parent, version 20260101-000000-abcdef");
    expect(page).toContain("9 words kept, 2 new, 1 dropped");
    expect(page).toContain("Kneser–Ney");
  });

  it("says which files are predicted badly, and the card, which others may read, does not", () => {
    const cells = ["letters/&lt;boris&gt;.txt", "1,234", "321.50", "10.00 %", "25.00 %"];
    const rows = [cells, ["7 other files", "55", "8.00", "0.00 %", "100.00 %"]];
    for (const row of rows) expect(page).toContain(`<td>${row.join("</td><td>")}</td>`);
    expect(JSON.stringify(makeCard(run))).not.toContain("boris");
    const alone = { ...run, results: { ...run.results, slices: [] } };
    expect(writeReport("notes", alone, readHistory(""))).not.toContain("By file");
  });

  it("says what is saved word by word and by typing, of how much, and what unknown words cost", () => {
    expect(page).toContain("40.0 %<small>of the keystrokes saved, with marks and capitals; at most 65.5 %</small>"); // prettier-ignore
    for (const label of ["at most, its words", "and words typed before", "lost to unknown words"]) {
      expect(page).toContain(`<th>${label}</th>`);
    }
  });

  it("names settings as the options of train do", () => {
    expect(page).toMatch(/hidden-size \d+, num-layers \d+/);
    expect(page).not.toMatch(/hiddenSize|keepProb|lockedDropout/);
  });

  it("takes no text for markup", () => {
    expect(page).toContain("&lt;notes&gt; &amp; more");
    expect(page).toContain("of &lt;unknown&gt; things");
  });
});

describe("a chart", () => {
  const placesIn = (chart: string) =>
    [...chart.matchAll(/points="([^"]*)"/g)].map(([, points]) =>
      points!.split(" ").map((point) => point.split(",").map(Number)),
    );

  it("places points by their numbers, the largest at the top", () => {
    const points: [number, number][] = [1, 2, 3].map((x) => [x, x * 100]);
    const [line] = placesIn(drawChart({ title: "", xLabel: "", series: [{ name: "", points }] }));
    const [x1, x2, x3] = line!.map(([x]) => x!) as [number, number, number];
    const [y1, y2, y3] = line!.map(([, y]) => y!) as [number, number, number];
    expect(x2 - x1).toBeCloseTo(x3 - x2, 0);
    expect(y1 - y2).toBeCloseTo(y2 - y3, 0);
    expect(y1).toBeGreaterThan(y3);
  });

  it("draws one point, a level line, and thousands of points within its frame", () => {
    const many = Array.from({ length: 9_999 }, (_, x): [number, number] => [x, 7]);
    for (const points of [[[5, 5]], many] as [number, number][][]) {
      for (const logarithmic of [false, true]) {
        const chart = drawChart({
          title: "",
          xLabel: "",
          logarithmic,
          series: [{ name: "", points }],
        });
        for (const [x, y] of placesIn(chart)[0]!) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThanOrEqual(360);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(230);
        }
        expect(chart.length).toBeLessThan(20_000);
      }
    }
  });
});

describe("a card", () => {
  it("says what the text was, under which licence, and what the model cost", () => {
    expect(makeCard(run)).toMatchObject({
      training_data: { corpus: "<notes> & more", licence: "CC-BY-4.0", sha256: "0f" },
      lineage: { parent_version: "20260101-000000-abcdef" },
      cost: { training_seconds: 100, machine: "2 × a processor" },
    });
  });
});

describe("samples", () => {
  it("go on with the same beginnings in the same way, and write no placeholder", async () => {
    const V = vocabulary.size;
    const scorer = {
      scoreLength: 20,
      resetScoringState: () => {},
      score: (ids: Int32Array) =>
        Promise.resolve(
          Float32Array.from(
            { length: ids.length * V },
            (_, at) => -((at * 7) % 11) - (at % V === 0 ? 0 : 1),
          ),
        ),
    };
    const options = { vocabulary, tokenizer: "text" as const };
    const samples = await sampleContinuations(scorer, ids, options);
    expect(samples).toHaveLength(3);
    expect(await sampleContinuations(scorer, ids, options)).toEqual(samples);
    for (const { prompt, text } of samples) {
      expect(prompt.split(" ").length).toBeGreaterThan(1);
      expect(text).not.toMatch(/<(?:unk|num|eos)>/);
    }
  });
});
