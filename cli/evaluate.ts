// cli/evaluate: `afterword evaluate`: how well a model file predicts a text.

import { readFile } from "node:fs/promises";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { findTokenizer } from "#model/tokenizer";
import { encodeText } from "#training/corpus";
import { createWasmEngine } from "#training/engines/wasm";
import { openEdgeScorer } from "#training/edge-scorer";
import { evaluateText } from "#training/evaluation";
import { findSources, SPLITS } from "#training/text-source";
import type { CorpusSources, Split } from "#training/text-source";
import { UsageError } from "./command.ts";
import type { Arguments, Command } from "./command.ts";
import { ProgressLine } from "./progress.ts";
import { abortOnSignals } from "./signals.ts";
import { defaultThreads } from "./train.ts";

export const evaluate: Command = {
  summary: "Measures how well a model predicts a text.",
  options: {
    model: {
      value: "FILE|URL",
      help: "a master.safetensors, or an edge.safetensors as the edge runs it",
    },
    corpus: { value: "PATH", help: "a text file, a folder, or sotu", default: "sotu" },
    split: {
      value: "NAME",
      help: "train, valid, test or all (default: test where the corpus comes split, else all)",
    },
    threads: { value: "N", help: "threads to work with (default: as many as cores)" },
  },
  examples: ["evaluate --model runs/notes/master.safetensors --corpus letters.txt"],
  async run(args) {
    const file = await readModelFile(args.requireText("model"));
    const sources = await findSources(args.requireText("corpus"));
    const split = readSplit(args.text("split"), sources);
    const { signal, release } = abortOnSignals("evaluation stopped");
    const line = new ProgressLine();
    const { scorer, vocabulary, tokenizer, close } = await openModel(file, args);
    try {
      const text = await encodeText(sources, findTokenizer(tokenizer), { vocabulary, split });
      const { tokens, perplexity, accuracy, top3, keystrokeSavings } = await evaluateText(
        scorer,
        text,
        {
          vocabulary,
          tokenizer,
          signal,
          onProgress: (done) => line.show(done, text.ids.length, () => "scoring"),
        },
      );
      line.clear();
      return {
        json: { tokens, perplexity, accuracy, top3, keystroke_savings: keystrokeSavings, split },
        text: [
          `tokens             ${tokens}`,
          `perplexity         ${perplexity.toFixed(3)}`,
          `next word right    ${(100 * accuracy).toFixed(2)} %`,
          `among first three  ${(100 * top3).toFixed(2)} %`,
          `keystrokes saved   ${(100 * keystrokeSavings).toFixed(2)} %`,
        ].join("\n"),
      };
    } finally {
      release();
      await close();
    }
  },
};

/** A master file is scored by the training engine, an edge file as the edge would. */
async function openModel(file: Uint8Array, args: Arguments) {
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") {
    const scorer = await openEdgeScorer(file);
    const { metadata, vocabulary } = scorer.network;
    return { scorer, vocabulary, tokenizer: metadata.tokenizer, close: async () => {} };
  }
  const { metadata, vocabulary, weights } = readMasterFile(file);
  const engine = await createWasmEngine({
    model: metadata.config,
    training: { ...metadata.training, batchSize: 1, numSteps: 1 },
    threads: args.whole("threads", 1, 64) ?? defaultThreads(),
  });
  engine.loadWeights(weights);
  const close = () => engine.close();
  return { scorer: engine, vocabulary, tokenizer: metadata.tokenizer, close };
}

async function readModelFile(model: string): Promise<Uint8Array> {
  if (/^https?:/.test(model)) {
    const answer = await fetch(model);
    if (!answer.ok) throw new Error(`${model} answers ${answer.status}; check the address`);
    return answer.bytes();
  }
  return readFile(model).catch(() => {
    throw new Error(`cannot read model file "${model}"; check the path`);
  });
}

function readSplit(split: string | undefined, sources: CorpusSources): Split | "all" {
  if (split === undefined) return "whole" in sources ? "all" : "test";
  if (split === "all") return split;
  if (!SPLITS.includes(split as Split)) {
    throw new UsageError(`--split must be train, valid, test or all, got "${split}"`);
  }
  return split as Split;
}
