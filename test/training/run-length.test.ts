// Which batches and how many epochs suit a text where nobody says.

import { describe, expect, it } from "vitest";
import { findPreset, fineTuningOf } from "#model/presets";
import { chooseBatchSize, chooseEpochs, MAX_EPOCHS } from "#training/loop/run-length";

describe("epochs chosen by the size of a text", () => {
  const quick = findPreset("quick").training;
  const fineTuning = fineTuningOf(findPreset("best")).training;

  it.each([
    { text: "a large one", tokens: 2_000_000, fresh: quick.epochs, goesOn: fineTuning.epochs },
    { text: "one writer's mail", tokens: 37_000, fresh: 5, goesOn: 3 },
    { text: "a few letters", tokens: 8_700, fresh: 20, goesOn: 10 },
    { text: "a page or two", tokens: 1_500, fresh: MAX_EPOCHS, goesOn: 10 },
  ])("are few for $text, fewer where a run goes on from a model", ({ tokens, fresh, goesOn }) => {
    expect(chooseEpochs(quick, tokens, false).epochs).toBe(fresh);
    expect(chooseEpochs(fineTuning, tokens, true).epochs).toBe(goesOn);
  });

  it("end with a low learning rate, and stay as they are where they suffice", () => {
    const { maxLrEpoch, lrDecay, epochs } = chooseEpochs(fineTuning, 8_700, true);
    expect(maxLrEpoch).toBe(5);
    expect(lrDecay ** (epochs - maxLrEpoch)).toBeCloseTo(0.05, 10);
    expect(chooseEpochs(fineTuning, 100_000, true)).toBe(fineTuning);
  });
});

describe("batches chosen by the size of a text, where a run goes on from a model", () => {
  const training = { ...fineTuningOf(findPreset("best")).training, batchSize: 20, numSteps: 35 };

  it.each([
    { text: "one writer's mail", tokens: 37_000, streams: 20 },
    { text: "text that just suffices", tokens: 10_500, streams: 20 }, // 150 steps of 20 × 35 words in 10 epochs
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
