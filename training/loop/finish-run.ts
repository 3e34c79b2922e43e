// training/loop/finish-run: what a run leaves when its last epoch has ended: the two files of the model, its card, a report,
// and a summary, whose presence says that the run has finished. Trains nothing.
//
// B batch, T time steps.

import { basename } from "node:path";
import { z } from "zod";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import type { MasterModel } from "#model/master-file";
import type { ModelMetrics } from "#model/metadata";
import type { TrainingEngine } from "../engines/engine.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import { fitBands } from "../low-rank/fit-bands.ts";
import { makeCard, nameMachine } from "../report/card.ts";
import type { FinishedRun } from "../report/card.ts";
import { readHistory } from "../report/history.ts";
import { writeReport } from "../report/report.ts";
import type { RunFiles } from "../run/files.ts";
import type { RunLease } from "../run/lease.ts";
import { LINES_NAME } from "../run/metrics.ts";
import type { EpochSummary, RunProgress } from "../run/progress.ts";
import { measureRun, metricsOf } from "../evaluation/run-results.ts";
import { readRunJson } from "../run/run-json.ts";
import type { RunSettings } from "../run/settings.ts";
import type { EpochsOfRun } from "./epochs.ts";
import type { TrainReporter } from "./reporter.ts";
import type { Parent } from "./warm-start.ts";

export interface TrainSummary {
  run: string; // the run's address
  engine: TrainingEngine["name"];
  parent: RunSettings["parent"];
  wordsPerSecond: number;
  epochs: EpochSummary[];
  losses: { step: number; loss: number }[]; // a hundred or so over the run, means of at most 10 steps
  test: Evaluation;
  metrics: ModelMetrics; // as the model's file has them
  masterPath: string;
  edgePath: string;
  reportPath: string;
}

const MASTER_NAME = "master.safetensors";
const EDGE_NAME = "edge.safetensors";
const CARD_NAME = "card.json";
const REPORT_NAME = "report.html";
const SUMMARY_NAME = "summary.json";

const trainSummary = z.looseObject({
  run: z.string(),
  engine: z.enum(["wasm", "tensorflow"]),
  wordsPerSecond: z.number(),
  epochs: z.array(z.looseObject({ epoch: z.number(), validPerplexity: z.number() })),
  losses: z.array(z.object({ step: z.number(), loss: z.number() })),
  test: z.looseObject({ tokens: z.number(), perplexity: z.number() }),
  metrics: z.record(z.string(), z.number()).default({}), // lacking in runs of the first release
  masterPath: z.string(),
  edgePath: z.string(),
  reportPath: z.string(),
});

/** What the run said when it finished, or null where it has not. */
export async function readSummary(files: RunFiles): Promise<TrainSummary | null> {
  const summary = await readRunJson(files, SUMMARY_NAME, trainSummary);
  return summary as TrainSummary | null;
}

/** What a run said is no longer so: it goes on. */
export async function forgetSummary(files: RunFiles): Promise<void> {
  await files.delete(SUMMARY_NAME);
}

/** A run whose last epoch has ended. */
export interface TrainedRun extends EpochsOfRun {
  files: RunFiles;
  lease: RunLease;
  settings: RunSettings;
  master: MasterModel; // with the best weights
  parent: Parent | null; // to be compared with
}

/** Measures the model on the test split and writes everything; the summary comes last. */
export async function finishRun(run: TrainedRun): Promise<TrainSummary> {
  const { files, settings, corpus, master, engine, progress, metrics, reporter } = run;
  const { metadata } = master;
  tellIfLearntByHeart(progress, reporter);
  engine.loadWeights(master.weights);
  await fitBands(master, corpus.splits.train.ids);
  const test = await run.test();
  const results = await measureRun({
    corpus,
    master,
    float32: engine,
    test,
    parent: run.parent,
    signal: run.signal,
    onProgress: (done, tokens) => reporter.onEvaluating("test", done, tokens),
  });
  metadata.metrics = metricsOf(test, progress.best!.validPerplexity, results);

  await run.lease.check();
  await files.write(MASTER_NAME, writeMasterFile(master));
  await files.write(EDGE_NAME, writeEdgeFile(master));
  await metrics.logTest(metadata.metrics);
  await metrics.flush();
  const { batchSize: B, numSteps: T } = settings.training;
  const wordsPerSecond = (progress.stepsDone * B * T) / progress.seconds;
  const cost = { trainingSeconds: progress.seconds, wordsPerSecond, machine: nameMachine() };
  await writeDescriptions(files, { settings, metadata, corpus, results, cost }, reporter);
  const summary: TrainSummary = {
    run: files.address,
    engine: engine.name,
    parent: settings.parent,
    wordsPerSecond,
    epochs: progress.epochs,
    losses: progress.losses,
    test,
    metrics: metadata.metrics,
    masterPath: files.addressOf(MASTER_NAME),
    edgePath: files.addressOf(EDGE_NAME),
    reportPath: files.addressOf(REPORT_NAME),
  };
  await files.write(SUMMARY_NAME, JSON.stringify(summary));
  return summary;
}

/** The card and the report; what keeps the report from being drawn does not lose the run. */
async function writeDescriptions(
  files: RunFiles,
  finished: FinishedRun,
  { onNotice }: TrainReporter,
): Promise<void> {
  await files.write(CARD_NAME, JSON.stringify(makeCard(finished), null, 2) + "\n");
  let page: string;
  try {
    const lines = new TextDecoder().decode((await files.read(LINES_NAME)) ?? undefined);
    page = writeReport(basename(files.address), finished, readHistory(lines));
  } catch (error) {
    return onNotice(`the report could not be written: ${(error as Error).message}`);
  }
  await files.write(REPORT_NAME, page);
}

const OVERFIT_SHARE = 0.5; // of the epochs, after the best one
const MIN_EPOCHS = 4;

function tellIfLearntByHeart({ epochs, best }: RunProgress, { onNotice }: TrainReporter): void {
  const later = epochs.length - best!.epoch;
  if (epochs.length < MIN_EPOCHS || later < OVERFIT_SHARE * epochs.length) return;
  onNotice(
    `the model is that of epoch ${best!.epoch}: the ${later} epochs after it learnt the text by heart (validation ` +
      `perplexity ${epochs.at(-1)!.validPerplexity.toFixed(1)}, the best has ${best!.validPerplexity.toFixed(1)})`,
  );
}
