// The factors of low rank that stand for the rows of rare words in an edge file.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { bandsOf } from "#model/low-rank";
import { readMasterFile, writeMasterFile } from "#model/master-file";
import { factorise } from "#training/low-rank/factorise";
import { fitBands } from "#training/low-rank/fit-bands";
import { scoreInFloat64 } from "../float-network.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const EXACT = 1e-4; // of rows about 1
const n = 40;
const H = 6;

describe("factorise", () => {
  it("finds rows again that are of low rank, whatever the metric and the weights", () => {
    const random = seededRandom(3);
    const directions = Array.from({ length: 2 }, () => vectorOf(H, random));
    const rows = Array.from({ length: n }, () => {
      const [a, b] = vectorOf(2, random);
      return directions[0]!.map((value, k) => a! * value + b! * directions[1]![k]!);
    });
    const weights = Float64Array.from({ length: n }, () => 1 + 100 * random());
    const spread = vectorOf(H * H, random);
    const metric = gramOf(spread, H);
    for (const rank of [2, 3, 6, 16]) {
      const { down, up } = factorise(Float32Array.from(rows.flat()), { weights, metric, rank });
      expect([down.length, up.length]).toEqual([H * rank, rank * H]);
      rows.forEach((row) => {
        approximate(row, { down, up, rank }).forEach((value, k) => {
          expect(Math.abs(value - row[k]!)).toBeLessThan(EXACT);
        });
      });
    }
  });

  it("loses least where the weights and the metric say that it matters", () => {
    const rows = Array.from({ length: n }, (_, at) => [3, 2, 1].map((size, k) => (at % 3 === k ? size : 0))); // prettier-ignore
    const flat = Float32Array.from(rows.flat());
    const ones = new Float64Array(n).fill(1);
    const kept = (weights: Float64Array, importance: number[]) => {
      const metric = Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? importance[at / 4]! : 0)); // prettier-ignore
      const factors = factorise(flat, { weights, metric, rank: 1 });
      return rows.slice(0, 3).map((row, k) => approximate(row, { ...factors, rank: 1 })[k]! / row[k]!); // prettier-ignore
    };
    expectNear(kept(ones, [1, 1, 1]), [1, 0, 0]);
    expectNear(kept(ones, [1, 1, 20]), [0, 0, 1]);
    expectNear(kept(ones.map((_, at) => (at % 3 === 1 ? 9 : 1)), [1, 1, 1]), [0, 1, 0]); // prettier-ignore
  });

  it("has factors for rows that are all zero", () => {
    const { down, up } = factorise(new Float32Array(12), {
      weights: new Float64Array(4),
      metric: new Float64Array(9),
      rank: 2,
    });
    expect([...down, ...up].every(Number.isFinite)).toBe(true);
  });
});

describe("a model of many words", () => {
  const config = { vocabularySize: 16_500, hiddenSize: 40, layers: 1, tied: true };
  const ids = Int32Array.from({ length: 3_000 }, (_, at) => (at * 577) % 16_500);

  it("gets bands that fit its logits, and comes back with them", async () => {
    // rows that have a common part, as trained ones have: the rest is small
    const model = makeTinyModel({ config, spread: 0.1 });
    const embedding = model.weights.get("embedding")!;
    embedding.forEach((value, at) => (embedding[at] = (at % 40 < 12 ? 1 : 0.02) * value));
    const expected = scoreInFloat64(model, [5, 9_000, 16_400])[2]!;
    await fitBands(model, ids);
    expect(model.metadata.bands).toEqual([
      { begin: 4_096, rank: 16 },
      { begin: 8_192, rank: 16 },
      { begin: 16_384, rank: 16 },
    ]);
    const read = readMasterFile(writeMasterFile(model));
    expect(read.bands).toEqual(model.bands);
    expect(read.metadata).toEqual(model.metadata);
    const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
    const network = LanguageModel.open(module, writeEdgeFile(read));
    const state = network.consume(network.initialState(), [5, 9_000, 16_400]);
    const scores = network.logProbabilities(state);
    const error = Math.max(...expected.map((value, word) => Math.abs(value - scores[word]!)));
    expect(error).toBeLessThan(0.05);
  });

  it("has none where its words are few, or its embedding is not its softmax", async () => {
    for (const few of [
      { ...config, vocabularySize: 16_384 },
      { ...config, tied: false },
    ]) {
      expect(bandsOf({ ...few, forgetBias: 0 })).toEqual([]);
    }
    const model = makeTinyModel();
    await fitBands(model, ids.map((id) => id % 33)); // prettier-ignore
    expect(model.bands).toBeUndefined();
    expect("bands" in model.metadata).toBe(false);
  });
});

function vectorOf(length: number, random: () => number): number[] {
  return Array.from({ length }, () => 2 * random() - 1);
}

function gramOf(values: number[], size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return Array.from({ length: size }, (_, k) => values[i * size + k]! * values[j * size + k]!).reduce((a, b) => a + b); // prettier-ignore
  });
}

/** row · down · up */
function approximate(
  row: number[],
  { down, up, rank }: { down: Float32Array; up: Float32Array; rank: number },
): number[] {
  const H = row.length;
  const reduced = Array.from({ length: rank }, (_, r) => row.reduce((sum, value, k) => sum + value * down[k * rank + r]!, 0)); // prettier-ignore
  return row.map((_, k) => reduced.reduce((sum, value, r) => sum + value * up[r * H + k]!, 0));
}

function expectNear(found: number[], expected: number[]): void {
  found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(0.01));
}
