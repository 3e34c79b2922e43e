// training/loop/train: the run, read top to bottom: what can be refused, the engine, the epochs, the end. What is refused is in
// prepare, the loop itself in epochs, what a run leaves in finish-run.

import { isDeepStrictEqual } from "node:util";
import type { Weights } from "#model/tensors";
import { boundText } from "../data/bound-text.ts";
import type { Corpus } from "../data/corpus.ts";
import { licenceOf } from "../data/licences.ts";
import { MANIFEST_NAME } from "../data/manifest.ts";
import type { CorpusManifest } from "../data/manifest.ts";
import { nameCorpus } from "../data/name-corpus.ts";
import type { Replay } from "../data/replay.ts";
import type { TrainingEngine } from "../engines/engine.ts";
import { evaluateText, measurePerplexity } from "../evaluation/evaluation.ts";
import { sampleContinuations } from "../evaluation/generations.ts";
import { CheckpointManager } from "../run/checkpoint-manager.ts";
import { CODE_VERSION } from "../run/code-version.ts";
import { RunLease } from "../run/lease.ts";
import { RunMetrics } from "../run/metrics.ts";
import { newProgress } from "../run/progress.ts";
import { checkSameRun, readRunSettings, writeRunSettings } from "../run/settings.ts";
import type { RunSettings } from "../run/settings.ts";
import { endEpochs, trainEpochs } from "./epochs.ts";
import type { EpochsOfRun } from "./epochs.ts";
import { finishRun, forgetSummary } from "./finish-run.ts";
import type { TrainSummary } from "./finish-run.ts";
import { fitMinutes } from "./minutes.ts";
import { prepareRun } from "./prepare.ts";
import type { PreparedRun } from "./prepare.ts";
import { writeRunParent } from "./parent-file.ts";
import { describeReplay, writeReplayed } from "./replay.ts";
import type { TrainReporter } from "./reporter.ts";
import type { TrainOptions } from "./train-options.ts";
import { startFrom } from "./warm-start.ts";

export const DEFAULT_CHECKPOINT_MINUTES = 5;

/**
 * Trains a model and writes `master.safetensors` and `edge.safetensors` among the run's files. The weights are those
 * of the epoch with the lowest perplexity on the validation split. A run that was interrupted goes on as if it had
 * never been, one that has finished says again what it said then, or goes on where more epochs or steps are asked for.
 * @throws before anything is written where the settings, the text or the run that is there do not allow it
 */
export async function train(options: TrainOptions, reporter: TrainReporter): Promise<TrainSummary> {
  const asked = await prepareRun(options, reporter);
  if (!("corpus" in asked)) return asked;
  const { model, training } = asked;
  const engine = await options.createEngine({ model, training, threads: options.threads });
  try {
    reporter.onEngine(engine);
    const { minutes } = options;
    const isNew = asked.before === null;
    const prepared =
      isNew && minutes !== undefined ? await fitMinutes(asked, minutes, engine, reporter) : asked;
    const lease = await RunLease.take(options.files, reporter.onNotice, options.signal);
    try {
      const settings = await claimRun(options, prepared, engine.name, reporter);
      return await runEpochs({ options, prepared, settings, engine, lease, reporter });
    } finally {
      await lease.release();
    }
  } finally {
    await engine.close();
  }
}

/** Writes what the run is asked to do, where it begins; makes sure that it is the same, where it goes on. */
async function claimRun(
  options: TrainOptions,
  { before, language, corpus: read, replay, training, maxSteps, parent }: PreparedRun,
  engine: TrainingEngine["name"],
  { onNotice }: TrainReporter,
): Promise<RunSettings> {
  const { files, corpus, text, corpusLicence, tokenizer, shared, preset } = options;
  const { minutes, threads } = options;
  if (!isDeepStrictEqual(await readRunSettings(files), before)) {
    throw new Error(`run "${files.address}" was changed by another process meanwhile; try again`);
  }
  const settings: RunSettings = {
    corpus,
    corpusDigest: read.digest,
    ...text,
    parent,
    corpusLicence,
    tokenizer,
    language,
    shared,
    model: preset.model,
    training,
    minutes,
    maxSteps,
    engine,
    threads,
    codeVersion: CODE_VERSION,
  };
  if (!before) {
    if (options.from) await writeRunParent(files, options.from);
    await writeReplayed(files, replay);
    await writeManifest(options, read, replay);
    await writeRunSettings(files, settings); // last: whoever finds them goes on with the run
  } else {
    checkSameRun(before, settings, onNotice);
    // one of the first release has none
    if (!(await files.read(MANIFEST_NAME))) await writeManifest(options, read, replay);
    await writeRunSettings(files, { ...before, training, minutes, maxSteps });
    await forgetSummary(files);
  }
  return settings;
}

