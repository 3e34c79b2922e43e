// training/loop/prepare: everything that can be refused before a run's first step, and before anything of it is written: settings,
// text, length, memory, the model to go on from.

import { HYPER_PARAMETERS } from "#model/hyper-parameters";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { withExtraWords } from "#inference/file-ngrams";
import type { MasterModel } from "#model/master-file";
import { FORMAT_VERSIONS } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import { checkModelConfig, checkPreset } from "#model/settings";
import { findTokenizer, tokenizerSettings } from "#model/tokenizers/find";
import type { ChosenWords, Vocabulary } from "#model/vocabulary";
import { readCorpus } from "../data/corpus.ts";
import type { Corpus } from "../data/corpus.ts";
import { pathInCorpus } from "../data/name-corpus.ts";
import type { Replay } from "../data/replay.ts";
import type { CorpusSources } from "../data/source.ts";
import { findSources } from "../data/text-source.ts";
import { CODE_VERSION } from "../run/code-version.ts";
import { waitUntilFree } from "../run/lease.ts";
import type { RunLength } from "../run/progress.ts";
import { checkSameSettings, isLonger, readRunSettings } from "../run/settings.ts";
import type { RunSettings } from "../run/settings.ts";
import { checkEdgeMemory } from "./check-memory.ts";
import { readSummary } from "./finish-run.ts";
import type { TrainSummary } from "./finish-run.ts";
import { readRunParent } from "./parent-file.ts";
import { prepareReplay } from "./replay.ts";
import type { TrainReporter } from "./reporter.ts";
import {
  chooseBatchSize,
  chooseEpochs,
  chooseKeepProb,
  measureLength,
  warnOfFewTokens,
} from "./run-length.ts";
import type { TrainOptions } from "./train-options.ts";
import { checkSameShape, countCarried } from "./warm-start.ts";
import type { Parent } from "./warm-start.ts";

/** A run that may begin, or go on. */
export interface PreparedRun {
  before: RunSettings | null; // of the run that is there
  language: string | undefined; // of the text: as it was given, else as the run had it before, else the parent's
  corpus: Corpus;
  replay: Replay | null; // of the texts of models before, what is trained on once more
  model: LanguageModelConfig;
  training: TrainingSettings;
  maxSteps: number | undefined; // in all epochs
  length: RunLength;
  metadata: ModelMetadata; // of the model to be
  parent: RunSettings["parent"]; // the model that it goes on from
  runParent: Parent | null; // the same model; of a run of the first release nobody has it
}

/** Reads and checks all that a run needs; of one that has finished, returns what it said. */
export async function prepareRun(
  options: TrainOptions,
  reporter: TrainReporter,
): Promise<PreparedRun | TrainSummary> {
  const { files, from, signal } = options;
  checkPreset(options.preset);
  await waitUntilFree(files, reporter.onNotice, signal);
  const before = await readRunSettings(files);
  const { language = (before ?? from?.master.metadata)?.language } = options;
  const tokenizer = findTokenizer(options.tokenizer, language);
  const { preset, maxSteps } = withChosenBefore(before, options);
  if (before) {
    const summary = await checkGoesOn(before, { ...options, language, preset, maxSteps });
    if (summary) {
      reporter.onNotice(`run "${files.address}" has finished; there is nothing to go on with`);
      return summary;
    }
  } else if (options.finish) {
    throw new Error(`there is no run "${files.address}" to finish; check --run`);
  }
  if (from && !before) checkSameShape(from, { model: preset.model, tokenizer: tokenizer.name });

  const sources = await findSources(options.corpus, options.text);
  requireLeftOut(sources, options, before);
  const runParent = (await readRunParent(files, before, from)) ?? null;
  const corpus = await readCorpus(sources, tokenizer, preset.model.vocabularySize, {
    parent: runParent ? wordsOf(runParent.master) : undefined,
    shared: options.shared,
    minCount: preset.training.minCount,
    scrub: preset.training.scrub,
  });
  if (!before) requireNewText(options, corpus.digest);
  const training = before ? preset.training : suitText(options, corpus.splits.train.ids.length);
  const replay = await prepareReplay(options, before, corpus, tokenizer);
  const measured = measureLength(corpus, training, { maxSteps, replay });
  const length = { ...measured, minutes: options.minutes };
  reporter.onCorpus(corpus);
  if (!before) tellWhatIsChosen(corpus, { training, asked: preset.training }, reporter);
  signal?.throwIfAborted();

  const model = { ...preset.model, vocabularySize: corpus.vocabulary.size };
  const { min } = HYPER_PARAMETERS.vocabularySize;
  if (model.vocabularySize < min) {
    throw new Error(
      `the text has ${model.vocabularySize} different tokens, the end of a sentence and <unk> among them; a model needs ${min}: give more text`,
    );
  }
  checkModelConfig(model);
  const parent = before ? before.parent : describeParent(runParent, corpus.vocabulary);
  const metadata: ModelMetadata = {
    formatVersion: FORMAT_VERSIONS.master,
    kind: "master",
    config: model,
    ...tokenizerSettings(tokenizer),
    training,
    metrics: {},
    corpusDigest: corpus.digest,
    trainingText: {
      heldOut: corpus.heldOutUnit,
      digests: corpus.splitDigests,
      ...options.text,
    },
    ...(options.shared && {
      sharing: {
        documents: corpus.trainBegins.length,
        secretWords: corpus.secretWords,
        secretNgrams: 0, // counted when there are n-grams
      },
    }),
    parentVersion: parent?.version ?? null,
    codeVersion: CODE_VERSION,
  };
  checkEdgeMemory(metadata, corpus.vocabulary);
  return { before, language, corpus, replay, model, training, maxSteps, length, metadata, parent, runParent }; // prettier-ignore
}

