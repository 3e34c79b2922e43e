// training/loop/train: the run, read top to bottom: what was there before, corpus, engine, epochs, the end. The loop itself is
// in train-epochs, what a run leaves in finish-run.
//
// B batch, T time steps.

import { checkPreset } from "#model/settings";
import type { Preset } from "#model/presets";
import { FORMAT_VERSIONS } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import { findTokenizer, tokenizerSettings } from "#model/tokenizers/find";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { countBatches } from "../data/batches.ts";
import { CODE_VERSION } from "../run/code-version.ts";
import { readCorpus } from "../data/corpus.ts";
import type { Corpus } from "../data/corpus.ts";
import type { EngineOptions, TrainingEngine } from "../engines/engine.ts";
import { evaluateText } from "../evaluation/evaluation.ts";
import { finishRun, readSummary } from "./finish-run.ts";
import type { TrainSummary } from "./finish-run.ts";
import type { RunFiles } from "../run/files.ts";
import { CheckpointManager } from "../run/checkpoint-manager.ts";
import { RunLease } from "../run/lease.ts";
import { RunMetrics } from "../run/metrics.ts";
import { newProgress } from "../run/progress.ts";
import type { RunLength } from "../run/progress.ts";
import { checkSameSettings, readRunSettings, writeRunSettings } from "../run/settings.ts";
import type { RunSettings } from "../run/settings.ts";
import { sampleContinuations } from "../evaluation/generations.ts";
import { findSources } from "../data/text-source.ts";
import { trainEpochs } from "./epochs.ts";
import type { TrainReporter } from "./reporter.ts";
import { checkSameShape, startFrom } from "./warm-start.ts";
import type { Parent } from "./warm-start.ts";

export interface TrainOptions {
  corpus: string; // what `findSources` takes
  corpusLicence?: string;
  tokenizer: TokenizerName;
  preset: Preset;
  files: RunFiles;
  threads: number;
  createEngine: (options: EngineOptions) => Promise<TrainingEngine>;
  resume?: boolean; // goes on with the run that is there; without it a run must not be there
  from?: Parent; // a new run begins with its weights; any is compared with it
  maxSteps?: number; // ends the run early, after so many steps in all
  checkpointMinutes?: number; // @default 5
  signal?: AbortSignal; // ends the run with a checkpoint
}

export const DEFAULT_CHECKPOINT_MINUTES = 5;

/**
 * Trains a model and writes `master.safetensors` and `edge.safetensors` among the run's files. The weights are those
 * of the epoch with the lowest perplexity on the validation split. A run that was interrupted goes on as if it had
 * never been, and one that has finished says again what it said then.
 */
export async function train(options: TrainOptions, reporter: TrainReporter): Promise<TrainSummary> {
  checkPreset(options.preset);
  const lease = await RunLease.take(options.files, reporter.onNotice);
  try {
    return await trainLeased(options, lease, reporter);
  } finally {
    await lease.release();
  }
}

