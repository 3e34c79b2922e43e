import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { findTokenizer } from "#model/tokenizers/find";
import { encodeText } from "#training/data/corpus";
import { openEdgeScorer } from "#training/evaluation/edge-scorer";
import { evaluateText } from "#training/evaluation/evaluation";
import { LanguageModel } from "#inference/language-model";
import { scoreText } from "../../inference/scoring.ts";
import { makeTinyModel } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const TEXT =
  "The State of the Union.\n\nOur people, all 1,945 of them, is in a great world\nof states";

it.each(["text", "whitespace"] as const)(
  "scores a text read by %s as afterword evaluate does",
  async (tokenizer) => {
    const file = writeEdgeFile(makeTinyModel({ tokenizer }));
    const { vocabulary } = LanguageModel.open(module, file);
    const source = {
      name: "text",
      bytes: TEXT.length,
      async *open() {
        yield new TextEncoder().encode(TEXT);
      },
    };
    const sources = { whole: [source] };
    const text = await encodeText(sources, findTokenizer(tokenizer), { vocabulary, split: "all" });
    const evaluation = await evaluateText(await openEdgeScorer(file), text, { vocabulary, tokenizer }); // prettier-ignore
    const score = scoreText(LanguageModel.open(module, file), TEXT);
    expect(score.tokens).toBe(evaluation.tokens);
    expect(score.perplexity).toBe(evaluation.perplexity);
  },
);
