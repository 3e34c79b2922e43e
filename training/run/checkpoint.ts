// training/run/checkpoint: all that a run needs to go on exactly, as the bytes of one file. Where those are kept is not its
// business.
//
// A safetensors file: `weights.<name>` for every tensor of the model, `average.<name>` too where those of the running epoch
// are averaged, `long.<name>` where there is an average over epochs before it, `carried` for the state of the streams; the
// header's metadata holds, under CHECKPOINT_KEY, JSON with the format's version, the progress and the engine's counters.
// To carry more, add a tensor or a field: both are found by name.

import { readSafetensorsHeader, checkFileBytes, writeSafetensors } from "#model/safetensors";
import type { SafetensorsHeader, TensorToWrite } from "#model/safetensors";
import type { Weights } from "#model/tensors";
import type { TrainingEngine, TrainingState } from "../engines/engine.ts";
import type { AveragedWeights } from "../loop/averaging.ts";
import type { RunProgress } from "./progress.ts";

const CHECKPOINT_KEY = "afterword_checkpoint";
const CHECKPOINT_VERSION = 2; // 1 had another average of weights
const WEIGHTS = "weights.";
const AVERAGE = "average.";
const LONG_AVERAGE = "long.";

interface CheckpointNotes {
  formatVersion: number;
  progress: RunProgress;
  counters: Omit<TrainingState, "carried">;
  averagedSteps: number; // 0 without an average
  longSteps?: number; // of the average over earlier epochs; lacking without one
}

/** The file of a run that has come so far. */
export function writeCheckpoint(
  progress: RunProgress,
  engine: TrainingEngine,
  longAverage: AveragedWeights | null,
): Uint8Array {
  const { carried, ...counters } = engine.readTrainingState();
  const { averagedSteps } = engine;
  const notes: CheckpointNotes = {
    formatVersion: CHECKPOINT_VERSION,
    progress,
    counters,
    averagedSteps,
    longSteps: longAverage?.steps,
  };
  const tensors = [
    ...tensorsOf(WEIGHTS, engine.readWeights()),
    ...(averagedSteps > 0 ? tensorsOf(AVERAGE, engine.readAverage()) : []),
    ...(longAverage ? tensorsOf(LONG_AVERAGE, longAverage.weights) : []),
    tensor("carried", carried),
  ];
  return writeSafetensors(tensors, { [CHECKPOINT_KEY]: JSON.stringify(notes) });
}

/** Puts the engine where the file says it was and returns how far the run had come. */
export function restoreCheckpoint(
  file: Uint8Array,
  engine: TrainingEngine,
): { progress: RunProgress; longAverage: AveragedWeights | null } {
  const header = readSafetensorsHeader(file);
  const { progress, counters, averagedSteps, longSteps } = readNotes(header);
  checkFileBytes(header, file.length);
  engine.loadWeights(weightsOf(WEIGHTS, file, header));
  if (averagedSteps > 0) engine.loadAverage(weightsOf(AVERAGE, file, header), averagedSteps);
  engine.loadTrainingState({ carried: floats(file, header, "carried"), ...counters });
  const longAverage = longSteps
    ? { weights: weightsOf(LONG_AVERAGE, file, header), steps: longSteps }
    : null;
  return { progress, longAverage };
}

function readNotes({ metadata }: SafetensorsHeader): CheckpointNotes {
  const json = metadata[CHECKPOINT_KEY];
  if (json === undefined) throw new Error(`not a checkpoint: its header lacks "${CHECKPOINT_KEY}"`);
  const notes = JSON.parse(json) as CheckpointNotes;
  const isRead = notes.formatVersion === 1 && notes.averagedSteps === 0;
  if (notes.formatVersion !== CHECKPOINT_VERSION && !isRead) {
    throw new Error(
      `checkpoint has format ${notes.formatVersion}; this program reads ${CHECKPOINT_VERSION}, and 1 before weights ` +
        "are averaged: resume with the release that wrote it",
    );
  }
  return notes;
}

function tensorsOf(prefix: string, weights: Weights): TensorToWrite[] {
  return Array.from(weights, ([name, data]) => tensor(prefix + name, data));
}

function weightsOf(prefix: string, file: Uint8Array, header: SafetensorsHeader): Weights {
  const names = [...header.tensors.keys()].filter((name) => name.startsWith(prefix));
  return new Map(names.map((name) => [name.slice(prefix.length), floats(file, header, name)]));
}

function tensor(name: string, data: Float32Array): TensorToWrite {
  return { name, dtype: "F32", shape: [data.length], data };
}

function floats(file: Uint8Array, { tensors }: SafetensorsHeader, name: string): Float32Array {
  const entry = tensors.get(name);
  if (!entry) throw new Error(`checkpoint lacks tensor "${name}"`);
  return new Float32Array(new Uint8Array(file.subarray(entry.begin, entry.end)).buffer); // a copy, also of a Buffer
}
