// cli/commands/evaluate: `afterword evaluate`: how well a model file predicts a text.

import { readFile } from "node:fs/promises";
import { readEdgeHeader, readEdgeVocabulary, writeEdgeFile } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import type { ModelMetadata } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { tokenizerOf } from "#model/tokenizers/find";
import { readEvaluationText } from "#training/data/evaluation-text";
import { defaultThreads } from "#training/engines/choose";
import { createWasmEngine } from "#training/engines/wasm";
import { evaluateFully } from "#training/evaluation/full-evaluation";
import type { ModelToEvaluate } from "#training/evaluation/full-evaluation";
import { BASE_EDGE_FILE } from "#training/loop/base-model";
import { BUILT_IN_CORPUS, findSources, SPLITS } from "#training/data/text-source";
import type { CorpusSources, Split } from "#training/data/text-source";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { CORPUS_OPTIONS, readSourceOptions } from "../corpus-option.ts";
import { toJson, toTable } from "../evaluation-table.ts";
import { readModelFile } from "../model-file.ts";
import { ProgressLine } from "../progress.ts";
import { abortOnSignals } from "../signals.ts";

export const evaluate: Command = {
  summary: "Measures how well a model predicts a text.",
  options: {
    model: {
      value: "FILE|URL",
      isPath: true,
      help: "a master.safetensors, or an edge.safetensors as the edge runs it",
    },
    corpus: {
      value: "PATH",
      help: "a text file, a folder, or sotu",
      default: "sotu",
      isPath: true,
      words: [BUILT_IN_CORPUS],
    },
    ...CORPUS_OPTIONS,
    split: {
      value: "NAME",
      help: "train, valid, test or all (default: test where the corpus comes split, else all)",
    },
    threads: { value: "N", help: "threads to work with (default: as many as cores)" },
  },
  examples: ["evaluate --model runs/notes/master.safetensors --corpus letters.txt"],
  async run(args) {
    const file = await readModelFile(args.requireText("model"));
    const line = new ProgressLine();
    const { signal, release } = abortOnSignals("evaluation stopped");
    const { model, close } = await openModel(file, args);
    try {
      const { metadata } = readEdgeHeader(model.edge);
      const { trainingText } = metadata;
      const { vocabulary } = model;
      const options = { ...trainingText, ...readSourceOptions(args) };
      const sources = await findSources(args.requireText("corpus"), options);
      const split = readSplit(args.text("split"), sources);
      const reading = { vocabulary, trainingText, split };
      const text = await readEvaluationText(sources, tokenizerOf(metadata), reading);
      if (text.isTrainedOn) line.print(TRAINED_ON);
      const evaluation = await evaluateFully(model, text, {
        signal,
        onProgress: (part, done, tokens) => line.show(done, tokens, () => `scoring: ${part}`),
      });
      line.clear();
      const json = { ...toJson(evaluation), split, trained_on: text.isTrainedOn };
      return { json, text: toTable(evaluation) };
    } finally {
      release();
      await close();
    }
  },
};

const TRAINED_ON =
  "this is the text that the model was trained on: the figures say what it remembers, not how well it predicts; " +
  "--split test scores what was held out";

/** A master file is scored by the training engine and as the edge file that is made of it, an edge file as it is. */
async function openModel(
  file: Uint8Array,
  args: Arguments,
): Promise<{ model: ModelToEvaluate; close: () => Promise<void> }> {
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") {
    const header = readEdgeHeader(file);
    const { tokenizer } = header.metadata;
    const vocabulary = readEdgeVocabulary(header, file);
    const base = await readBase(header.metadata);
    return { model: { edge: file, float32: null, vocabulary, tokenizer, base }, close: async () => {} }; // prettier-ignore
  }
  const master = readMasterFile(file);
  const { metadata, vocabulary, weights } = master;
  const engine = await createWasmEngine({
    model: metadata.config,
    training: { ...metadata.training, batchSize: 1, numSteps: 1 },
    threads: args.integer("threads", 1, 64) ?? defaultThreads(),
  });
  engine.loadWeights(weights);
  const { tokenizer } = metadata;
  const edge = writeEdgeFile(master);
  return {
    model: { edge, float32: engine, vocabulary, tokenizer, base: await readBase(metadata) },
    close: () => engine.close(),
  };
}

/** The base model, where it could serve in the place of a model: another, of text that is read alike. */
async function readBase(model: ModelMetadata): Promise<Uint8Array | null> {
  const file = await readFile(BASE_EDGE_FILE).catch(() => null); // the package may be left out
  if (!file) return null;
  const base = readEdgeHeader(file).metadata;
  const readsAlike = base.tokenizer === model.tokenizer && base.language === model.language;
  return readsAlike && base.corpusDigest !== model.corpusDigest ? file : null;
}

function readSplit(split: string | undefined, sources: CorpusSources): Split | "all" {
  if (split === undefined) return "whole" in sources ? "all" : "test";
  if (split === "all") return split;
  if (!SPLITS.includes(split as Split)) {
    throw new UsageError(`--split must be train, valid, test or all, got "${split}"`);
  }
  return split as Split;
}
