// job/run-job: one job from the corpus in the bucket to a model at the edge. Read from top to bottom; what it tells goes to
// a reporter, printing is cli/'s.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingPlan } from "#config/training-plan";
import { corpusPrefix, pullCorpus } from "#registry/corpora";
import { proveWritable } from "#registry/follow";
import { findKnownText } from "#registry/known-text";
import type { ObjectStore } from "#registry/object-store";
import { openRun, openStoreAt, PATIENT } from "#registry/open";
import { isStoreFailure } from "#registry/store-errors";
import { describeLicences } from "#training/data/licences";
import { chooseEngine, defaultThreads } from "#training/engines/choose";
import { testFiguresOf } from "#training/evaluation/metrics";
import type { TrainReporter } from "#training/loop/reporter";
import { train } from "#training/loop/train";
import type { RunFiles } from "#training/run/files";
import { readBeginning } from "./beginning.ts";
import type { Beginning } from "./beginning.ts";
import type { JobEvent } from "./contract.ts";
import { CostTracker } from "./cost-tracker.ts";
import type { JobRequest } from "./environment.ts";
import { readInstance } from "./instance.ts";
import { openEdgeStore, publishJob } from "./publish.ts";
import { asRetry, RetryError } from "./retry.ts";
import { readResult, writeResult } from "./run-result.ts";
import type { JobReporter } from "./reporter.ts";
import type { RunResult } from "./run-result.ts";
import { readChildPlan } from "./plan-file.ts";
import { weighTraining } from "./worth-training.ts";

export type Finished = JobEvent & { event: "finished" };

/**
 * Does what a job's environment asks for; a run that has finished is told again.
 * @throws RetryError where the same job may succeed in a minute: it goes on where this attempt ended
 */
export async function runJob(
  request: JobRequest,
  reporter: JobReporter,
  signal: AbortSignal,
): Promise<Finished> {
  const store = openStoreAt(request.store, PATIENT);
  try {
    const plan =
      "key" in request.plan
        ? await readChildPlan(store, request.plan.key, request.plan.index)
        : request.plan;
    const before = await readResult(store, request.run);
    if (before) {
      reporter.onNotice(`run "${request.run}" has finished; its job was only tried again`);
      return eventOf(before, 0);
    }
    const skipped = await skipIfUseless(request, plan, { store, reporter, signal });
    return skipped ?? (await runPlan(request, plan, { store, reporter, signal }));
  } catch (error) {
    throw asRetry(error);
  }
}

interface JobContext {
  store: ObjectStore;
  reporter: JobReporter;
  signal: AbortSignal;
}

/** Ends the job before it costs more, where training cannot help; a run that began goes on. */
async function skipIfUseless(
  { run, plan: asked, force }: JobRequest,
  plan: TrainingPlan,
  { store, reporter }: JobContext,
): Promise<Finished | null> {
  if (force || "key" in asked) return null;
  if ((await store.list(`runs/${run}/`)).length > 0) return null;
  const worth = await weighTraining(store, plan);
  if (!worth) return null;
  reporter.onNotice(worth.reason);
  if (worth.helps) return null;
  const { version, reason, card } = worth;
  const skipped = `training cannot help: ${reason}; AFTERWORD_FORCE=1, or retrain --force, trains all the same`;
  reporter.onNotice(skipped);
  const result = { run, plan, version, metrics: card.metrics, promoted: false, reason: skipped, usd: null, skipped }; // prettier-ignore
  await writeResult(store, result);
  return eventOf(result, 0);
}

async function runPlan(
  request: JobRequest,
  plan: TrainingPlan,
  { store, reporter, signal }: JobContext,
): Promise<Finished> {
  const { run } = request;
  const edge = request.edge && openEdgeStore(request.edge);
  // hours before its model is written there
  if (edge) await proveWritable(edge, run);
  const files = openRun(`${request.store}/runs/${run}`);
  const beginning = await readBeginning(plan, { store, files, reporter });
  const instance = await readInstance(process.env);
  const costs = await CostTracker.start(store, { run, model: plan.model }, instance);
  reporter.onNotice(`run ${run}, attempt ${costs.attempt}`);
  const scratch = await mkdtemp(join(tmpdir(), "job-"));
  try {
    const corpus = join(scratch, plan.corpus);
    const { files: count, bytes } = await pullCorpus(store, plan.corpus, corpus);
    reporter.onNotice(`${corpusPrefix(plan.corpus)}: ${count} files, ${bytes} bytes`);
    const metrics = await trainRun(plan, { run, corpus, files, beginning, reporter, signal });
    const publication = { store, edge, files, corpus, costs, reporter, signal };
    const published = await publishJob(request, plan, publication).catch((error: Error) => {
      throw unpublished(error, files.address, plan.model, request.store);
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

/** The run is complete, whatever its publishing met: no attempt trains it again, and it can be published by hand. */
function unpublished(error: Error, run: string, model: string, store: string): Error {
  // what no store refused, as a model that no isolate could serve, is refused again the next time
  if (!isStoreFailure(error)) return error;
  return new RetryError(
    `the training is complete and its model could not be published: ${error.message}; the next attempt only publishes it, ` +
      `or do so by hand: afterword publish --run ${run} --name ${model} --store ${store}`,
    { cause: error },
  );
}

interface RunContext {
  run: string;
  corpus: string; // a folder
  files: RunFiles;
  beginning: Beginning;
  reporter: JobReporter;
  signal: AbortSignal;
}

/** Trains, or goes on where an attempt before was cut off; returns the metrics of the best weights. */
async function trainRun(plan: TrainingPlan, context: RunContext): Promise<RunResult["metrics"]> {
  const { run, corpus, files, beginning, reporter, signal } = context;
  const threads = defaultThreads();
  // the image sets it: a job that pays for a GPU must not train without one
  const needsGpu = Boolean(process.env.AFTERWORD_REQUIRE_GPU);
  const engine = chooseEngine("auto", { threads, needsGpu });
  const { epochs, test } = await train(
    {
      corpus,
      corpusKey: corpusPrefix(plan.corpus),
      ...(plan.licences && {
        corpusLicence: describeLicences(plan.licences),
        licences: plan.licences,
      }),
      tokenizer: plan.tokenizer,
      language: plan.language,
      shared: true,
      ...beginning,
      findText: findKnownText,
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
    ...testFiguresOf(test),
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

function eventOf(result: RunResult, seconds: number): Finished {
  const { run, plan, version, metrics, promoted, skipped } = result;
  const test_perplexity = metrics.test_perplexity!;
  const event = { event: "finished" as const, model: plan.model, run, version, test_perplexity, promoted, seconds }; // prettier-ignore
  return skipped === undefined ? event : { ...event, skipped };
}
