// job/run-job: one job from the corpus in the bucket to a model at the edge. Read from top to bottom; what it tells goes to
// a reporter, printing is cli/'s.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingPlan } from "#config/training-plan";
import { changePreset } from "#model/presets";
import { corpusPrefix, pullCorpus } from "#registry/corpora";
import { openRun, openStoreAt } from "#registry/open";
import { chooseEngine, defaultThreads } from "#training/engines/choose";
import type { TrainReporter } from "#training/loop/reporter";
import { train } from "#training/loop/train";
import type { RunFiles } from "#training/run/files";
import type { JobEvent } from "./contract.ts";
import { CostTracker } from "./cost-tracker.ts";
import type { JobRequest } from "./environment.ts";
import { readInstance } from "./instance.ts";
import { publishJob } from "./publish.ts";
import { readResult, writeResult } from "./run-result.ts";
import type { JobReporter } from "./reporter.ts";
import type { RunResult } from "./run-result.ts";
import { readChildPlan } from "./plan-file.ts";

export type Finished = JobEvent & { event: "finished" };

/** Does what a job's environment asks for; a run that has finished is told again. */
export async function runJob(
  request: JobRequest,
  reporter: JobReporter,
  signal: AbortSignal,
): Promise<Finished> {
  const { run } = request;
  const store = openStoreAt(request.store);
  const plan =
    "key" in request.plan
      ? await readChildPlan(store, request.plan.key, request.plan.index)
      : request.plan;
  const before = await readResult(store, run);
  if (before) {
    reporter.onNotice(`run "${run}" has finished; its job was only tried again`);
    return eventOf(before, 0);
  }
  const costs = await CostTracker.start(
    store,
    { run, model: plan.model },
    await readInstance(process.env),
  );
  reporter.onNotice(`run ${run}, attempt ${costs.attempt}`);
  const scratch = await mkdtemp(join(tmpdir(), "job-"));
  try {
    const corpus = join(scratch, plan.corpus);
    const { files, bytes } = await pullCorpus(store, plan.corpus, corpus);
    reporter.onNotice(`${corpusPrefix(plan.corpus)}: ${files} files, ${bytes} bytes`);
    const runFiles = openRun(`${request.store}/runs/${run}`);
    const metrics = await trainRun(plan, { run, corpus, files: runFiles, reporter, signal });
    const published = await publishJob(request, plan, {
      store,
      files: runFiles,
      corpus,
      costs,
      reporter,
      signal,
    });
    const { version, promoted, reason } = published;
    reporter.onNotice(
      `version ${version} ${promoted ? "is current" : `was not promoted: ${reason}`}`,
    );
    const { usd } = await costs.stop({ isFinished: true });
    const result = { run, plan, metrics, usd, ...published };
    await writeResult(store, result);
    return eventOf(result, costs.secondsOfAttempt());
  } catch (error) {
    await costs.stop({ isFinished: false });
    throw error;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

interface RunContext {
  run: string;
  corpus: string; // a folder
  files: RunFiles;
  reporter: JobReporter;
  signal: AbortSignal;
}

/** Trains, or goes on where an attempt before was cut off; returns the metrics of the best weights. */
async function trainRun(plan: TrainingPlan, context: RunContext): Promise<RunResult["metrics"]> {
  const { run, corpus, files, reporter, signal } = context;
  const threads = defaultThreads();
  // the image sets it: a job that pays for a GPU must not train without one
  const needsGpu = Boolean(process.env.AFTERWORD_REQUIRE_GPU);
  const engine = chooseEngine("auto", { threads, needsGpu });
  const { epochs, test } = await train(
    {
      corpus,
      tokenizer: plan.tokenizer,
      preset: changePreset(plan.preset, plan.settings),
      files,
      resume: true,
      threads,
      createEngine: engine.create,
      signal,
    },
    tellEpochs(reporter, engine.reason, { run, model: plan.model }),
  );
  return {
    valid_perplexity: Math.min(...epochs.map(({ validPerplexity }) => validPerplexity)),
    test_perplexity: test.perplexity,
    accuracy: test.accuracy,
    top3: test.top3,
    keystroke_savings: test.keystrokeSavings,
  };
}

/** Tells an event after each epoch. */
function tellEpochs(
  reporter: JobReporter,
  engineReason: string,
  { run, model }: { run: string; model: string },
): TrainReporter {
  const training = reporter.onTraining(engineReason);
  let pace = { epochs: 0, wordsPerSecond: 0 };
  return {
    ...training,
    onStep(progress) {
      pace = progress;
      training.onStep(progress);
    },
    onEpoch(summary) {
      training.onEpoch(summary);
      reporter.onEvent({
        event: "epoch",
        model,
        run,
        epoch: summary.epoch,
        epochs: pace.epochs,
        train_perplexity: summary.trainPerplexity,
        valid_perplexity: summary.validPerplexity,
        words_per_second: pace.wordsPerSecond,
      });
    },
  };
}

function eventOf({ run, plan, version, metrics, promoted }: RunResult, seconds: number): Finished {
  const test_perplexity = metrics.test_perplexity!;
  return { event: "finished", model: plan.model, run, version, test_perplexity, promoted, seconds };
}
