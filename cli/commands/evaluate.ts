// cli/commands/evaluate: `afterword evaluate`: how well a model file predicts a text.

import { readEdgeHeader, readEdgeVocabulary, writeEdgeFile } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { tokenizerOf } from "#model/tokenizers/find";
import { encodeText } from "#training/data/corpus";
import { defaultThreads } from "#training/engines/choose";
import { createWasmEngine } from "#training/engines/wasm";
import { evaluateFully } from "#training/evaluation/full-evaluation";
import type { ModelToEvaluate } from "#training/evaluation/full-evaluation";
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
    const sources = await findSources(args.requireText("corpus"), readSourceOptions(args));
    const split = readSplit(args.text("split"), sources);
    const { signal, release } = abortOnSignals("evaluation stopped");
    const line = new ProgressLine();
    const { model, close } = await openModel(file, args);
    try {
      const read = (split: Split | "all") =>
        encodeText(sources, tokenizerOf(readEdgeHeader(model.edge).metadata), {
          vocabulary: model.vocabulary,
          split,
        });
      // what the model or the trigram learnt from must not be what they are measured on
      const isHeldOut = split === "test" || split === "valid";
      const evaluation = await evaluateFully(
        model,
        {
          test: await read(split),
          valid: split === "test" ? await read("valid") : null,
          train: isHeldOut ? await read("train") : null,
        },
        {
          signal,
          onProgress: (part, done, tokens) => line.show(done, tokens, () => `scoring: ${part}`),
        },
      );
      line.clear();
      return { json: { ...toJson(evaluation), split }, text: toTable(evaluation) };
    } finally {
      release();
      await close();
    }
  },
};

/** A master file is scored by the training engine and as the edge file that is made of it, an edge file as it is. */
async function openModel(
  file: Uint8Array,
  args: Arguments,
): Promise<{ model: ModelToEvaluate; close: () => Promise<void> }> {
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") {
    const header = readEdgeHeader(file);
    const { tokenizer } = header.metadata;
    const vocabulary = readEdgeVocabulary(header, file);
    return { model: { edge: file, float32: null, vocabulary, tokenizer }, close: async () => {} };
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
    model: { edge, float32: engine, vocabulary, tokenizer },
    close: () => engine.close(),
  };
}

function readSplit(split: string | undefined, sources: CorpusSources): Split | "all" {
  if (split === undefined) return "whole" in sources ? "all" : "test";
  if (split === "all") return split;
  if (!SPLITS.includes(split as Split)) {
    throw new UsageError(`--split must be train, valid, test or all, got "${split}"`);
  }
  return split as Split;
}
