// training/loop/train-options: what a run is asked to do.

import type { Preset } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { FindText } from "../data/known-text.ts";
import type { Licences } from "../data/licences.ts";
import type { SourceOptions } from "../data/text-source.ts";
import type { EngineOptions, TrainingEngine } from "../engines/engine.ts";
import type { RunFiles } from "../run/files.ts";
import type { Parent } from "./warm-start.ts";

export interface TrainOptions {
  corpus: string; // what `findSources` takes
  text?: SourceOptions; // how its files are read
  corpusKey?: string; // where it lies in the store, e.g. `corpora/notes/`
  corpusLicence?: string; // of all of it, in words
  licences?: Licences; // of its files, where they have several
  tokenizer: TokenizerName;
  language?: string; // of the text, as a BCP 47 tag, @default its parent's
  shared?: boolean; // others will use the model: it is to know no word that one document alone holds
  preset: Preset;
  files: RunFiles;
  threads: number;
  createEngine: (options: EngineOptions) => Promise<TrainingEngine>;
  resume?: boolean; // goes on with the run that is there; without it a run must not be there
  finish?: boolean; // makes a model of what the run that is there has learnt, and trains no further
  from?: Parent; // a new run begins with its weights; any is compared with it
  findText?: FindText; // finds what is replayed of the parent's texts, @default on this machine
  needsNewText?: boolean; // a run from a parent is refused on the parent's own text
  chooseEpochs?: boolean; // a small text gets more epochs than the preset's
  chooseBatchSize?: boolean; // a small text, from a parent, gets smaller batches than the preset's
  chooseKeepProb?: boolean; // a large text, from a parent, gets less dropout than the preset's
  minutes?: number; // of training: chooses the epochs that fit, and ends the run when they are over
  maxSteps?: number; // ends the run early, after so many steps in all
  checkpointMinutes?: number; // @default 5
  signal?: AbortSignal; // ends the run with a checkpoint
}
