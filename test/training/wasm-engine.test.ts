// The wasm engine against the float64 reference: losses, every gradient, states and scores at awkward sizes; that runs
// repeat bit for bit on any number of threads; and that a lost thread is an error and not a hang.

import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { drawWeights } from "#kernels/initial-weights";
import { maskOf, recurrentMaskOf } from "#kernels/reference/dropout-masks";
import { runLayer, zeroStates } from "#kernels/reference/lstm";
import type { Batch, LayerState, Tensors } from "#kernels/reference/lstm";
import {
  computeLogits,
  dropRecurrent,
  globalNorm,
  logSoftmax,
  runPass,
  transpose,
  updateWeights,
} from "#kernels/reference/training";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import type { Weights } from "#model/tensors";
import { isSampled, WordSampler } from "#training/engines/sampled-words";
import { createWasmEngine } from "#training/engines/wasm";
import type { WasmEngine } from "#training/engines/wasm";
import { CONTROL } from "#training/engines/wasm/control";
import { findPreset } from "#model/presets";

const LOSS_TOLERANCE = 1e-5; // relative
const GRADIENT_TOLERANCE = 1e-4; // of a tensor's largest gradient
const STATE_TOLERANCE = 1e-5; // absolute; states lie in −1…1
const SCORE_TOLERANCE = 1e-5; // absolute, in nats
const CURVE_TOLERANCE = 2e-3; // relative, of a loss after up to 200 steps in float32 instead of float64
const AVERAGE_TOLERANCE = 1e-6; // of a tensor's largest weight
const NO_CLIP = 1e6;

interface Case {
  V: number;
  H: number;
  L: number;
  B: number;
  T: number;
  tied?: boolean;
  keep?: number;
  locked?: boolean;
  weightKeep?: number;
  sampled?: number;
  initScale?: number;
  forgetBias?: number;
}

const CASES: Case[] = [
  { V: 7, H: 1, L: 1, B: 1, T: 1 },
  { V: 7, H: 3, L: 2, B: 3, T: 2 },
  { V: 33, H: 5, L: 3, B: 20, T: 2 },
  { V: 33, H: 17, L: 2, B: 3, T: 5, forgetBias: 1 },
  { V: 33, H: 16, L: 1, B: 20, T: 3, keep: 0.5 },
  { V: 33, H: 5, L: 2, B: 3, T: 4, keep: 0.6, forgetBias: 1 },
  { V: 7, H: 3, L: 1, B: 3, T: 2, tied: true },
  { V: 33, H: 17, L: 3, B: 20, T: 2, tied: true, keep: 0.35 },
  { V: 130, H: 70, L: 2, B: 7, T: 15, keep: 0.8 },
  { V: 7, H: 1, L: 1, B: 1, T: 1, keep: 0.5, locked: true },
  { V: 33, H: 17, L: 2, B: 3, T: 7, keep: 0.6, locked: true },
  { V: 33, H: 36, L: 1, B: 20, T: 5, tied: true, keep: 0.4, locked: true },
  { V: 7, H: 1, L: 1, B: 1, T: 2, weightKeep: 0.5 },
  { V: 33, H: 17, L: 2, B: 3, T: 7, weightKeep: 0.6, forgetBias: 1 },
  { V: 33, H: 36, L: 3, B: 20, T: 5, tied: true, keep: 0.4, locked: true, weightKeep: 0.5 },
  { V: 7, H: 355, L: 1, B: 1, T: 2, weightKeep: 0.7, initScale: 0.1 },
  { V: 7, H: 1, L: 1, B: 1, T: 1, sampled: 1 },
  { V: 7, H: 3, L: 1, B: 3, T: 2, tied: true, sampled: 6 },
  { V: 7, H: 3, L: 1, B: 3, T: 2, tied: true, sampled: 7 }, // all words
  { V: 33, H: 17, L: 2, B: 20, T: 3, sampled: 1 }, // more targets than words
  { V: 130, H: 15, L: 1, B: 3, T: 5, sampled: 16 },
  { V: 130, H: 16, L: 2, B: 3, T: 5, tied: true, sampled: 17, keep: 0.6, weightKeep: 0.7 },
  { V: 1_003, H: 21, L: 1, B: 7, T: 15, tied: true, sampled: 400, keep: 0.8, locked: true },
];

