// A whole run on a text small enough to learn in a second: five sentences over and over.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEdgeHeader, readEdgeVocabulary } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { openEdgeScorer } from "#training/evaluation/edge-scorer";
import type { EngineOptions } from "#training/engines/engine";
import { createWasmEngine } from "#training/engines/wasm";
import { evaluateText } from "#training/evaluation/evaluation";
import { RunFolder } from "#training/run/folder";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import { encodeText } from "#training/data/corpus";
import { findSources } from "#training/data/text-source";
import { findTokenizer } from "#model/tokenizers/find";
import { listenTo, tinyRun, writeTinyCorpus } from "./tiny-run.ts";

const INT8_PERPLEXITY_BOUND = 0.02; // relative, between the float32 and the int8 file of so small a model

let folder: string;
let corpus: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-"));
  corpus = join(folder, "text.txt");
  await writeTinyCorpus(corpus);
});
afterAll(() => rm(folder, { recursive: true }));

function optionsFor(run: string): TrainOptions {
  return tinyRun(corpus, new RunFolder(join(folder, run)));
}

describe("a run", () => {
  it("learns, and leaves a master and an edge file that agree", async () => {
    const summary = await train(optionsFor("whole"), listenTo());
    const perplexities = summary.epochs.map(({ validPerplexity }) => validPerplexity);
    expect(perplexities).toHaveLength(3);
    expect(perplexities[2]).toBeLessThan(perplexities[0]!);
    // of 30 words hardly more than the next sentence is left to guess
    expect(summary.test.perplexity).toBeLessThan(2);

    const master = readMasterFile(await readFile(summary.masterPath));
    expect(master.metadata.metrics.test_perplexity).toBe(summary.test.perplexity);
    const edge = await readFile(summary.edgePath);
    expect(readEdgeVocabulary(readEdgeHeader(edge), edge).entries).toEqual(
      master.vocabulary.entries,
    );

    // the page and the card that come with it
    const page = await readFile(summary.reportPath, "utf8");
    expect(page).toContain("after epoch 3");
    const card = JSON.parse(await readFile(join(folder, "whole", "card.json"), "utf8"));
    expect(card.metrics).toEqual(master.metadata.metrics);
    expect(card.training_data.licence).toBe("not stated");
    expect(master.metadata.neuralCache!.lambda).toBeLessThan(1);

    const { vocabulary } = master;
    const text = await encodeText(await findSources(corpus), findTokenizer("text"), {
      vocabulary,
      split: "test",
    });
    const scorer = await openEdgeScorer(edge);
    const int8 = await evaluateText(scorer, text, { vocabulary, tokenizer: "text" });
    expect(int8.perplexity / summary.test.perplexity).toBeLessThan(1 + INT8_PERPLEXITY_BOUND);
  });

  it("keeps the weights of the best epoch, not of the last", async () => {
    const options = optionsFor("best");
    // from the second epoch on, the engine scores as badly as one that knows nothing
    let epochs = 0;
    options.createEngine = async (engineOptions: EngineOptions) => {
      const engine = await createWasmEngine(engineOptions);
      const reset = engine.resetTrainingState.bind(engine);
      engine.resetTrainingState = () => {
        reset();
        if (epochs++ === 1) {
          const weights = engine.readWeights();
          for (const tensor of weights.values()) tensor.fill(0);
          engine.loadWeights(weights);
        }
      };
      return engine;
    };
    options.preset.training.learningRate = 0.5;
    options.preset.training.epochs = 2;
    options.preset.training.maxLrEpoch = 1;
    options.preset.training.lrDecay = 0;
    const summary = await train(options, listenTo());
    const [first, second] = summary.epochs;
    expect(second!.validPerplexity).toBeGreaterThan(first!.validPerplexity);
    expect(summary.test.perplexity).toBeLessThan(second!.validPerplexity / 2);
  });

  it("publishes averaged weights, better than the last step's, where it is told to average", async () => {
    // a rate at which the weights move about much
    const optionsOf = (run: string, averaging: boolean) => {
      const options = optionsFor(run);
      Object.assign(options.preset.training, { epochs: 3, maxLrEpoch: 3, averaging });
      return options;
    };
    const plain = await train(optionsOf("plain", false), listenTo());
    const averaged = await train(optionsOf("averaged", true), listenTo());
    expect(plain.epochs.map(({ averagedSteps }) => averagedSteps)).toEqual([0, 0, 0]);
    expect(averaged.epochs.at(-1)!.averagedSteps).toBeGreaterThan(0);
    expect(averaged.epochs.map((epoch) => epoch.trainPerplexity)).toEqual(
      plain.epochs.map((epoch) => epoch.trainPerplexity),
    );
    averaged.epochs.forEach((epoch, i) =>
      expect(epoch.validPerplexity).toBeLessThanOrEqual(plain.epochs[i]!.validPerplexity),
    );
    expect(averaged.test.perplexity).toBeLessThan(plain.test.perplexity);
  });

  it("goes on from a model, says so, and begins better than one that knows nothing", async () => {
    const parent = await train({ ...optionsFor("parent"), maxSteps: 300 }, listenTo());
    const text = join(folder, "other.txt");
    await writeFile(text, (await readFile(corpus, "utf8")).replaceAll("Congress", "Senate"));
    const master = readMasterFile(await readFile(parent.masterPath));
    const from = { version: "20261123-205312-3f9a1c", master };
    const short = { corpus: text, maxSteps: 20 };
    const scratch = await train({ ...optionsFor("scratch"), ...short }, listenTo());
    const child = await train({ ...optionsFor("child"), ...short, from }, listenTo());
    expect(child.test.perplexity).toBeLessThan(scratch.test.perplexity / 2);

    const words = { kept: expect.any(Number) as number, new: 1, dropped: 0 };
    const { metadata } = readMasterFile(await readFile(child.masterPath));
    expect(metadata.parentVersion).toBe(from.version);
    expect(child.parent).toEqual({ version: from.version, words });
    const settings = await readFile(join(folder, "child", "settings.json"), "utf8");
    expect(JSON.parse(settings)).toMatchObject({ parent: child.parent });
  });

  it("ends after the steps it was given", async () => {
    const summary = await train({ ...optionsFor("steps"), maxSteps: 7 }, listenTo());
    expect(summary.losses.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(summary.epochs).toHaveLength(1);
  });

  it("refuses to go on with numbers that are none", async () => {
    const options = optionsFor("diverging");
    options.createEngine = async (engineOptions: EngineOptions) => {
      const engine = await createWasmEngine(engineOptions);
      const weights = engine.readWeights();
      weights.get("softmax.bias")![7] = Number.NaN;
      engine.loadWeights(weights);
      return engine;
    };
    await expect(train(options, listenTo())).rejects.toThrow(
      /the loss became NaN at step .* lower --learning-rate/,
    );
  });
});
