// Which weights an epoch ends with: the best of the last step's and the means over this epoch and over more of them.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPreset } from "#model/presets";
import { createWasmEngine } from "#training/engines/wasm";
import type { WasmEngine } from "#training/engines/wasm";
import { chooseWeights, firstAveragedStep, withWeights } from "#training/loop/averaging";
import type { Weights } from "#model/tensors";

const T = 4;
const B = 2;
const model = { vocabularySize: 11, hiddenSize: 6, layers: 1, forgetBias: 0, tied: false };
const training = { ...findPreset("small").training, numSteps: T, batchSize: B, averaging: true };
const ids = Int32Array.from({ length: T * B }, (_, i) => (i * 7) % 11);
const MEAN_TOLERANCE = 1e-6;
let engine: WasmEngine;

async function take(steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) await engine.step(ids, ids, 1);
}

beforeEach(async () => {
  engine = await createWasmEngine({ model, training, threads: 1 });
});
afterEach(() => engine.close());

describe("the weights of an epoch", () => {
  /** Perplexities in the order in which weights are validated, and the weights that were. */
  function validating(...perplexities: number[]) {
    const seen: Weights[] = [];
    const validate = () => {
      seen.push(engine.readWeights());
      return Promise.resolve(perplexities.shift()!);
    };
    return { seen, validate, left: perplexities };
  }

  /** Two epochs: of three steps, and of two. */
  async function twoEpochs() {
    await take(1);
    engine.startAveraging();
    await take(3);
    const first = await chooseWeights(engine, null, validating(8, 9).validate);
    engine.startAveraging();
    await take(2);
    return { long: first.longAverage!, short: engine.readAverage(), last: engine.readWeights() };
  }

  it("are the last step's where nothing is averaged", async () => {
    await take(3);
    const { validate, left } = validating(7);
    const chosen = await chooseWeights(engine, null, validate);
    expect(chosen).toEqual({ weights: engine.readWeights(), steps: 0, perplexity: 7, longAverage: null }); // prettier-ignore
    expect(left).toEqual([]);
  });

  it("are the mean over the epoch where that is better, and it is kept for the next", async () => {
    engine.startAveraging();
    await take(3);
    const chosen = await chooseWeights(engine, null, validating(8, 9).validate);
    const average = { weights: engine.readAverage(), steps: 3 };
    expect(chosen).toEqual({ ...average, perplexity: 8, longAverage: average });
  });

  it("are the mean over both epochs where that is best, each step with the same weight", async () => {
    const { long, short } = await twoEpochs();
    const { seen, validate } = validating(8, 7);
    const chosen = await chooseWeights(engine, long, validate);
    expect(chosen).toMatchObject({ steps: 5, perplexity: 7, longAverage: { steps: 5 } });
    expect(chosen.longAverage!.weights).toBe(chosen.weights);
    expect(seen).toEqual([short, chosen.weights]);
    for (const [name, values] of chosen.weights) {
      const [three, two] = [long.weights.get(name)!, short.get(name)!];
      values.forEach((value, i) =>
        expect(Math.abs(value - (3 * three[i]! + 2 * two[i]!) / 5)).toBeLessThan(MEAN_TOLERANCE),
      );
    }
  });

  it("forget the earlier epochs where the mean over this one is better", async () => {
    const { long, short } = await twoEpochs();
    const chosen = await chooseWeights(engine, long, validating(7, 8, 9).validate);
    const average = { weights: short, steps: 2 };
    expect(chosen).toEqual({ ...average, perplexity: 7, longAverage: average });
  });

  it("are the last step's where they are better than the mean over the epoch, and that than more", async () => {
    const { long, last, short } = await twoEpochs();
    const chosen = await chooseWeights(engine, long, validating(7, 8, 6).validate);
    const longAverage = { weights: short, steps: 2 };
    expect(chosen).toEqual({ weights: last, steps: 0, perplexity: 6, longAverage });
  });

  it("leave the engine with those in training, also where scoring fails", async () => {
    engine.startAveraging();
    await take(3);
    const weights = engine.readWeights();
    const average = engine.readAverage();
    expect(weights).not.toEqual(average);
    await chooseWeights(engine, null, validating(8, 9).validate);
    expect(engine.readWeights()).toEqual(weights);
    const failing = withWeights(engine, average, () => Promise.reject(new Error("stopped")));
    await expect(failing).rejects.toThrow("stopped");
    expect(engine.readWeights()).toEqual(weights);
  });
});

it("the mean leaves out the first half of the first epoch alone", () => {
  expect([0, 1, 2].map((epoch) => firstAveragedStep(epoch, 9))).toEqual([4, 0, 0]);
});