const engines: WasmEngine[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

describe.each(CASES)("a step with $V words, $H units, $L layers, batch $B × $T", (sample) => {
  const { model, training } = configOf(sample);

  it("has the reference's losses, gradients, states and scores", async () => {
    const engine = await start(model, training);
    let states = zeroStates(model, training.batchSize);
    for (let step = 0; step < 2; step++) {
      const before = engine.readWeights();
      const batch = drawBatch(sample, step);
      const dropped = (tensors: Tensors) =>
        dropRecurrent(tensors, model, recurrentMaskAt(model, training, step));
      const masks = masksOf(training, step);
      const words = sampleOf(model, training, step);
      const pass = runPass(model, dropped(doubles(before)), batch, states, masks, words);
      pass.gradients = dropped(pass.gradients);
      await engine.step(batch.inputs, batch.targets, 1);
      const { loss, gradientNorm } = await engine.readLoss();
      expectClose(loss, pass.loss / training.numSteps, LOSS_TOLERANCE);
      expectClose(gradientNorm, globalNorm(pass.gradients), GRADIENT_TOLERANCE);
      expectGradients(before, engine.readWeights(), pass.gradients);
      expectStates(engine.readCarriedState(), pass.states);
      states = pass.states;
    }
    await expectScores(engine, model, drawBatch({ ...sample, B: 1, T: 21 }, 5).inputs);
  });

  it("repeats its losses bit for bit, on two threads and on one", async () => {
    const first = await start(model, training);
    const losses = await stepThrough(first, sample, 0, 3);
    first.loadWeights(drawWeights(model, training.initScale, training.seed));
    first.resetTrainingState();
    first.stepCount = 0;
    expect(await stepThrough(first, sample, 0, 3)).toEqual(losses);
    expect(await stepThrough(await start(model, training, 1), sample, 0, 3)).toEqual(losses);
  });
});

describe.each([
  { tied: false },
  { tied: true },
  { tied: false, sampled: 9 },
  { tied: true, sampled: 9 },
])("an average of weights, %o", (changes) => {
  const sample: Case = { V: 33, H: 17, L: 2, B: 3, T: 4, ...changes };
  const { model, training: plain } = configOf(sample);
  const training = { ...plain, averaging: true };

  it("is the mean of the weights after each step since it started, and does not change them", async () => {
    const engine = await start(model, training);
    const same = await start(model, plain);
    await stepThrough(engine, sample, 0, 2);
    engine.startAveraging();
    const sums = new Map(
      [...engine.readWeights()].map(([name, { length }]) => [name, zeros(length)]),
    );
    for (let step = 2; step < 7; step++) {
      await stepThrough(engine, sample, step, step + 1);
      for (const [name, weight] of engine.readWeights()) {
        weight.forEach((w, i) => (sums.get(name)![i]! += w / 5));
      }
    }
    expect(engine.averagedSteps).toBe(5);
    for (const [name, average] of engine.readAverage()) {
      const mean = sums.get(name)!;
      const largest = mean.reduce((most, w) => Math.max(most, Math.abs(w)), 1e-30);
      expectNear(Float64Array.from(average), mean, AVERAGE_TOLERANCE * largest);
    }
    await stepThrough(same, sample, 0, 7);
    expect(engine.readWeights()).toEqual(same.readWeights());
  });

  it("has the same bits on one thread, and in an engine that resumes from it", async () => {
    const averages = [];
    for (const threads of [2, 1]) {
      const engine = await start(model, training, threads);
      engine.startAveraging();
      await stepThrough(engine, sample, 0, 5);
      averages.push(engine.readAverage());
    }
    const first = await start(model, training);
    first.startAveraging();
    await stepThrough(first, sample, 0, 3);
    const second = await start(model, training);
    second.loadWeights(first.readWeights());
    second.loadCarriedState(first.readCarriedState());
    second.stepCount = first.stepCount;
    second.loadAverage(first.readAverage(), first.averagedSteps);
    await stepThrough(second, sample, 3, 5);
    expect(second.averagedSteps).toBe(5);
    expect(averages[1]).toEqual(averages[0]);
    expect(second.readAverage()).toEqual(averages[0]);
  });

  it("is refused where averaging is off", async () => {
    const engine = await start(model, plain);
    expect(() => engine.startAveraging()).toThrow("averaging is off");
  });
});

describe("more threads than cores", () => {
  // 650 units are 163 gate panels and 41 unit panels; 12 units are fewer panels than threads
  const samples: Case[] = [
    { V: 2_000, H: 650, L: 1, B: 20, T: 3, keep: 0.5 },
    { V: 33, H: 12, L: 2, B: 3, T: 6, tied: true, weightKeep: 0.6 },
    { V: 2_000, H: 36, L: 1, B: 20, T: 6, tied: true, sampled: 700 },
    { V: 130, H: 12, L: 1, B: 3, T: 6, sampled: 11 },
  ];
  for (const threads of [8, 16]) {
    it.each(samples)(`gives the bits of one thread on ${threads}, with %o`, async (sample) => {
      const { model, training } = configOf(sample);
      const settings = { ...training, averaging: true, clipNorm: 0.1 };
      const results = [];
      for (const count of [1, threads]) {
        const engine = await start(model, settings, count);
        engine.startAveraging();
        results.push({
          losses: await stepThrough(engine, sample, 0, 3),
          weights: digestOf(...engine.readWeights().values()),
          average: digestOf(...engine.readAverage().values()),
          carried: digestOf(engine.readCarriedState()),
          scores: digestOf(await engine.score(Int32Array.of(1, 2, 3, 4, 5))),
        });
      }
      expect(results[1]).toEqual(results[0]);
    });
  }
});

describe("the wasm engine", () => {
  const sample: Case = { V: 33, H: 12, L: 2, B: 3, T: 6, keep: 0.7 };
  const { model, training } = configOf(sample);

  it("clips to the global norm", async () => {
    const engine = await start(model, { ...training, clipNorm: 0.01 });
    const before = engine.readWeights();
    const batch = drawBatch(sample, 0);
    await engine.step(batch.inputs, batch.targets, 2);
    const after = engine.readWeights();
    let squares = 0;
    for (const [name, weight] of before) {
      weight.forEach((w, i) => (squares += (w - after.get(name)![i]!) ** 2));
    }
    expectClose(Math.sqrt(squares), 2 * 0.01, GRADIENT_TOLERANCE);
  });

  it("follows the reference's loss for 200 steps", async () => {
    const engine = await start(model, { ...training, clipNorm: 2 }, 1);
    const weights = doubles(engine.readWeights());
    let states = zeroStates(model, training.batchSize);
    for (let step = 0; step < 200; step++) {
      const batch = drawBatch(sample, step % 10);
      await engine.step(batch.inputs, batch.targets, 0.5);
      const { loss } = await engine.readLoss();
      const pass = runPass(model, weights, batch, states, masksOf(training, step));
      updateWeights(weights, pass.gradients, 0.5, 2);
      states = pass.states;
      expectClose(loss, pass.loss / training.numSteps, CURVE_TOLERANCE);
    }
  });

  it.each([0, 7])(
    "resumes from weights and state bit for bit, also between two readings of the loss, with %i sampled words",
    async (sampledWords) => {
      const settings = { ...training, sampledWords };
      const first = await start(model, settings);
      await stepThrough(first, sample, 0, 3);
      const { inputs, targets } = drawBatch(sample, 3);
      await first.step(inputs, targets, 0.5); // its loss is not read
      const second = await start(model, settings, 1);
      second.loadWeights(first.readWeights());
      second.loadTrainingState(first.readTrainingState());
      expect(await stepThrough(second, sample, 4, 7)).toEqual(
        await stepThrough(first, sample, 4, 7),
      );
    },
  );

  it.each([false, true])(
    "changes only the words that a step samples or reads, tied: %s",
    async (tied) => {
      const small: Case = { V: 500, H: 12, L: 1, B: 3, T: 6, tied, sampled: 20 };
      const { model, training } = configOf(small);
      const engine = await start(model, training);
      const before = engine.readWeights().get("softmax.bias")!;
      const embedding = engine.readWeights().get("embedding")!;
      const { inputs, targets } = drawBatch(small, 0);
      await engine.step(inputs, targets, 1);
      const sample = new Set([...sampleOf(model, training, 0)!.keys(), ...targets]);
      const read = new Set(tied ? [...sample, ...inputs] : inputs);
      const changed = (from: Float32Array, to: Float32Array, width: number) =>
        new Set(
          [...from.keys()].filter((i) => from[i] !== to[i]).map((i) => Math.floor(i / width)),
        );
      const after = engine.readWeights();
      expect(changed(before, after.get("softmax.bias")!, 1)).toEqual(sample);
      expect(changed(embedding, after.get("embedding")!, model.hiddenSize)).toEqual(read);
    },
  );

  it("follows the reference where no target is in the sample", async () => {
    const { model, training } = configOf({ ...sample, sampled: 3 });
    const engine = await start(model, training);
    const weights = doubles(engine.readWeights());
    const words = sampleOf(model, training, 0)!;
    const others = [...Array(model.vocabularySize).keys()].filter((id) => !words.has(id));
    const batch = drawBatch(sample, 0);
    batch.targets.forEach((_, token) => (batch.targets[token] = others[token % 5]!));
    await engine.step(batch.inputs, batch.targets, 1);
    const states = zeroStates(model, training.batchSize);
    const pass = runPass(model, weights, batch, states, masksOf(training, 0), words);
    const { loss } = await engine.readLoss();
    expectClose(loss, pass.loss / training.numSteps, LOSS_TOLERANCE);
  });

  it("computes a softmax over all words where as many are to be sampled", async () => {
    const weights = [];
    for (const sampledWords of [0, 33, 1_000]) {
      const engine = await start(model, { ...training, sampledWords });
      await stepThrough(engine, sample, 0, 2);
      weights.push(engine.readWeights());
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
  });

  it("returns the weights that were loaded", async () => {
    const engine = await start(model, training);
    const weights = drawWeights(model, 1, 7);
    engine.loadWeights(weights);
    expect(engine.readWeights()).toEqual(weights);
  });

  it("refuses weights with a missing tensor and keeps its own", async () => {
    const engine = await start(model, training);
    const weights = engine.readWeights();
    const lacking = new Map([...drawWeights(model, 1, 7)].slice(0, -1));
    expect(() => engine.loadWeights(lacking)).toThrow('tensor "softmax.bias" is missing');
    expect(engine.readWeights()).toEqual(weights);
  });

  it("zeroes the carried states on reset", async () => {
    const engine = await start(model, training);
    await stepThrough(engine, sample, 0, 2);
    engine.resetTrainingState();
    expect(engine.readCarriedState().every((value) => value === 0)).toBe(true);
    const scores = Float32Array.from(await engine.score(Int32Array.of(1, 2, 3)));
    engine.resetScoringState();
    expect(await engine.score(Int32Array.of(1, 2, 3))).toEqual(scores);
  });

  it("refuses ids outside the vocabulary and batches of the wrong length", async () => {
    const engine = await start(model, training);
    const { inputs, targets } = drawBatch(sample, 0);
    inputs[4] = 33;
    await expect(engine.step(inputs, targets, 1)).rejects.toThrow(
      "inputs holds id 33; ids are 0 to 32",
    );
    await expect(engine.step(inputs.slice(1), targets, 1)).rejects.toThrow(
      "inputs has 17 ids; expected 18",
    );
  });

  it("waits for the end of a step after a stale wake-up", async () => {
    const large = configOf({ V: 5_000, H: 128, L: 2, B: 20, T: 20 });
    const engine = await start(large.model, large.training);
    const batch = drawBatch({ V: 5_000, B: 20, T: 20 }, 0);
    const step = engine.step(batch.inputs, batch.targets, 1);
    Atomics.notify(engine.pool.control, CONTROL.finished); // a notification for an earlier step, delivered late
    await step;
    expect(Atomics.load(engine.pool.control, CONTROL.finished)).toBe(1);
  });

  it.each([1, 2])("waits for a command after stale wake-ups of %i threads", async (threads) => {
    const [woken, undisturbed] = [
      await start(model, training, threads),
      await start(model, training, threads),
    ];
    const { control } = woken.pool;
    const expected = await stepThrough(undisturbed, sample, 0, 6);
    const losses: number[] = [];
    for (let step = 0; step < 6; step++) {
      losses.push(...(await stepThrough(woken, sample, step, step + 1)));
      // notifications for this step, delivered late: until each thread was asleep and has been woken
      for (let left = threads; left > 0; await setImmediate()) {
        left -= Atomics.notify(control, CONTROL.command);
      }
    }
    expect(losses).toEqual(expected);
    expect(Atomics.load(control, CONTROL.finished)).toBe(6);
    expect(woken.readWeights()).toEqual(undisturbed.readWeights());
  });

  it("fails the step and every later one when a thread is lost", async () => {
    const large = configOf({ V: 5_000, H: 128, L: 2, B: 20, T: 20 });
    const engine = await start(large.model, large.training);
    const batch = drawBatch({ V: 5_000, B: 20, T: 20 }, 0);
    const step = engine.step(batch.inputs, batch.targets, 1);
    void engine.pool.workers[1]!.terminate();
    const message =
      "training thread 2 of 2 ended unexpectedly; the step is lost, go on from the last checkpoint";
    await expect(step).rejects.toThrow(message);
    await expect(engine.step(batch.inputs, batch.targets, 1)).rejects.toThrow(message);
  });

  it("refuses a model that does not fit 4 GiB and says how much it needs", async () => {
    const { model, training } = findPreset("large");
    const huge = { ...model, hiddenSize: 8_192 };
    await expect(createWasmEngine({ model: huge, training, threads: 1 })).rejects.toThrow(
      /training needs \d+\.\d GiB, more than the 4 GiB of a WebAssembly memory/,
    );
  });

  it("describes its threads, its tile and its memory", async () => {
    const engine = await start(model, training);
    expect(engine.description).toMatch(
      /^2 threads, (6 × 16|4 × 8) tile at \d+ GFLOP\/s a core, \d+ MB$/,
    );
  });
});

function configOf({
  V,
  H,
  L,
  B,
  T,
  tied = false,
  keep = 1,
  locked,
  weightKeep,
  sampled = 0,
  initScale = 0.5,
  forgetBias = 0,
}: Case) {
  const model: LanguageModelConfig = {
    vocabularySize: V,
    hiddenSize: H,
    layers: L,
    forgetBias,
    tied,
  };
  const training: TrainingSettings = {
    ...findPreset("small").training,
    initScale,
    batchSize: B,
    numSteps: T,
    keepProb: keep,
    lockedDropout: locked ?? false,
    recurrentKeepProb: weightKeep ?? 1,
    sampledWords: sampled,
    clipNorm: NO_CLIP,
    seed: 3,
  };
  return { model, training };
}

async function start(model: LanguageModelConfig, training: TrainingSettings, threads = 2) {
  const engine = await createWasmEngine({ model, training, threads });
  engines.push(engine);
  return engine;
}

// Few different ids, so that words occur more than once in a batch.
function drawBatch({ V, B, T }: Pick<Case, "V" | "B" | "T">, seed: number): Batch {
  let state = seed * 7_919 + 1;
  const draw = () => (state = (state * 48_271) % 2_147_483_647) % V;
  const ids = () => Int32Array.from({ length: B * T }, draw);
  return { inputs: ids(), targets: ids(), B, T };
}

async function stepThrough(engine: WasmEngine, sample: Case, first: number, last: number) {
  const losses: number[] = [];
  for (let step = first; step < last; step++) {
    const { inputs, targets } = drawBatch(sample, step);
    await engine.step(inputs, targets, 0.5);
    losses.push((await engine.readLoss()).loss);
  }
  return losses;
}

function masksOf(training: TrainingSettings, step: number) {
  const { keepProb: keep, lockedDropout, batchSize, seed } = training;
  return (site: number, token: number, unit: number) => {
    if (keep === 1) return 1;
    const drawn = lockedDropout ? token % batchSize : token;
    return maskOf({ seed, step, site }, drawn, unit, keep);
  };
}

function sampleOf(model: LanguageModelConfig, training: TrainingSettings, step: number) {
  if (!isSampled(model, training)) return undefined;
  const sampler = new WordSampler(model, training);
  return new Map([...sampler.sample(step)].map((id) => [id, sampler.logProbabilities[id]!]));
}

function recurrentMaskAt(model: LanguageModelConfig, training: TrainingSettings, step: number) {
  const { recurrentKeepProb: keep, seed } = training;
  return (layer: number, row: number, column: number) =>
    keep < 1 ? recurrentMaskOf({ seed, step, layer }, model, row, column, keep) : 1;
}

function digestOf(...tensors: Float32Array[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of tensors) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

function zeros(length: number): Float64Array {
  return new Float64Array(length);
}

function doubles(weights: Weights): Tensors {
  return new Map([...weights].map(([name, tensor]) => [name, Float64Array.from(tensor)]));
}

// In one call and in pieces: the state between the calls is exact.
async function expectScores(engine: WasmEngine, model: LanguageModelConfig, ids: Int32Array) {
  const expected = scoreReference(model, doubles(engine.readWeights()), ids);
  const whole = Float64Array.from(await engine.score(ids));
  expectNear(whole, expected, SCORE_TOLERANCE);
  engine.resetScoringState();
  for (const [first, last] of [
    [0, 1],
    [1, 4],
    [4, ids.length],
  ] as const) {
    const piece = await engine.score(ids.slice(first, last));
    const { vocabularySize: V } = model;
    expect(Float64Array.from(piece)).toEqual(whole.slice(first * V, last * V));
  }
}

function scoreReference(model: LanguageModelConfig, weights: Tensors, ids: Int32Array) {
  const { hiddenSize: H, tied, vocabularySize: V } = model;
  const embedding = weights.get("embedding")!;
  let x = new Float64Array(ids.length * H);
  ids.forEach((id, t) => x.set(embedding.subarray(id * H, (id + 1) * H), t * H));
  zeroStates(model, 1).forEach((state, l) => {
    x = runLayer(model, weights, l, x, state, { B: 1, T: ids.length }).h.slice(H);
  });
  const words = tied ? embedding : transpose(weights.get("softmax.weight")!, H);
  const logits = computeLogits(x, words, weights.get("softmax.bias")!, H);
  const scores = new Float64Array(logits.length);
  for (let t = 0; t < ids.length; t++) {
    scores.set(logSoftmax(logits.subarray(t * V, (t + 1) * V)), t * V);
  }
  return scores;
}

// A learning rate of 1 without clipping: the difference is the gradient, but for the weights' own rounding.
function expectGradients(before: Weights, after: Weights, gradients: Tensors) {
  for (const [name, gradient] of gradients) {
    const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-30);
    const [from, to] = [before.get(name)!, after.get(name)!];
    let worst = 0;
    gradient.forEach((g, i) => {
      const rounding = Math.abs(from[i]!) * 2 ** -23 + Math.abs(g) * 2 ** -23;
      worst = Math.max(worst, Math.abs(from[i]! - to[i]! - g) - rounding);
    });
    expect(worst / largest, name).toBeLessThan(GRADIENT_TOLERANCE);
  }
}

function expectStates(state: Float32Array, expected: LayerState[]) {
  const flat = expected.flatMap(({ c, h }) => [...c, ...h]);
  expectNear(Float64Array.from(state), Float64Array.from(flat), STATE_TOLERANCE);
}

function expectNear(actual: Float64Array, expected: Float64Array, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  actual.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - expected[i]!))));
  expect(worst).toBeLessThan(tolerance);
}

function expectClose(actual: number, expected: number, tolerance: number) {
  expect(Math.abs(actual - expected) / Math.abs(expected)).toBeLessThan(tolerance);
}
