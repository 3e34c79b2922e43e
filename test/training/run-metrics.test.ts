import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunFolder } from "#training/run/folder";
import { RunMetrics } from "#training/run/metrics";
import { readEvents } from "./read-events.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "metrics-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function readLines(): Promise<object[]> {
  const text = await readFile(join(folder, "metrics.jsonl"), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as object);
}

async function readValues() {
  const name = (await readdir(folder)).find((file) => file.includes("tfevents"))!;
  const events = readEvents(await readFile(join(folder, name)));
  return events.flatMap(({ step, values }) => values.map((value) => ({ step, ...value })));
}

describe("a run's metrics", () => {
  it("become a line and a point on each curve", async () => {
    const measured = { loss: Math.log(8), gradientNorm: 5, learningRate: 0.5, wordsPerSecond: 900 };
    await new RunMetrics(new RunFolder(folder)).logStep({ step: 20, epoch: 2, ...measured });
    const expected = { gradient_norm: 5, learning_rate: 0.5, words_per_second: 900 };
    const [line] = await readLines();
    expect(line).toMatchObject({ step: 20, epoch: 2, loss: Math.log(8), ...expected });
    const values = await readValues();
    for (const [tag, number] of Object.entries(expected)) {
      expect(values).toContainEqual({ step: 20, tag, number });
    }
    expect(values.find(({ tag }) => tag === "perplexity")!.number).toBeCloseTo(8, 5);
  });

  it("show how the weights spread after each epoch", async () => {
    const epoch = {
      epoch: 1,
      learningRate: 1,
      trainPerplexity: 90,
      validPerplexity: 120,
      seconds: 3,
    };
    const weights = new Map([["embedding", Float32Array.of(-1, 1)]]);
    await new RunMetrics(new RunFolder(folder)).logEpoch({ step: 300, ...epoch }, weights);
    expect(await readLines()).toMatchObject([{ step: 300, epoch: 1, valid_perplexity: 120 }]);
    const values = await readValues();
    expect(values).toContainEqual({ step: 300, tag: "valid_perplexity", number: 120 });
    const { histogram } = values.find(({ tag }) => tag === "embedding")!;
    expect(histogram).toMatchObject({ min: -1, max: 1, count: 2 });
  });
});
