// cli/job: `afterword job`: what the training image runs: one job from the corpus in the bucket to a model at the edge,
// as its environment says (job/contract). Read from top to bottom.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changePreset } from "#job/contract";
import type { JobEvent, TrainingPlan } from "#job/contract";
import { corpusPrefix, pullCorpus } from "#registry/corpora";
import { readJobEnvironment } from "#job/environment";
import type { JobRequest } from "#job/environment";
import { readInstance } from "#job/instance";
import { CostTracker } from "#job/cost-tracker";
import { readResult, writeResult } from "#job/run-result";
import type { RunResult } from "#job/run-result";
import { readChildPlan } from "#job/plan-file";
import type { RunFiles } from "#training/run/files";
import { chooseEngine } from "#training/engines/choose";
import { train } from "#training/loop/train";
import type { TrainReporter } from "#training/loop/reporter";
import { StoppedError, UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { ProgressLine } from "./progress.ts";
import { publishJob } from "./job-release.ts";
import { openRun } from "./run-option.ts";
import { abortOnSignals } from "./signals.ts";
import { openStoreAt } from "./store-option.ts";
import { defaultThreads, reportOn } from "./train.ts";

type Finished = JobEvent & { event: "finished" };

export const job: Command = {
  summary: "Runs one training job as its environment says: what the training image does.",
  options: {},
  examples: ["job"],
  async run() {
    const request = readRequest();
    const line = new ProgressLine();
    const { signal, release } = abortOnSignals("the job was told to stop");
    try {
      const finished = await runJob(request, line, signal);
      return { json: finished, text: JSON.stringify(finished) };
    } catch (error) {
      // with this exit status Batch tries again, and the run goes on from its checkpoint
      if (signal.aborted) throw new StoppedError((error as Error).message, { cause: error });
      throw error;
    } finally {
      release();
    }
  },
};

async function runJob(
  request: JobRequest,
  line: ProgressLine,
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
    line.print(`run "${run}" has finished; its job was only tried again`);
    return eventOf(before, 0);
  }
  const meter = await CostTracker.start(
    store,
    { run, model: plan.model },
    await readInstance(process.env),
  );
  line.print(`run ${run}, attempt ${meter.attempt}`);
  const scratch = await mkdtemp(join(tmpdir(), "job-"));
  try {
    const corpus = join(scratch, plan.corpus);
    const { files, bytes } = await pullCorpus(store, plan.corpus, corpus);
    line.print(`${corpusPrefix(plan.corpus)}: ${files} files, ${bytes} bytes`);
    const runFiles = openRun(`${request.store}/runs/${run}`);
    const metrics = await trainRun(plan, { run, corpus, files: runFiles, line, signal });
    const published = await publishJob(request, plan, {
      store,
      files: runFiles,
      corpus,
      meter,
      signal,
    });
    const { version, promoted, reason } = published;
    line.print(`version ${version} ${promoted ? "is current" : `was not promoted: ${reason}`}`);
    const { usd } = await meter.stop({ isFinished: true });
    const result = { run, plan, metrics, usd, ...published };
    await writeResult(store, result);
    return eventOf(result, meter.secondsOfAttempt());
  } catch (error) {
    await meter.stop({ isFinished: false });
    throw error;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

interface RunContext {
  run: string;
  corpus: string; // a folder
  files: RunFiles;
  line: ProgressLine;
  signal: AbortSignal;
}

/** Trains, or goes on where an attempt before was cut off; returns the measures of the best weights. */
async function trainRun(plan: TrainingPlan, context: RunContext): Promise<RunResult["metrics"]> {
  const { run, corpus, files, line, signal } = context;
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
    tellEpochs(reportOn(line, engine.reason), { run, model: plan.model }),
  );
  return {
    valid_perplexity: Math.min(...epochs.map(({ validPerplexity }) => validPerplexity)),
    test_perplexity: test.perplexity,
    accuracy: test.accuracy,
    top3: test.top3,
    keystroke_savings: test.keystrokeSavings,
  };
}

/** Prints an event on stdout after each epoch. */
function tellEpochs(
  reporter: TrainReporter,
  { run, model }: { run: string; model: string },
): TrainReporter {
  let pace = { epochs: 0, wordsPerSecond: 0 };
  return {
    ...reporter,
    onStep(progress) {
      pace = progress;
      reporter.onStep(progress);
    },
    onEpoch(summary) {
      reporter.onEpoch(summary);
      const event: JobEvent = {
        event: "epoch",
        model,
        run,
        epoch: summary.epoch,
        epochs: pace.epochs,
        train_perplexity: summary.trainPerplexity,
        valid_perplexity: summary.validPerplexity,
        words_per_second: pace.wordsPerSecond,
      };
      process.stdout.write(JSON.stringify(event) + "\n");
    },
  };
}

function eventOf({ run, plan, version, metrics, promoted }: RunResult, seconds: number): Finished {
  const test_perplexity = metrics.test_perplexity!;
  return { event: "finished", model: plan.model, run, version, test_perplexity, promoted, seconds };
}

function readRequest(): JobRequest {
  try {
    return readJobEnvironment(process.env);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