async function writeManifest(
  { files, corpus, corpusKey = "", corpusLicence, licences, text }: TrainOptions,
  read: Corpus,
  replay: Replay | null,
): Promise<void> {
  const manifest: CorpusManifest = {
    corpus: corpusKey || nameCorpus(corpus),
    licence: corpusLicence ?? null,
    files: read.files.map((file) => {
      const licence = licences ? licenceOf(licences, file.key) : corpusLicence;
      return { ...file, key: corpusKey + file.key, ...(licence && { licence }) };
    }),
    without: text?.without ?? [],
    ...(replay && { replayed: replay.texts.flatMap((text) => text.files) }),
  };
  await files.write(MANIFEST_NAME, JSON.stringify(manifest, null, 2) + "\n");
}

interface OpenRun {
  options: TrainOptions;
  prepared: PreparedRun;
  settings: RunSettings;
  engine: TrainingEngine;
  lease: RunLease;
  reporter: TrainReporter;
}

/** Trains from where the run has come to, and writes the model. */
async function runEpochs(open: OpenRun): Promise<TrainSummary> {
  const { options, prepared, settings, engine, lease, reporter } = open;
  const { before, corpus, replay, training, length, metadata } = prepared;
  const { files } = options;
  const signal = AbortSignal.any([lease.lost, ...(options.signal ? [options.signal] : [])]);
  const { vocabulary } = corpus;
  const context = { vocabulary, tokenizer: metadata.tokenizer, signal };
  const [validText, testText] = [boundText(corpus.splits.valid), boundText(corpus.splits.test)];
  const validate = () => {
    const onProgress = (done: number) => reporter.onEvaluating("valid", done, validText.ids.length);
    return measurePerplexity(engine, validText, { ...context, onProgress });
  };
  const test = () => {
    const onProgress = (done: number) => reporter.onEvaluating("test", done, testText.ids.length);
    return evaluateText(engine, testText, { ...context, onProgress });
  };
  const metrics = new RunMetrics(files, reporter.onNotice);
  const checkpoints = new CheckpointManager({
    files,
    lease,
    engine,
    metrics,
    master: { metadata, vocabulary },
    intervalMs: 60_000 * (options.checkpointMinutes ?? DEFAULT_CHECKPOINT_MINUTES),
    onNotice: reporter.onNotice,
  });
  const restored = before ? await checkpoints.restore() : null;
  const progress = restored ?? newProgress();
  await (before ? metrics.resume(progress) : metrics.begin());
  const start = restored ? null : startOf(prepared, files.address);
  if (start) {
    const { version, words } = prepared.parent!;
    const { kept, new: added, dropped } = words;
    reporter.onNotice(
      `goes on from model ${version}: ${kept} words kept, ${added} new, ${dropped} dropped`,
    );
    if (replay) reporter.onNotice(describeReplay(replay, corpus, version));
    engine.loadWeights(start);
    // an epoch has to be better than the parent to take its place
    progress.best = { epoch: 0, validPerplexity: await validate() };
    checkpoints.best = start;
    await checkpoints.save(progress); // to go on, the run needs its parent no more
  }
  const run: EpochsOfRun = {
    corpus,
    replay,
    engine,
    training,
    length,
    progress,
    metrics,
    validate,
    test,
    sample: () => sampleContinuations(engine, corpus.splits.valid.ids, context),
    checkpoints,
    reporter,
    signal,
  };
  try {
    await (options.finish ? endEpochs(run) : trainEpochs(run));
    if (progress.best?.epoch === 0) {
      reporter.onNotice(
        `no epoch predicts the held-out text better than model ${prepared.parent!.version} does: its weights are kept`,
      );
    }
    return await finishRun({
      ...run,
      files,
      lease,
      settings,
      master: { metadata, vocabulary, weights: checkpoints.best },
      parent: prepared.runParent,
    });
  } catch (error) {
    const isStopped = error === options.signal?.reason; // between two steps: nothing is torn
    if (isStopped) await checkpoints.save(progress);
    throw checkpoints.explain(error as Error, progress);
  }
}

/** The weights that a run begins with where it goes on from a model: again where it was cut off before its first checkpoint. */
function startOf(prepared: PreparedRun, run: string): Weights | null {
  const { parent, runParent, model, metadata, corpus } = prepared;
  if (!parent) return null;
  if (runParent) {
    const { tokenizer } = metadata;
    return startFrom(runParent, { model, tokenizer, vocabulary: corpus.vocabulary });
  }
  throw new Error(
    `run "${run}" went on from ${parent.version} and has no whole checkpoint left; begin another run`,
  );
}
