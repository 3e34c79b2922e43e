import { describe, expect, it } from "vitest";
import { HYPER_PARAMETERS, hyperParameters, partOf } from "#model/hyper-parameters";
import { changePreset, findPreset, PRESETS } from "#model/presets";
import {
  checkPreset,
  findProblem,
  findSetting,
  readModelConfig,
  readTrainingSettings,
} from "#model/settings";

describe("the table of hyper-parameters", () => {
  it.each(hyperParameters)(
    "allows the default of %s and what it means where it is absent",
    (_, entry) => {
      expect(findProblem(entry, entry.default)).toBeNull();
      if (entry.whenAbsent !== undefined) expect(findProblem(entry, entry.whenAbsent)).toBeNull();
    },
  );

  it("gives every option and every name once", () => {
    const flags = hyperParameters.flatMap(([, { flag, complement }]) => [
      flag,
      ...(complement ? [complement.flag] : []),
    ]);
    expect(new Set(flags).size).toBe(flags.length);
    const names = hyperParameters.flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(Object.entries(PRESETS))("has presets that can be trained: %s", (_, preset) => {
    expect(() => checkPreset(preset)).not.toThrow();
  });
});

describe("a value", () => {
  it.each([
    ["layers", 0, "must be a whole number from 1 to 8, got 0"],
    ["layers", 9, "must be a whole number from 1 to 8, got 9"],
    ["hiddenSize", 2.5, "must be a whole number from 1 to 8192, got 2.5"],
    ["forgetBias", 1e9, "must be a number from -10 to 10, got 1000000000"],
    ["vocabularySize", 1, "must be a whole number from 4 to 1000000, got 1"],
    ["clipNorm", -1, "must be a number from 0.000001 to 1000000, got -1"],
    ["learningRate", Number.NaN, "must be a number from 0 to 1000, got NaN"],
    ["learningRate", Infinity, "must be a number from 0 to 1000, got Infinity"],
    ["epochs", "20", 'must be a whole number from 1 to 10000, got "20"'],
    ["epochs", null, "must be a whole number from 1 to 10000, got null"],
    ["epochs", undefined, "must be a whole number from 1 to 10000, got nothing"],
    ["tied", 1, "must be true or false, got 1"],
    ["tied", "yes", 'must be true or false, got "yes"'],
  ] as const)("of %s that is %s is refused with what it must be", (name, value, problem) => {
    expect(findProblem(HYPER_PARAMETERS[name], value)).toBe(problem);
  });

  it("is refused wherever a preset is changed", () => {
    expect(() => changePreset("small", { layers: 9 })).toThrow("layers must be a whole number");
    expect(() => changePreset("small", { tied: "yes" })).toThrow(
      'tied must be true or false, got "yes"',
    );
    expect(() => changePreset("small", { numLayers: 2 })).toThrow(
      'unknown setting "numLayers"; choose from vocabularySize, hiddenSize, layers',
    );
  });
});

describe("settings that an earlier release wrote", () => {
  const { model, training } = findPreset("medium");

  it.each(hyperParameters.filter(([, { whenAbsent }]) => whenAbsent !== undefined))(
    "mean what there was before %s where they lack it",
    (name, { whenAbsent }) => {
      const part = partOf(name);
      const read = part === "model" ? readModelConfig : readTrainingSettings;
      const stored: Record<string, unknown> = { ...(part === "model" ? model : training) };
      delete stored[name];
      expect(read(stored)).toEqual({ ...stored, [name]: whenAbsent });
    },
  );

  it("are read by the names that they had", () => {
    const { keepProb, recurrentKeepProb, ...others } = training;
    const stored = { ...others, keepProbability: 0.6, recurrentKeepProbability: 0.8 };
    expect(readTrainingSettings(stored)).toEqual({
      ...others,
      keepProb: 0.6,
      recurrentKeepProb: 0.8,
    });
    expect(keepProb + recurrentKeepProb).toBe(1.5);
    expect(findSetting("keepProbability")?.name).toBe("keepProb");
    expect(changePreset("medium", { keepProbability: 0.6 }).training.keepProb).toBe(0.6);
  });

  it("are refused where they lack what every release wrote", () => {
    const { hiddenSize: _, ...stored } = model;
    expect(() => readModelConfig(stored)).toThrow(
      "hiddenSize must be a whole number from 1 to 8192, got nothing",
    );
  });
});
