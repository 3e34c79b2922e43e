// cli/evaluate: `afterword evaluate`: how well a model file predicts a text.

import { readFile } from "node:fs/promises";
import { readMasterFile } from "#model/master-file";
import { findTokenizer } from "#model/tokenizer";
import { encodeText } from "#training/corpus";
import { createWasmEngine } from "#training/engines/wasm";
import { evaluateText } from "#training/evaluation";
import { findSources, SPLITS } from "#training/text-source";
import type { CorpusSources, Split } from "#training/text-source";
import { UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { ProgressLine } from "./progress.ts";
import { abortOnSignals } from "./signals.ts";
import { defaultThreads } from "./train.ts";

export const evaluate: Command = {
  summary: "Measures how well a model predicts a text.",
  options: {
    model: { value: "FILE|URL", help: "a master.safetensors" },
    corpus: { value: "PATH", help: "a text file, a folder, or sotu", default: "sotu" },
    split: {
      value: "NAME",
      help: "train, valid, test or all (default: test where the corpus comes split, else all)",
    },
    threads: { value: "N", help: "threads to work with (default: as many as cores)" },
  },
  examples: ["evaluate --model runs/notes/master.safetensors --corpus letters.txt"],
  async run(args) {
    const model = args.requireText("model");
    const { metadata, vocabulary, weights } = readMasterFile(await readModelFile(model));
    const sources = await findSources(args.requireText("corpus"));
    const split = readSplit(args.text("split"), sources);
    const tokenizer = findTokenizer(metadata.tokenizer);
    const text = await encodeText(sources, tokenizer, { vocabulary, split });

    const line = new ProgressLine();
    const { signal, release } = abortOnSignals("evaluation stopped");
    const engine = await createWasmEngine({
      model: metadata.config,
      training: { ...metadata.training, batchSize: 1, numSteps: 1 },
      threads: args.whole("threads", 1, 64) ?? defaultThreads(),
    });
    try {
      engine.loadWeights(weights);
      const { tokens, perplexity, accuracy, top3, keystrokeSavings } = await evaluateText(
        engine,
        text,
        {
          vocabulary,
          tokenizer: metadata.tokenizer,
          signal,
          onProgress: (done) =>
            line.show(done, text.ids.length, () => `scoring ${split} of the text`),
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
      await engine.close();
    }
  },
};

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
