// A file with n-grams: the mixture's probabilities, and that they are the same however they are asked for.

import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { NO_MEMORY } from "#inference/cache-mixture";
import { NgramModel, ngramProbability } from "#inference/ngram";
import { weightIndex } from "#inference/ngram-mixture";
import { Predictor } from "#inference/predictor";
import { writeEdgeFile } from "#model/edge-file";
import { readMasterFile, writeMasterFile } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

const SUM_TOLERANCE = 1e-5;
const TERM_TOLERANCE = 1e-6;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = new WebAssembly.Module(
    await readFile(new URL("../../kernels/build/edge.wasm", import.meta.url)),
  );
});

const CASES = [
  { order: 3, V: 33, extra: 6 },
  { order: 2, V: 32, extra: 1 },
  { order: 5, V: 40, extra: 0 },
  { order: 4, V: 57, extra: 3 },
];

describe.each(CASES)(
  "a mixture of order $order, $V words and $extra more",
  ({ order, V, extra }) => {
    const names = ["senate", "Congress", "statesman", "unions", "thereof", "peace"].slice(0, extra);
    const master = withTinyNgrams(makeTinyModel({ config: { vocabularySize: V } }), {
      order,
      extraWords: names,
    });
    const open = () => LanguageModel.open(module, writeEdgeFile(master));
    const texts = (N: number) => [
      [1, 4, 9, N - 1, 3],
      [1],
      [1, 5, 1, 7],
      [1, 2, N - 1, N - 2, 0],
      [1, 12, 31, 29],
    ];

    it("shares out 1 among all words", () => {
      const model = open();
      for (const ids of texts(model.words.size)) {
        const all = model.mixtureProbabilities(model.consume(model.initialState(), ids));
        expect(all.length).toBe(V + extra);
        expect(Math.abs(all.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(SUM_TOLERANCE);
      }
    });

    it("is the network and the counts, weighted by how sure they are", () => {
      const model = open();
      const ngrams = new NgramModel(master.ngrams, master.vocabulary.endId);
      const { unknownId } = master.vocabulary;
      for (const ids of texts(model.words.size)) {
        const state = model.consume(model.initialState(), ids);
        const network = model.probabilities(state);
        const found = ngrams.lookUp(ids);
        const weight = master.metadata.ngram!.weights[weightIndex(found, Math.max(...network))]!;
        const unknownBase = [unknownId, ...names.map((_, at) => V + at)].reduce((sum, id) => sum + ngrams.base[id]!, 0); // prettier-ignore
        model.mixtureProbabilities(state).forEach((p, id) => {
          const isUnknown = id === unknownId || id >= V;
          const share = isUnknown ? ngrams.base[id]! / unknownBase : 1;
          const expected = (1 - weight) * network[isUnknown ? unknownId : id]! * share + weight * ngramProbability(ngrams, found, id); // prettier-ignore
          expect(Math.abs(p - expected)).toBeLessThan(TERM_TOLERANCE);
        });
      }
    });

    it("gives the same bits for some words as for all, and for the most probable ones", () => {
      const model = open();
      const mask = Uint8Array.from(model.words.entries, (_, id) => Number(id % 3 !== 1));
      model.setMask(mask);
      for (const ids of texts(model.words.size)) {
        const state = model.consume(model.initialState(), ids);
        const all = model.mixtureProbabilities(state);
        const asked = Array.from(all.keys()).reverse();
        expect([...open().probabilitiesOf(state, asked)]).toEqual([...all].reverse());
        const allowed = [...all.keys()].filter((id) => mask[id] === 1);
        const ranked = allowed
          .map((id) => ({ id, probability: all[id]! }))
          .sort((a, b) => b.probability - a.probability || a.id - b.id);
        for (const k of [1, 5, allowed.length]) expect(model.topK(model.consume(state, []), k)).toEqual(ranked.slice(0, k)); // prettier-ignore
      }
    });

    it("gives the same bits for several texts at once as for each alone", () => {
      const model = open();
      const start = model.consume(model.initialState(), [1]);
      const ids = [2, 3, model.words.size - 1, 7, 0, 12, 30, 5, 9, 11];
      const traces = model.traceBatch(ids.map((id) => ({ state: start, id })));
      const chosen = model.topKBatch(traces.map(({ state }) => state), 7); // prettier-ignore
      ids.forEach((id, at) => {
        const alone = open();
        const state = alone.consume(alone.consume(alone.initialState(), [1]), [id]);
        expect(traces[at]!.state).toEqual(state);
        expect(chosen[at]).toEqual(alone.topK(state, 7));
      });
    });

    it("gives the same bits however a text was cut into pieces", () => {
      const model = open();
      const ids = [1, 4, 9, model.words.size - 1, 3, 1, 8, 2];
      const whole = model.consume(model.initialState(), ids);
      let state = model.initialState();
      for (const id of ids) state = model.consume(state, [id]);
      expect(state).toEqual(whole);
      expect(model.trace(model.initialState(), ids).state).toEqual(whole);
    });

    it("says what a probability is the sum of", () => {
      const model = open();
      const state = model.consume(model.initialState(), [1, 4, 9]);
      const ids = Array.from(model.words.entries.keys());
      const all = model.mixtureProbabilities(state);
      model.termsOf(state, ids).forEach(({ network, ngrams }, id) => {
        const sum = ngrams.reduce((sum, term) => sum + term, network);
        expect(Math.abs(sum - all[id]!)).toBeLessThan(TERM_TOLERANCE);
      });
    });

    it("is in the master file too", () => {
      const read = readMasterFile(writeMasterFile(master));
      expect(writeEdgeFile(read)).toEqual(writeEdgeFile(master));
    });
  },
);

describe("a predictor with n-grams", () => {
  const master = withTinyNgrams(makeTinyModel(), { weight: 1 });
  const words = (text: string, limit = 40) => {
    const predictor = new Predictor(LanguageModel.open(module, writeEdgeFile(master)));
    return predictor.predict(predictor.start(), "", text, limit, NO_MEMORY);
  };

  it("offers words that only the counts know", () => {
    expect(words("the state ").map(({ word }) => word)).toContain("Congress");
    expect(words("the state cong").map(({ word }) => word)).toContain("Congress");
  });

  it("shares out 1 among the words that start so", () => {
    const completions = words("the states", 40).filter(({ insert }) => !insert.startsWith(" "));
    expect(completions.map(({ word }) => word)).toContain("statesman");
    const sum = words("the uni").reduce((sum, { probability }) => sum + probability, 0);
    expect(Math.abs(sum - 1)).toBeLessThan(SUM_TOLERANCE);
  });

  it("reads a word that only the counts know as that, whether before it or in one go", () => {
    const predictor = new Predictor(LanguageModel.open(module, writeEdgeFile(master)));
    const text = "the Congress of the peace and senate ";
    const whole = predictor.predict(predictor.start(), "", text, 5);
    let point = predictor.start();
    let from = 0;
    for (let end = 1; end <= text.length; end++) {
      predictor.predict(point, text.slice(0, from), text.slice(from, end), 5);
      const next = predictor.commit(point, text.slice(from, end));
      [point, from] = [next, next.position];
    }
    expect(predictor.predict(point, text.slice(0, from), text.slice(from), 5)).toEqual(whole);
    expect(words("the Congress ")).not.toEqual(words("the peace "));
  });
});
