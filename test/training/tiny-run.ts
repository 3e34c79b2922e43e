// test/training/tiny-run: a run small enough to be whole in a second, on a text of five sentences over and over.

import { writeFile } from "node:fs/promises";
import { findPreset } from "#model/presets";
import type { Preset } from "#model/presets";
import { createWasmEngine } from "#training/engines/wasm";
import type { RunFiles } from "#training/run/files";
import type { TrainOptions } from "#training/loop/train-options";
import type { TrainReporter } from "#training/loop/reporter";

const SENTENCES = [
  "The state of the Union is strong. ",
  "The people of the United States know it. ",
  "We thank the Congress for its work. ",
  "A new year begins for all of us. ",
  "Peace is what the people want. ",
];

/** Writes the text, in an order without a short period, so that the next sentence cannot be told from the last. */
export async function writeTinyCorpus(path: string, sentences = 1_500): Promise<void> {
  const order = Array.from(
    { length: sentences },
    (_, index) => (index * index * 7 + (index >> 3)) % 5,
  );
  await writeFile(path, order.map((sentence) => SENTENCES[sentence]).join(""));
}

export function tinyPreset(): Preset {
  const { model, training } = findPreset("small");
  return {
    model: { ...model, vocabularySize: 100, hiddenSize: 20, layers: 1 },
    training: { ...training, batchSize: 5, numSteps: 10, epochs: 3, learningRate: 1 },
  };
}

export function tinyRun(corpus: string, files: RunFiles): TrainOptions {
  return {
    corpus,
    tokenizer: "text",
    preset: tinyPreset(),
    files,
    threads: 1,
    createEngine: createWasmEngine,
  };
}

/** A reporter that hears only what it was given. */
export function listenTo(heard: Partial<TrainReporter> = {}): TrainReporter {
  return {
    onCorpus: () => {},
    onEngine: () => {},
    onNotice: () => {},
    onStep: () => {},
    onEvaluating: () => {},
    onEpoch: () => {},
    ...heard,
  };
}
