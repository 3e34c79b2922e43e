import { describe, expect, it } from "vitest";
import { checkTrainingSettings } from "#model/settings";
import { findPreset } from "#model/presets";
import { learningRateAt } from "#model/hyper-parameters";

describe("presets", () => {
  it("names the known ones when asked for another", () => {
    expect(() => findPreset("huge")).toThrow('unknown preset "huge"; choose one of quick, small');
  });

  it("can be changed without changing the table", () => {
    findPreset("small").training.learningRate = 99;
    expect(findPreset("small").training.learningRate).toBe(1);
  });
});

describe("recipes", () => {
  it.each(["quick", "small", "medium", "large", "reference"])("are off in %s", (name) => {
    const { model, training } = findPreset(name);
    expect(model.tied).toBe(false);
    expect(training.lockedDropout).toBe(false);
    expect(training.recurrentKeepProb).toBe(1);
    expect(training.averaging).toBe(name === "quick");
  });
});

it("the rate of gpu is that of best, scaled with the root of its batch", () => {
  const [gpu, best] = [findPreset("gpu").training, findPreset("best").training];
  expect(gpu.batchSize).toBeGreaterThanOrEqual(64);
  expect(gpu.learningRate).toBeCloseTo(best.learningRate * Math.sqrt(gpu.batchSize / best.batchSize), 1); // prettier-ignore
});

describe("learning rate", () => {
  // the tutorial's medium model: six epochs at 1, then × 0.8 each
  it.each([
    [0, 1],
    [5, 1],
    [6, 0.8],
    [7, 0.64],
  ])("in epoch %i is %f", (epoch, rate) => {
    expect(learningRateAt(findPreset("medium").training, epoch)).toBeCloseTo(rate, 12);
  });
});

it.each([
  ["learningRate", Number.NaN],
  ["batchSize", 0],
  ["numSteps", 2.5],
  ["keepProb", 0],
  ["clipNorm", -1],
])("refuses a %s of %f, naming both", (name, value) => {
  const settings = { ...findPreset("small").training, [name]: value };
  expect(() => checkTrainingSettings(settings)).toThrow(
    new RegExp(`${name} must be .*got ${value}`),
  );
});
