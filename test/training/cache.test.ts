import { describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { createWasmEngine } from "#training/engines/wasm";
import { openEdgeScorer, openNeuralCache } from "#training/evaluation/edge-scorer";
import { evaluateText, evaluateVariants } from "#training/evaluation/evaluation";
import { TextCache } from "#inference/text-cache";
import { CACHE_GRID, tuneNeuralCache } from "#training/evaluation/tune-cache";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const INT8_TUNING_TOLERANCE = 0.002; // relative, in perplexity: tuning compares outputs in float32
const OUTPUT_TOLERANCE = 0.03; // int8 against float32, of outputs within ±1

const master = makeTinyModel();
const { vocabulary } = master;
const V = vocabulary.size;
const context = { vocabulary, tokenizer: "text" as const };

/** Words that come in bursts, as those of a text do. */
function makeText(length: number) {
  const random = seededRandom(7);
  let topic = 4;
  const ids = Int32Array.from({ length }, (_, at) => {
    if (at % 40 === 0) topic = 3 + Math.floor(random() * (V - 6));
    if (random() < 0.1) return vocabulary.endId;
    return random() < 0.6 ? topic + Math.floor(3 * random()) : Math.floor(random() * V);
  });
  return { ids, lengths: new Uint16Array(length).fill(3) };
}

describe("a neural cache in evaluation", () => {
  it("shares probability out, and loses none", async () => {
    const scorer = await openEdgeScorer(writeEdgeFile(master));
    const cache = await openNeuralCache(20, { window: 8, theta: 1, lambda: 0.3 });
    const recent = new TextCache(cache, vocabulary.unknownId);
    for (const id of makeText(50).ids) {
      const row = (await scorer.score(Int32Array.of(id))).slice();
      const mixed = recent.mix(row, scorer.output(0));
      const sum = mixed.reduce((total, score) => total + Math.exp(score), 0);
      expect(sum).toBeCloseTo(1, 5);
      recent.push(id);
    }
  });

  it("leaves a text's first word as it is, and raises a word that came", async () => {
    const scorer = await openEdgeScorer(writeEdgeFile(master));
    const cache = await openNeuralCache(20, { window: 8, theta: 1, lambda: 0.3 });
    const recent = new TextCache(cache, vocabulary.unknownId);
    const row = (await scorer.score(Int32Array.of(5))).slice();
    expect([...recent.mix(row, scorer.output(0))]).toEqual([...row]);
    recent.push(9);
    const mixed = recent.mix(row, scorer.output(0));
    for (let id = 0; id < V; id++) {
      if (id === 9) expect(mixed[id]).toBeGreaterThan(row[id]!);
      else expect(mixed[id]).toBeLessThan(row[id]!);
    }
  });

  it("finds the settings that the edge's own cache then does best with", async () => {
    const text = makeText(1_500);
    const scorer = await openEdgeScorer(writeEdgeFile(master));
    const options = { endId: vocabulary.endId, vocabularySize: V };
    const tuned = await tuneNeuralCache(scorer, text.ids, options);
    const plain = await evaluateText(scorer, text, context);
    expect(tuned.plainPerplexity).toBeCloseTo(plain.perplexity, 8);
    const perplexityOf = async (settings: typeof tuned.settings) =>
      (await evaluateVariants(scorer, await openNeuralCache(20, settings), text, context))
        .carriedCached.perplexity;
    const best = await perplexityOf(tuned.settings);
    expect(best).toBeLessThan(plain.perplexity);
    expect(Math.abs(best / tuned.perplexity - 1)).toBeLessThan(INT8_TUNING_TOLERANCE);
    for (const window of CACHE_GRID.windows) {
      const other = await perplexityOf({ window, theta: 1, lambda: 0.1 });
      expect(best).toBeLessThan(other * (1 + INT8_TUNING_TOLERANCE));
    }
  });

  it("sees the outputs of the float32 engine where the int8 ones are", async () => {
    const training = { ...master.metadata.training, batchSize: 1, numSteps: 1 };
    const engine = await createWasmEngine({ model: master.metadata.config, training, threads: 1 });
    try {
      engine.loadWeights(master.weights);
      const edge = await openEdgeScorer(writeEdgeFile(master));
      const { ids } = makeText(30);
      await engine.score(ids);
      await edge.score(ids);
      for (let index = 0; index < ids.length; index++) {
        const exact = engine.output(index);
        edge.output(index).forEach((h, unit) => {
          expect(Math.abs(h - exact[unit]!)).toBeLessThan(OUTPUT_TOLERANCE);
        });
      }
    } finally {
      await engine.close();
    }
  });
});
