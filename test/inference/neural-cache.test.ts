import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cachedOutput, NeuralCache } from "#inference/neural-cache";
import type { CachedWord } from "#inference/neural-cache";
import { LanguageModel } from "#inference/language-model";
import { weighOutputs } from "#kernels/reference/cache";
import { quantiseOutput } from "#kernels/reference/int8";
import { writeEdgeFile } from "#model/edge-file";
import { checkNeuralCache } from "#model/metadata";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const WEIGHT_TOLERANCE = 1e-5;

/** As many words as asked for, of five that come again and again. */
function sample(count: number, hiddenSize: number): CachedWord<string>[] {
  const random = seededRandom(count + hiddenSize);
  return Array.from({ length: count }, () => ({
    word: ["the", "Kowalski", "of", "née", "42"][Math.floor(5 * random())]!,
    output: outputOf(Float32Array.from({ length: hiddenSize }, () => 2 * random() - 1)),
  }));
}

function outputOf(h: Float32Array) {
  const bytes = new Uint8Array(Math.ceil(h.length / 16) * 16).fill(64);
  bytes.set(quantiseOutput(h));
  return cachedOutput(bytes);
}

describe.each([1, 16, 20, 650])("a neural cache of outputs of H %i", (hiddenSize) => {
  for (const theta of [0, 0.3, 1, 2]) {
    it(`weighs words as its twin does, theta ${theta}`, () => {
      const settings = { window: 500, theta, lambda: 0.1 };
      const cache = new NeuralCache(module, hiddenSize, settings);
      for (const count of [1, 2, 7, 100, 500]) {
        const words = sample(count, hiddenSize);
        const now = words[count >> 1]!.output;
        const { cacheMass: shares, modelWeight: rest } = cache.share(words, now);
        const lambda = 0.1 * Math.min(count / 100, 1);
        expect(rest).toBe(1 - lambda);
        const weights = weighOutputs(words.map(({ output }) => output.bytes), now.bytes, theta); // prettier-ignore
        for (const [word, share] of shares) {
          const expected = words.reduce((sum, one, at) => sum + (one.word === word ? weights[at]! : 0), 0); // prettier-ignore
          expect(Math.abs(share / lambda - expected)).toBeLessThan(WEIGHT_TOLERANCE);
        }
      }
    });
  }

  it("quantises outputs as the network does", () => {
    const cache = new NeuralCache(module, hiddenSize, { window: 4, theta: 1, lambda: 0.1 });
    const random = seededRandom(9);
    const h = Float32Array.from({ length: hiddenSize }, () => 2 * random() - 1);
    expect(cache.quantise(h)).toEqual(outputOf(h));
  });
});

describe("a neural cache", () => {
  const settings = { window: 6, theta: 1, lambda: 0.2 };
  const cache = new NeuralCache(module, 20, settings);

  it("leaves every probability as it is before the first word", () => {
    const now = outputOf(new Float32Array(20));
    expect(cache.share([], now)).toEqual({ cacheMass: new Map(), modelWeight: 1 });
  });

  it("knows the last words alone, and nothing of earlier calls", () => {
    const words = sample(40, 20);
    const now = words[3]!.output;
    const expected = new NeuralCache(module, 20, settings).share(words.slice(-6), now);
    cache.share(sample(6, 20), now);
    expect(cache.share(words, now)).toEqual(expected);
  });

  it("gives out shares that add up to what it takes", () => {
    const words = sample(500, 20);
    const { cacheMass: shares, modelWeight: rest } = new NeuralCache(module, 20, { ...settings, window: 500 }).share(words, words[0]!.output); // prettier-ignore
    const given = [...shares.values()].reduce((sum, share) => sum + share, 0);
    expect(given + rest).toBeCloseTo(1, 6);
  });

  it("favours the word that followed where the text was like this before", () => {
    const here = outputOf(new Float32Array(20).fill(0.5));
    const there = outputOf(new Float32Array(20).fill(-0.5));
    const { cacheMass: shares } = cache.share(
      [
        { word: "near", output: here },
        { word: "far", output: there },
      ],
      here,
    );
    const ratio = shares.get("near")! / shares.get("far")!;
    expect(Math.log(ratio)).toBeCloseTo(20 * 2 * (32 / 63) ** 2, 4); // 0.5 is 32 steps of 1 / 63
  });

  it("takes a network's outputs before each word", () => {
    const network = LanguageModel.open(module, writeEdgeFile(makeTinyModel()));
    const ids = [1, 4, 2, 3, 9];
    const traced = network.trace(network.initialState(), ids);
    let state = network.initialState();
    ids.forEach((id, at) => {
      const bytes = network.output(state);
      expect(traced.outputs[at]).toEqual(bytes);
      expect(cache.quantise(state.subarray(60, 80)).bytes).toEqual(bytes); // h of the last layer
      state = network.consume(state, [id]);
    });
    expect(traced.state).toEqual(state);
  });

  it("refuses settings that make no sense", () => {
    for (const wrong of [{ window: 0 }, { window: 1.5 }, { window: 2_001 }, { theta: -1 }, { theta: NaN }, { lambda: 1 }]) {
      expect(() => checkNeuralCache({ ...settings, ...wrong })).toThrow("a neural cache needs");
    } // prettier-ignore
  });
});
