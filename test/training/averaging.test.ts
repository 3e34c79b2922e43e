// When a run begins to average its weights, and that scoring takes the average and training goes on without it.

import { afterEach, describe, expect, it } from "vitest";
import { findPreset } from "#model/presets";
import { hasStalled, weightsToPublish, withWeightsToPublish } from "#training/loop/averaging";
import { createWasmEngine } from "#training/engines/wasm";
import type { WasmEngine } from "#training/engines/wasm";

describe("validation", () => {
  it.each([
    [[], 1, false],
    [[100], 1, false],
    [[100, 90, 80], 1, false],
    [[100, 90, 91], 1, true],
    [[100, 90, 90], 1, true], // no better
    [[100, 90, 91, 89], 1, false],
    [[100, 90, 91], 2, false],
    [[100, 90, 91, 90.5], 2, true],
    [[100, 90, 91, 92], 0, false],
  ])("of %j has stalled for %i epochs: %s", (perplexities, averageAfter, expected) => {
    expect(hasStalled(perplexities, averageAfter)).toBe(expected);
  });
});

describe("the weights to publish", () => {
  const T = 4;
  const B = 2;
  const model = { vocabularySize: 11, hiddenSize: 6, layers: 1, forgetBias: 0, tied: false };
  const training = { ...findPreset("small").training, numSteps: T, batchSize: B, averageAfter: 1 };
  const ids = Int32Array.from({ length: T * B }, (_, i) => (i * 7) % 11);
  let engine: WasmEngine;

  async function open(): Promise<void> {
    engine = await createWasmEngine({ model, training, threads: 1 });
    for (let step = 0; step < 3; step++) await engine.step(ids, ids, 1);
  }

  async function score(): Promise<number[]> {
    engine.resetScoringState();
    return [...(await engine.score(ids))];
  }

  afterEach(() => engine.close());

  it("are the engine's own before there is an average", async () => {
    await open();
    expect(weightsToPublish(engine)).toEqual(engine.readWeights());
    expect(await withWeightsToPublish(engine, score)).toEqual(await score());
  });

  it("are the average from then on, and those in training come back", async () => {
    await open();
    engine.startAveraging();
    for (let step = 0; step < 3; step++) await engine.step(ids, ids, 1);
    const average = engine.readAverage();
    const weights = engine.readWeights();
    expect(weights).not.toEqual(average);
    expect(weightsToPublish(engine)).toEqual(average);
    const scored = await withWeightsToPublish(engine, score);
    expect(engine.readWeights()).toEqual(weights);
    expect(scored).not.toEqual(await score());
    engine.loadWeights(average);
    expect(scored).toEqual(await score());
  });

  it("leave the engine with those in training when the work fails", async () => {
    await open();
    engine.startAveraging();
    for (let step = 0; step < 2; step++) await engine.step(ids, ids, 1);
    const weights = engine.readWeights();
    const failing = withWeightsToPublish(engine, () => Promise.reject(new Error("stopped")));
    await expect(failing).rejects.toThrow("stopped");
    expect(engine.readWeights()).toEqual(weights);
  });
});