/** What a model knows of words. */
function wordsOf({ vocabulary, ngrams }: MasterModel): ChosenWords {
  return { vocabulary, words: withExtraWords(vocabulary, ngrams ?? null) };
}

function describeParent(parent: Parent | null, vocabulary: Vocabulary): RunSettings["parent"] {
  if (!parent) return null;
  return { version: parent.version, words: countCarried(parent.master.vocabulary, vocabulary) };
}

/** What a run chose by its text or its minutes when it began holds where it goes on. */
function withChosenBefore(
  before: RunSettings | null,
  { preset, minutes, maxSteps, ...choose }: TrainOptions,
): Pick<TrainOptions, "preset" | "maxSteps"> {
  if (!before) return { preset, maxSteps };
  const { batchSize, keepProb, epochs, maxLrEpoch, lrDecay } = before.training;
  const hasMinutes = minutes !== undefined && minutes === before.minutes;
  const training = {
    ...preset.training,
    ...(choose.chooseBatchSize && { batchSize }),
    ...(choose.chooseKeepProb && { keepProb }),
    ...((choose.chooseEpochs || hasMinutes) && { epochs, maxLrEpoch, lrDecay }),
  };
  return { preset: { ...preset, training }, maxSteps: hasMinutes ? before.maxSteps : maxSteps };
}

/** Throws where a run would go on from a model on that model's own text, and is not to. */
function requireNewText({ from, needsNewText }: TrainOptions, digest: string): void {
  if (!needsNewText || from?.master.metadata.corpusDigest !== digest) return;
  throw new Error(
    `the text is the one that model ${from.version} was trained on: going on from it cannot help; give new text, or --force`,
  );
}

/** A misspelt name must not leave a text in that somebody wants out. */
function requireLeftOut(
  { missing: gone = [] }: CorpusSources,
  { corpus, from }: TrainOptions,
  before: RunSettings | null,
): void {
  const replayed = from?.texts?.flatMap(({ files }) => files.map(({ key }) => pathInCorpus(key)));
  const known = new Set([...(replayed ?? []), ...(before?.without ?? []).map(pathInCorpus)]);
  const missing = gone.filter((key) => !known.has(pathInCorpus(key)));
  if (missing.length === 0) return;
  throw new Error(
    `corpus "${corpus}" has no file "${missing.join('", "')}" to be left out; --without takes the keys of a run's manifest.json`,
  );
}

/** Throws where a run cannot go on with these options; of one that has nothing left to do, returns what it said. */
async function checkGoesOn(
  before: RunSettings,
  options: TrainOptions,
): Promise<TrainSummary | null> {
  const { files, resume, finish, preset, tokenizer, language, shared, minutes, maxSteps } = options;
  if (!resume) {
    throw new Error(
      `"${files.address}" holds a run already; go on with it by --resume, or give another folder`,
    );
  }
  const { model, training } = preset;
  const time = minutes === undefined ? {} : { minutes }; // without, it may go on beyond them
  checkSameSettings(before, { tokenizer, language, shared, model, training, ...time });
  const summary = await readSummary(files);
  return summary && (finish || !isLonger(before, { training, maxSteps })) ? summary : null;
}

/** The settings of a new run, those that nobody gave as they suit the size of its text. */
function suitText({ preset, from, ...choose }: TrainOptions, tokens: number): TrainingSettings {
  const goesOn = from !== undefined;
  let { training } = preset;
  if (goesOn && choose.chooseBatchSize) training = chooseBatchSize(training, tokens);
  if (goesOn && choose.chooseKeepProb) training = chooseKeepProb(training, tokens);
  return choose.chooseEpochs ? chooseEpochs(training, tokens, goesOn) : training;
}

function tellWhatIsChosen(
  corpus: Corpus,
  { training, asked }: { training: TrainingSettings; asked: TrainingSettings },
  { onNotice }: TrainReporter,
): void {
  for (const notice of [...corpus.notices, ...warnOfFewTokens(corpus)]) onNotice(notice);
  if (training.batchSize !== asked.batchSize) {
    onNotice(
      `the text is small: batches of ${training.batchSize} streams in place of ${asked.batchSize}; --batch-size sets another number`,
    );
  }
  if (training.keepProb !== asked.keepProb) {
    onNotice(
      `the text is large: dropout keeps ${training.keepProb} of the units in place of ${asked.keepProb}; --keep-prob sets another share`,
    );
  }
  if (training.epochs === asked.epochs) return;
  const { epochs, maxLrEpoch } = training;
  const rate =
    maxLrEpoch < epochs ? `, the learning rate falling after the first ${maxLrEpoch}` : "";
  onNotice(
    `the text is small: ${epochs} epochs in place of ${asked.epochs}${rate}; --epochs sets another number`,
  );
}
