// Which batches, how many epochs and how much dropout suit a text where nobody says.

import { describe, expect, it } from "vitest";
import { findPreset, fineTuningOf } from "#model/presets";
import {
  chooseBatchSize,
  chooseEpochs,
  chooseKeepProb,
  MAX_EPOCHS,
} from "#training/loop/run-length";

describe("epochs chosen by the size of a text", () => {
  const quick = findPreset("quick").training;
  const fineTuning = fineTuningOf(findPreset("best")).training;

  it.each([
    { text: "a large one", tokens: 2_000_000, fresh: quick.epochs, goesOn: fineTuning.epochs },
    { text: "mail of many writers", tokens: 450_000, fresh: quick.epochs, goesOn: 6 },
    { text: "one writer's mail", tokens: 37_000, fresh: 5, goesOn: 6 },
    { text: "a few letters", tokens: 8_700, fresh: 20, goesOn: 6 },
    { text: "a page or two", tokens: 1_500, fresh: MAX_EPOCHS, goesOn: 6 },
  ])("suit $text, and a run that goes on from a model", ({ tokens, fresh, goesOn }) => {
    expect(chooseEpochs(quick, tokens, false).epochs).toBe(fresh);
    expect(chooseEpochs(fineTuning, tokens, true).epochs).toBe(goesOn);
  });

  it("end with a low learning rate, or have a steady one where weights are averaged", () => {
    const falling = { ...quick, averaging: false };
    const { maxLrEpoch, lrDecay, epochs } = chooseEpochs(falling, 8_700, false);
    expect(maxLrEpoch).toBe(10);
    expect(lrDecay ** (epochs - maxLrEpoch)).toBeCloseTo(0.05, 10);
    expect(chooseEpochs(fineTuning, 8_700, true)).toMatchObject({ epochs: 6, maxLrEpoch: 6 });
  });

  it("stay as they are where they suffice", () => {
    expect(chooseEpochs(fineTuning, 2_000_000, true)).toBe(fineTuning);
  });
});

describe("batches chosen by the size of a text, where a run goes on from a model", () => {
  const training = { ...fineTuningOf(findPreset("best")).training, batchSize: 20, numSteps: 35 };

  it.each([
    { text: "one writer's mail", tokens: 37_000, streams: 20 },
    { text: "text that just suffices", tokens: 10_500, streams: 20 }, // 15 steps of 20 × 35 words
    { text: "half of it", tokens: 5_250, streams: 10 },
    { text: "a page or two", tokens: 1_500, streams: 8 },
  ])("are of $streams streams for $text", ({ tokens, streams }) => {
    expect(chooseBatchSize(training, tokens).batchSize).toBe(streams);
  });

  it("are never larger than those of the settings", () => {
    expect(chooseBatchSize({ ...training, batchSize: 4 }, 1_500).batchSize).toBe(4);
    expect(chooseBatchSize({ ...training, batchSize: 12 }, 37_000).batchSize).toBe(12);
  });
});

describe("dropout chosen by the size of a text, where a run goes on from a model", () => {
  const { training } = fineTuningOf(findPreset("best"));

  it("is less of a large text, which is read twice, than of one that is read often", () => {
    expect(chooseKeepProb(training, 450_000)).toBe(training);
    expect(chooseKeepProb(training, 2_000_000).keepProb).toBeGreaterThan(training.keepProb);
  });

  it("is never more than that of the settings", () => {
    expect(chooseKeepProb({ ...training, keepProb: 0.95 }, 2_000_000).keepProb).toBe(0.95);
  });
});
