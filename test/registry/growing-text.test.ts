// A text that grows, trained on again: the gate must compare the two models on what neither has seen.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findPreset } from "#model/presets";
import { readMasterFile } from "#model/master-file";
import { findTokenizer } from "#model/tokenizers/find";
import { evaluateCandidate } from "#registry/evaluate-candidate";
import { checkGate } from "#registry/gate";
import { readTestWords } from "#training/data/test-words";
import { findSources } from "#training/data/text-source";
import { createWasmEngine } from "#training/engines/wasm";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { listenTo } from "../training/tiny-run.ts";

const BEFORE = 60_000; // characters
const AFTER = 90_000;

let folder: string;
let text: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "growing-"));
  const sources = await findSources("sotu");
  if ("whole" in sources) throw new Error("the built-in text must come split");
  const files = await Promise.all(
    sources.train.slice(-8).map(({ name }) => readFile(name, "utf8")),
  );
  text = files.join("\n\n");
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains on the text's beginning until the model knows it well. */
async function trainOn(characters: number) {
  const corpus = join(folder, `${characters}.txt`);
  await writeFile(corpus, text.slice(0, characters));
  const { model, training } = findPreset("quick");
  const summary = await train(
    {
      corpus,
      tokenizer: "text",
      preset: {
        model: { ...model, hiddenSize: 48, vocabularySize: 900 },
        training: { ...training, batchSize: 10, epochs: 10, maxLrEpoch: 10 },
      },
      files: new RunFolder(join(folder, `run-${characters}`)),
      threads: 1,
      createEngine: createWasmEngine,
    },
    listenTo(),
  );
  const master = await readFile(summary.masterPath);
  return { corpus, master, edge: await readFile(summary.edgePath) };
}

it("lets a model that has read more pass, on words that neither version was trained on", async () => {
  const [current, candidate] = [await trainOn(BEFORE), await trainOn(AFTER)];
  const measured = await evaluateCandidate(candidate, current.edge, {
    corpus: candidate.corpus,
    threads: 1,
  });
  const perplexity = checkGate(measured).find(({ name }) => name === "perplexity")!;
  expect(perplexity.message).toContain("the current version has");
  expect(measured.perplexity).toBeLessThan(measured.currentPerplexity!);

  const { trainingText } = readMasterFile(candidate.master).metadata;
  expect(trainingText).toMatchObject({ heldOut: "passage" });
  expect(trainingText!.digests.train).not.toBe(
    readMasterFile(current.master).metadata.trainingText!.digests.train,
  );
}, 60_000);

it("tests on no document of a model whose text was split by documents, and not by passages", async () => {
  const corpus = join(folder, "both.txt");
  await writeFile(corpus, text);
  const [sources, prose] = [await findSources(corpus), findTokenizer("text")];
  const max = Number.MAX_SAFE_INTEGER;
  const passages = await readTestWords(sources, prose, { units: ["passage"], max });
  const both = await readTestWords(sources, prose, { units: ["passage", "document"], max });
  expect(both.words.length).toBeLessThan(passages.words.length / 2);
});