async function trainLeased(
  options: TrainOptions,
  lease: RunLease,
  reporter: TrainReporter,
): Promise<TrainSummary> {
  const { preset, files, threads, maxSteps } = options;
  const { training } = preset;
  const tokenizer = findTokenizer(options.tokenizer);
  const asked = { tokenizer: tokenizer.name, model: preset.model, training, maxSteps };
  const before = await readRunSettings(files);
  if (before && !options.resume) {
    throw new Error(
      `"${files.address}" holds a run already; go on with it by --resume, or give another folder`,
    );
  }
  if (before) {
    checkSameSettings(before, asked);
    const summary = await readSummary(files);
    if (summary) {
      reporter.onNotice(`run "${files.address}" has finished; there is nothing to go on with`);
      return summary;
    }
  }

  const shape = { model: preset.model, tokenizer: tokenizer.name };
  if (options.from && !before) checkSameShape(options.from, shape);

  const signal = AbortSignal.any([lease.lost, ...(options.signal ? [options.signal] : [])]);
  const sources = await findSources(options.corpus);
  const corpus = await readCorpus(sources, tokenizer, preset.model.vocabularySize);
  const length = measure(corpus, options);
  reporter.onCorpus(corpus);
  if (!before) corpus.notices.forEach(reporter.onNotice);
  signal.throwIfAborted();

  const model = { ...preset.model, vocabularySize: corpus.vocabulary.size };
  const child = { model, tokenizer: tokenizer.name, vocabulary: corpus.vocabulary };
  const start = options.from && !before ? startFrom(options.from, child) : null;
  const parent = before
    ? before.parent
    : start && { version: options.from!.version, words: start.words };
  const engine = await options.createEngine({ model, training, threads });
  try {
    reporter.onEngine(engine);
    const settings: RunSettings = {
      corpus: options.corpus,
      corpusDigest: corpus.digest,
      parent,
      corpusLicence: options.corpusLicence,
      ...asked,
      engine: engine.name,
      threads,
      codeVersion: CODE_VERSION,
    };
    if (before) checkSame(before, settings, reporter);
    else await writeRunSettings(files, settings);

    const metadata: ModelMetadata = {
      formatVersion: FORMAT_VERSIONS.master,
      kind: "master",
      config: model,
      ...tokenizerSettings(tokenizer),
      training,
      metrics: {},
      corpusDigest: corpus.digest,
      trainingText: { heldOut: corpus.heldOutUnit, digests: corpus.splitDigests },
      parentVersion: parent?.version ?? null,
      codeVersion: CODE_VERSION,
    };
    const evaluate = (split: "valid" | "test") =>
      evaluateText(engine, corpus.splits[split], {
        vocabulary: corpus.vocabulary,
        tokenizer: tokenizer.name,
        signal,
        onProgress: (done) => reporter.onEvaluating(split, done, corpus.splits[split].ids.length),
      });

    const unweighted = { metadata, vocabulary: corpus.vocabulary };
    const metrics = new RunMetrics(files, reporter.onNotice);
    const minutes = options.checkpointMinutes ?? DEFAULT_CHECKPOINT_MINUTES;
    const keeper = new CheckpointManager({
      files,
      lease,
      engine,
      metrics,
      master: unweighted,
      intervalMs: minutes * 60_000,
      onNotice: reporter.onNotice,
    });
    const progress = before ? await keeper.restore() : newProgress();
    await (before ? metrics.resume(progress) : metrics.begin());
    if (start) {
      const { words } = start;
      const counts = `${words.kept} words kept, ${words.new} new, ${words.dropped} dropped`;
      reporter.onNotice(`goes on from model ${options.from!.version}: ${counts}`);
      engine.loadWeights(start.weights);
      await keeper.save(progress); // to go on, the run needs its parent no more
    }
    try {
      await trainEpochs({
        corpus,
        engine,
        training,
        length,
        progress,
        metrics,
        evaluate,
        sample: () =>
          sampleContinuations(engine, corpus.splits.valid.ids, {
            vocabulary: corpus.vocabulary,
            tokenizer: tokenizer.name,
          }),
        keeper,
        reporter,
        signal,
      });
      return await finishRun({
        files,
        lease,
        settings,
        corpus,
        master: { ...unweighted, weights: keeper.best },
        engine,
        progress,
        metrics,
        evaluate,
        parent: options.from?.version === parent?.version ? (options.from ?? null) : null,
        reporter,
        signal,
      });
    } catch (error) {
      const isStopped = error === options.signal?.reason; // between two steps: nothing is torn
      if (isStopped) await keeper.save(progress);
      throw keeper.explain(error as Error);
    }
  } finally {
    await engine.close();
  }
}

/** Throws when the run cannot go on as it began; says what does not matter to its results, or hardly. */
function checkSame(before: RunSettings, now: RunSettings, { onNotice }: TrainReporter): void {
  const { corpusDigest, engine, threads, codeVersion } = now;
  checkSameSettings(before, { corpusDigest, engine });
  if (threads !== before.threads) {
    const same =
      engine === "wasm" ? "which gives the same numbers" : "so the last digits may differ";
    onNotice(`the run began with ${before.threads} threads and goes on with ${threads}, ${same}`);
  }
  if (codeVersion !== before.codeVersion) {
    onNotice(`the run began with release ${before.codeVersion} and goes on with ${codeVersion}`);
  }
}

function measure({ splits }: Corpus, { preset: { training }, maxSteps }: TrainOptions): RunLength {
  const { batchSize: B, numSteps: T, epochs } = training;
  const tokens = splits.train.ids.length;
  const stepsAnEpoch = countBatches(tokens, { B, T });
  if (stepsAnEpoch === 0) {
    throw new Error(
      `the corpus is too small: ${tokens} tokens to train on, and one step of ${B} streams × ${T} words needs ` +
        `${B * (T + 1)}; give more text, or lower --batch-size and --num-steps`,
    );
  }
  for (const split of ["valid", "test"] as const) {
    if (splits[split].ids.length === 0) {
      throw new Error(`the corpus has no text to hold out for the ${split} split; give more text`);
    }
  }
  return { stepsAnEpoch, totalSteps: Math.min(maxSteps ?? Infinity, stepsAnEpoch * epochs) };
}
