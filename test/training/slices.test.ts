// A model's figures by the files of a text: which tokens are of which file, and what comes of them.

import { describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { findTokenizer } from "#model/tokenizers/find";
import { boundText } from "#training/data/bound-text";
import { readCorpus } from "#training/data/corpus";
import type { EncodedText } from "#training/data/encoded-text";
import { readEvaluationText } from "#training/data/evaluation-text";
import type { CorpusSources, Split } from "#training/data/source";
import { readTestWords } from "#training/data/test-words";
import { openEdgeScorer, openNeuralCache } from "#training/evaluation/edge-scorer";
import { evaluateVariants } from "#training/evaluation/evaluation";
import { MAX_SLICES, SliceCounter } from "#training/evaluation/slices";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const prose = findTokenizer("text");
const SPLITS: Split[] = ["train", "valid", "test"];

/** Files of so many sentences, whose words begin with the file's own letter; the names do not say which. */
function filesOf(sentences: number[], seed = 1): CorpusSources {
  const random = seededRandom(seed);
  const letter = (below: number) => String.fromCharCode(97 + Math.floor(random() * below));
  const whole = sentences.map((count, file) => {
    const word = () => initialOf(file) + letter(20) + letter(20) + letter(5);
    const text = Array.from({ length: count }, () => `${word()} ${word()} ${word()} ${word()}. `);
    const bytes = new TextEncoder().encode(text.join(""));
    async function* open() {
      yield bytes;
    }
    return { name: `/home/anna/${nameOf(file)}`, file: nameOf(file), bytes: bytes.length, open };
  });
  return { whole };
}

const initialOf = (file: number) => String.fromCharCode(97 + file);
const nameOf = (file: number) => `letters/${file}.txt`;

/** The file of each token by the parts. */
function filesByParts({ parts = [] }: Pick<EncodedText, "parts">): string[] {
  return parts.flatMap(({ file, end }, at) =>
    Array.from({ length: end - (parts[at - 1]?.end ?? 0) }, () => file),
  );
}

/** Each word must begin with the letter of its token's file. */
function expectFiles(words: string[], parts: EncodedText["parts"]): void {
  const files = filesByParts({ parts });
  expect(files).toHaveLength(words.length);
  const wrong = words.filter(
    (word, at) => /^[a-z]{4}$/.test(word) && nameOf(word.charCodeAt(0) - 97) !== files[at],
  );
  expect(wrong).toEqual([]);
}

describe("which tokens are of which file", () => {
  it.each([
    ["passages of a few files", [900, 30, 0, 1_400, 2_100, 7]],
    ["documents held out whole", Array.from({ length: 24 }, (_, file) => 20 + 9 * file)],
    ["a text that is cut into tenths", [3, 20, 1]],
  ])("is known of each split, and of stretches of it: %s", async (_, sentences) => {
    const corpus = await readCorpus(filesOf(sentences), prose, 300);
    const wordsOf = ({ ids }: EncodedText) =>
      Array.from(ids, (id) => corpus.words.entries[id]!.word);
    for (const split of SPLITS) {
      const text = corpus.wordSplits[split];
      expectFiles(wordsOf(text), text.parts);
      expect(corpus.splits[split].parts).toEqual(text.parts);
      for (const max of [1, 19, 20, 333, 1_001]) {
        const bounded = boundText(text, max);
        expectFiles(wordsOf(bounded), bounded.parts);
      }
    }
  });

  it("is known of the words that the gate compares on, of which neither model has seen one", async () => {
    const sources = filesOf(
      Array.from({ length: 24 }, (_, file) => 150 + 10 * file),
      3,
    );
    for (const max of [50_000, 400]) {
      for (const units of [["passage"], ["passage", "document"]] as const) {
        const { words, parts } = await readTestWords(sources, prose, { units: [...units], max });
        expect(words.length).toBeGreaterThan(100);
        expectFiles(words, parts);
      }
    }
  });

  it("is known of a corpus that comes split, of which one split is read", async () => {
    const split = filesOf([10, 20, 30, 40]);
    const [a, b, c, d] = "whole" in split ? split.whole : [];
    const sources = { train: [a!], valid: [b!], test: [c!, d!] };
    const { vocabulary } = makeTinyModel();
    const { test } = await readEvaluationText(sources, prose, { vocabulary, split: "test" });
    expect(new Set(filesByParts(test))).toEqual(new Set([nameOf(2), nameOf(3)]));
  });
});

describe("figures by file", () => {
  it("add up to those of the whole text, as served", async () => {
    const master = makeTinyModel();
    const { vocabulary } = master;
    const random = seededRandom(3);
    const length = 900;
    const parts = Array.from({ length: 30 }, (_, at) => ({ file: `${at % 13}`, end: 30 * (at + 1) })); // prettier-ignore
    const ids = Int32Array.from({ length }, () => Math.floor(random() * vocabulary.size));
    const text = { ids, lengths: new Uint16Array(length).fill(4), parts };
    const scorer = await openEdgeScorer(writeEdgeFile(master));
    const cache = await openNeuralCache(20, { window: 100, theta: 1, lambda: 0.2 });
    const context = { vocabulary, tokenizer: "text" as const };
    const { slices, carriedCached } = await evaluateVariants(scorer, cache, text, context);
    const sum = (valueOf: (slice: (typeof slices)[number]) => number) =>
      slices.reduce((total, slice) => total + slice.tokens * valueOf(slice), 0) / length;
    expect(sum(() => 1)).toBe(1);
    expect(sum(({ perplexity }) => Math.log(perplexity))).toBeCloseTo(Math.log(carriedCached.perplexity), 10); // prettier-ignore
    expect(sum(({ unknownRate }) => unknownRate)).toBeCloseTo(carriedCached.unknownRate, 10);
    expect(sum(({ top5 }) => top5)).toBeCloseTo(carriedCached.top5, 10);
    const { slices: none } = await evaluateVariants(scorer, cache, { ...text, parts: [{ file: "a", end: length }] }, context); // prettier-ignore
    expect(none).toEqual([]);
  });

  it("name the ten largest files, the worst first, and the others together", () => {
    const tokens = Array.from({ length: 14 }, (_, file) => 5 + ((file * 5) % 14)); // 5 to 18
    let end = 0;
    const parts = tokens.map((count, file) => ({ file: nameOf(file), end: (end += count) }));
    const counter = new SliceCounter(parts);
    parts.forEach((part, file) => {
      for (let at = part.end - tokens[file]!; at < part.end; at++) {
        const logProbability = -((file * 3) % 14) - 1;
        counter.add(at, { logProbability, isUnknown: file === 0, above: file });
      }
    });
    const slices = counter.result();
    const named = slices.slice(0, MAX_SLICES);
    expect(named.map(({ tokens }) => tokens).sort((a, b) => a - b)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18]); // prettier-ignore
    const perplexities = named.map(({ perplexity }) => perplexity);
    expect(perplexities).toEqual([...perplexities].sort((a, b) => b - a));
    for (const { file, files, tokens: count, top5 } of named) {
      const at = parts.findIndex((part) => part.file === file);
      expect([count, files, top5]).toEqual([tokens[at], 1, at < 5 ? 1 : 0]);
    }
    expect(slices).toHaveLength(MAX_SLICES + 1);
    expect(slices.at(-1)).toMatchObject({ file: null, files: 4, tokens: 5 + 6 + 7 + 8 });
  });
});
