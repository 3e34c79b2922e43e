import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import type { Band } from "#model/low-rank";
import { scoreInFloat64 } from "../float-network.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const FEW = [1, 4, 2, 3, 1, 0, 4, 4, 2, 3, 0, 1, 2, 2, 4, 3];
/** How far a log-probability may lie from the float64 model's, with weights in ±0.5. */
const INT8_TOLERANCE = 0.12;

const SHAPES = [1, 3, 5, 17, 20].flatMap((hiddenSize) =>
  [5, 33].flatMap(
    (vocabularySize) =>
    [1, 2].map((layers): Shape => ({ hiddenSize, vocabularySize, layers, tied: hiddenSize % 2 === 1, bands: [] })), // prettier-ignore
  ),
);
for (const hiddenSize of [1, 17, 20, 50]) {
  const rank = Math.ceil(hiddenSize / 16) * 16;
  SHAPES.push(
    { hiddenSize, vocabularySize: 33, layers: 1, tied: true, bands: [{ begin: 8, rank: 16 }] },
    { hiddenSize, vocabularySize: 61, layers: 2, tied: true, bands: [{ begin: 8, rank }, { begin: 16, rank: 16 }, { begin: 40, rank }] }, // prettier-ignore
  );
}

interface Shape {
  hiddenSize: number;
  vocabularySize: number;
  layers: number;
  tied: boolean;
  bands: Band[];
}

describe.each(SHAPES)(
  "a network of H $hiddenSize, V $vocabularySize, L $layers, tied $tied, bands $bands",
  ({ bands, ...config }) => {
    const model = makeTinyModel({ config, bands });
    const network = LanguageModel.open(module, writeEdgeFile(model));
    const IDS = bands.length > 0 ? FEW.map((id, at) => (id * 9 + at) % config.vocabularySize) : FEW; // prettier-ignore

    it("scores as the float model does, but for the rounding to int8", () => {
      const expected = scoreInFloat64(model, IDS);
      let state = network.initialState();
      IDS.forEach((id, at) => {
        state = network.consume(state, [id]);
        const scores = network.logProbabilities(state);
        expect(scores).toHaveLength(config.vocabularySize);
        scores.forEach((score, word) => {
          expect(Math.abs(score - expected[at]![word]!)).toBeLessThan(INT8_TOLERANCE);
        });
      });
    });

    it("has the same state, bit for bit, one word at a time and all at once", () => {
      let state = network.initialState();
      for (const id of IDS) state = network.consume(state, [id]);
      expect(state).toEqual(network.consume(network.initialState(), IDS));
      expect(state).toHaveLength(config.layers * 2 * config.hiddenSize);
    });

    it("gives sequences that share a pass the bits that each gets alone", () => {
      const states = IDS.map((_, end) =>
        network.consume(network.initialState(), IDS.slice(0, end)),
      );
      const steps = states.map((state, at) => ({ state, id: IDS[at]! }));
      const alone = steps.map(({ state, id }) => network.trace(state, [id]));
      expect(network.traceBatch(steps)).toEqual(alone);
      expect(network.topKBatch(states, 3)).toEqual(states.map((state) => network.topK(state, 3)));
    });

    it("agrees with itself about probabilities, choices and log-probabilities", () => {
      const state = network.consume(network.initialState(), IDS);
      const probabilities = network.probabilities(state);
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      const ranked = [...probabilities.keys()].sort(
        (a, b) => probabilities[b]! - probabilities[a]!,
      );
      expect(network.topK(state, 3)).toEqual(
        ranked.slice(0, 3).map((id) => ({ id, probability: probabilities[id] })),
      );
      network.logProbabilities(state).forEach((score, id) => {
        expect(Math.exp(score)).toBeCloseTo(probabilities[id]!, 5);
      });
    });

    it("has the same bits for some words as among all, whether it knew their sum or not", () => {
      const state = network.consume(network.initialState(), IDS);
      const ids = [config.vocabularySize - 1, 3, 0, 3, 1];
      const first = network.probabilitiesOf(state, ids);
      const all = network.probabilities(state);
      expect([...first]).toEqual(ids.map((id) => all[id]));
      network.topK(network.initialState(), 2);
      expect(network.probabilitiesOf(state, ids)).toEqual(first);
      expect(network.probabilitiesOf(state, [])).toHaveLength(0);
    });

    it("renormalises over the words that may come", () => {
      const state = network.consume(network.initialState(), IDS);
      const probabilities = network.probabilities(state);
      const ids = [config.vocabularySize - 1, 3, 0];
      const share = ids.reduce((sum, id) => sum + probabilities[id]!, 0);
      const choices = network.topKOf(state, ids, 5);
      expect(choices.map(({ id }) => id).sort((a, b) => a - b)).toEqual([
        0,
        3,
        config.vocabularySize - 1,
      ]);
      for (const { id, probability } of choices) {
        expect(probability).toBeCloseTo(probabilities[id]! / share, 5);
      }
    });
  },
);

describe("a network", () => {
  const IDS = FEW;
  const model = makeTinyModel();
  const network = LanguageModel.open(module, writeEdgeFile(model));
  const state = network.consume(network.initialState(), IDS);

  it("chooses only words that are offered", () => {
    const some = LanguageModel.open(module, writeEdgeFile(model));
    some.setMask(Uint8Array.from({ length: 33 }, (_, id) => Number(id === 7 || id === 30)));
    expect(
      some
        .topK(state, 10)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([30, 7]);
  });

  it("keeps what one call left out of the next", () => {
    const before = network.topK(state, 5);
    const random = seededRandom(3);
    network.consume(
      state.map(() => 2 * random() - 1),
      [32, 31],
    );
    network.topKOf(state, [1, 2], 2);
    expect(network.topK(state.slice(), 5)).toEqual(before);
  });

  it("chooses the same words after a state that it knows already", () => {
    const [two, five] = [2, 5].map((k) => network.topK(state.slice(), k));
    const known = state.slice();
    for (const k of [2, 5, 2]) expect(network.topK(known, k)).toEqual(k === 2 ? two : five);
  });

  it("has no choice among no words", () => {
    expect(network.topKOf(state, [], 5)).toEqual([]);
  });

  it("refuses a state of another shape, a word it does not know, and too many choices", () => {
    expect(() => network.consume(new Float32Array(3), [1])).toThrow("[2, 2, 20] numbers, got 3");
    expect(() => network.consume(state, [33])).toThrow("no word has the id 33");
    expect(() => network.topK(state, 257)).toThrow("1 to 256 words, got 257");
  });
});
