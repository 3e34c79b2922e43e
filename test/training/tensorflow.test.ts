import { afterEach, describe, expect, it } from "vitest";
import { maskOf, recurrentMaskOf } from "#kernels/reference/dropout-masks";
import { findPreset } from "#model/presets";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import type { EngineOptions } from "#training/engines/engine";
import { WordSampler } from "#training/engines/sampled-words";
import { createTensorflowEngine, TensorflowEngine } from "#training/engines/tensorflow";
import { RandomMasks } from "#training/engines/tensorflow/dropout-masks";
import type { MaskSources } from "#training/engines/tensorflow/dropout-masks";
import { Operations } from "#training/engines/tensorflow/operations";
import { countOperations } from "../../bench/counted-library.ts";
import { groupIds } from "#training/engines/tensorflow/device-batch";
import { loadTensorflow } from "#training/engines/tensorflow/library";
import { PlainTfjsStep } from "../../bench/plain-tfjs.ts";
import type { PlainTfjs } from "../../bench/plain-tfjs.ts";
import { createWasmEngine } from "#training/engines/wasm";
import { scoreInFloat64 } from "../float-network.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";
import { largestDifference } from "../largest-difference.ts";

const STEPS = 50;
const LOSS_TOLERANCE = 1e-4; // relative, at every one of the steps
const WEIGHT_TOLERANCE = 1e-4; // relative to a tensor's largest number, after all of them
const SCORE_TOLERANCE = 1e-5; // nats, against double precision
const MASK_SHARE_TOLERANCE = 0.02; // four standard deviations of 6,000 draws
const MAX_OPERATIONS = 60; // a step of a two-layer model with dropout
const MAX_SAMPLED_OPERATIONS = 65; // the same over a sample of the words

const library = loadTensorflow(1);
if (!library) process.stderr.write("tensorflow tests skipped: no @tensorflow/tfjs-node here\n");

const config: LanguageModelConfig = {
  vocabularySize: 53,
  hiddenSize: 20,
  layers: 2,
  forgetBias: 0.5,
  tied: false,
};
const settings: TrainingSettings = {
  ...findPreset("small").training,
  initScale: 0.3,
  numSteps: 7,
  batchSize: 3,
  clipNorm: 2, // so that some steps are clipped and some are not
};

let engines: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const engine of engines) await engine.close();
  engines = [];
  if (library) expect(library.binding.getNumOfTensors()).toBe(0);
});

async function open(
  model: Partial<LanguageModelConfig> = {},
  training: Partial<TrainingSettings> = {},
): Promise<TensorflowEngine> {
  const options = optionsFor(model, training);
  const engine = await createTensorflowEngine(options, masksOfWasm(options));
  engines.push(engine);
  return engine;
}

function optionsFor(
  model: Partial<LanguageModelConfig>,
  training: Partial<TrainingSettings>,
): EngineOptions {
  return { model: { ...config, ...model }, training: { ...settings, ...training }, threads: 1 };
}

/** The masks that the wasm engine draws; none where all is kept. */
function masksOfWasm({ model, training }: EngineOptions): MaskSources {
  const { keepProb: keep, recurrentKeepProb: weightKeep, seed } = training;
  const { hiddenSize: H, layers } = model;
  const tokens = training.batchSize * (training.lockedDropout ? 1 : training.numSteps);
  const dropout = (step: number) =>
    Array.from({ length: layers + 1 }, (_, site) =>
      Float32Array.from({ length: tokens * H }, (_, index) =>
        maskOf({ seed, step, site }, Math.floor(index / H), index % H, keep),
      ),
    );
  const recurrent = (step: number) =>
    Array.from({ length: layers }, (_, layer) =>
      Float32Array.from({ length: 4 * H * H }, (_, index) => {
        const row = Math.floor(index / (4 * H));
        return recurrentMaskOf({ seed, step, layer }, model, row, index % (4 * H), weightKeep);
      }),
    );
  return { ...(keep < 1 && { dropout }), ...(weightKeep < 1 && { recurrent }) };
}

/** Batches with words that repeat, as they do in text. */
function* batchesOf({ model, training }: EngineOptions) {
  const random = seededRandom(7);
  const length = training.numSteps * training.batchSize;
  const draw = () =>
    Int32Array.from({ length }, () => Math.floor(random() * random() * model.vocabularySize));
  for (;;) yield { inputs: draw(), targets: draw() };
}

describe("groups of equal ids", () => {
  it("name each id once, and for each place which it is", () => {
    const { ids, groups } = groupIds(Int32Array.of(7, 3, 7, 0));
    expect([...ids]).toEqual([7, 3, 0]);
    expect([...groups]).toEqual([0, 1, 0, 2]);
  });

  it("come after the ids that are to be the first", () => {
    const { ids, groups } = groupIds(Int32Array.of(7, 3, 7, 0), Int32Array.of(9, 3));
    expect([...ids]).toEqual([9, 3, 7, 0]);
    expect([...groups]).toEqual([2, 1, 2, 3]);
  });
});

describe.skipIf(!library)("the tensorflow engine", () => {
  it.each([
    ["untied", { tied: false }, { keepProb: 1 }],
    ["tied", { tied: true }, { keepProb: 1 }],
    ["with dropout", { tied: false }, { keepProb: 0.5 }],
    ["tied, three layers, with dropout", { tied: true, layers: 3 }, { keepProb: 0.7 }],
    ["with weight-drop", { tied: true }, { recurrentKeepProb: 0.5 }],
    [
      "with all of them, in one layer",
      { tied: true, layers: 1 },
      { keepProb: 0.5, lockedDropout: true, recurrentKeepProb: 0.7 },
    ],
    ["with locked dropout", { tied: true }, { keepProb: 0.5, lockedDropout: true }],
    ["sampled", { tied: false }, { sampledWords: 20 }],
    ["sampled, tied", { tied: true }, { sampledWords: 20 }],
    [
      "sampled, tied, with all the dropouts",
      { tied: true, vocabularySize: 41, hiddenSize: 17 },
      { sampledWords: 33, keepProb: 0.5, lockedDropout: true, recurrentKeepProb: 0.7 },
    ],
    ["with one sampled word", { tied: false, layers: 1 }, { sampledWords: 1 }],
    ["with one sampled word, tied", { tied: true }, { sampledWords: 1, keepProb: 0.7 }],
    ["with all words but one", { tied: true, layers: 3 }, { sampledWords: 52 }],
    ["with all words sampled", { tied: false }, { sampledWords: 53 }],
  ])("trains as the wasm engine does: %s", async (_, model, training) => {
    const options = optionsFor(model, training);
    const tensorflow = await open(model, training);
    const wasm = await createWasmEngine(options);
    engines.push(wasm);
    const batches = batchesOf(options);
    let clipped = 0;
    for (let step = 0; step < STEPS; step++) {
      const { inputs, targets } = batches.next().value!;
      for (const engine of [tensorflow, wasm]) await engine.step(inputs, targets, 0.5);
      const [ours, theirs] = [await tensorflow.readLoss(), await wasm.readLoss()];
      expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(LOSS_TOLERANCE);
      expect(Math.abs(ours.gradientNorm / theirs.gradientNorm - 1)).toBeLessThan(LOSS_TOLERANCE);
      if (ours.gradientNorm > settings.clipNorm) clipped++;
    }
    expect(clipped).toBeGreaterThan(0);
    expect(clipped).toBeLessThan(STEPS);
    expect(largestDifference(tensorflow.readWeights(), wasm.readWeights())).toBeLessThan(
      WEIGHT_TOLERANCE,
    );
  });

  it.each([
    ["none", "untied", { tied: false }],
    ["none", "tied", { tied: true }],
    ["all", "untied", { tied: false }],
    ["all", "tied", { tied: true }],
  ])(
    "trains as the wasm engine does where %s of the targets are in the sample: %s",
    async (share, _, { tied }) => {
      const training = { sampledWords: 20 };
      const options = optionsFor({ tied }, training);
      const tensorflow = await open({ tied }, training);
      const wasm = await createWasmEngine(options);
      engines.push(wasm);
      const sampler = new WordSampler(options.model, options.training);
      const batches = batchesOf(options);
      for (let step = 0; step < 10; step++) {
        const { inputs, targets } = batches.next().value!;
        const sample = sampler.sample(step);
        const others = Int32Array.from({ length: config.vocabularySize }, (_, id) => id).filter(
          (id) => !sample.includes(id),
        );
        const words = share === "all" ? sample : others;
        const moved = targets.map((id) => words[id % words.length]!);
        for (const engine of [tensorflow, wasm]) await engine.step(inputs, moved, 0.5);
        const [ours, theirs] = [await tensorflow.readLoss(), await wasm.readLoss()];
        expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(LOSS_TOLERANCE);
        expect(Math.abs(ours.gradientNorm / theirs.gradientNorm - 1)).toBeLessThan(LOSS_TOLERANCE);
      }
      expect(largestDifference(tensorflow.readWeights(), wasm.readWeights())).toBeLessThan(
        WEIGHT_TOLERANCE,
      );
    },
  );

  it.each([
    { tied: false, sampledWords: 0 },
    { tied: true, sampledWords: 0 },
    { tied: false, sampledWords: 20 },
    { tied: true, sampledWords: 20 },
  ])("averages as the wasm engine does: %j", async ({ sampledWords, ...model }) => {
    const training = { keepProb: 0.5, averaging: true, sampledWords };
    const options = optionsFor(model, training);
    const tensorflow = await open(model, training);
    const wasm = await createWasmEngine(options);
    engines.push(wasm);
    const batches = batchesOf(options);
    for (let step = 0; step < 12; step++) {
      const { inputs, targets } = batches.next().value!;
      for (const engine of [tensorflow, wasm]) {
        if (step === 4) engine.startAveraging();
        if (step === 8) engine.loadAverage(engine.readAverage(), engine.averagedSteps);
        await engine.step(inputs, targets, 0.5);
      }
    }
    expect(tensorflow.averagedSteps).toBe(8);
    const averages = [tensorflow.readAverage(), wasm.readAverage()] as const;
    expect(largestDifference(...averages)).toBeLessThan(WEIGHT_TOLERANCE);
    expect(largestDifference(tensorflow.readWeights(), wasm.readWeights())).toBeLessThan(
      WEIGHT_TOLERANCE,
    );
  });

  it.each([{ tied: false }, { tied: true }])("trains as its plain twin does: %o", async (model) => {
    const training = { keepProb: 0.5 };
    const options = optionsFor(model, training);
    const engine = await open(model, training);
    const masks = masksOfWasm(options).dropout!;
    const weights = engine.readWeights();
    const twin = new PlainTfjsStep(library!.tf as PlainTfjs, { ...options, weights });
    const batches = batchesOf(options);
    for (let step = 0; step < 5; step++) {
      const batch = batches.next().value!;
      await engine.step(batch.inputs, batch.targets, 1);
      const ours = await engine.readLoss();
      const theirs = twin.step(batch, 1, masks(step));
      expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(LOSS_TOLERANCE);
      expect(Math.abs(ours.gradientNorm / theirs.gradientNorm - 1)).toBeLessThan(LOSS_TOLERANCE);
    }
    const difference = largestDifference(engine.readWeights(), twin.readWeights());
    twin.close();
    expect(difference).toBeLessThan(WEIGHT_TOLERANCE);
  });

  it.each([
    { tied: false, sampledWords: 0 },
    { tied: true, sampledWords: 0 },
    { tied: false, sampledWords: 20 },
    { tied: true, sampledWords: 20 },
  ])("scores all words as double precision does: %j", async ({ sampledWords, ...model }) => {
    const tiny = makeTinyModel({ config: { ...config, ...model } });
    const engine = await open(model, { sampledWords });
    engine.loadWeights(tiny.weights);
    const ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 35];
    const expected = scoreInFloat64(tiny, ids).flat();
    const scores = [
      ...(await engine.score(Int32Array.from(ids.slice(0, 4)))),
      ...(await engine.score(Int32Array.from(ids.slice(4)))), // goes on from the carried state
    ];
    engine.resetScoringState();
    const again = await engine.score(Int32Array.from(ids));
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(scores[index]! - value)).toBeLessThan(SCORE_TOLERANCE);
      expect(Math.abs(again[index]! - value)).toBeLessThan(SCORE_TOLERANCE);
    }
  });

  it.each([{ sampledWords: 0 }, { sampledWords: 20 }])(
    "goes on from another engine's weights, carried state and step as that one does: %j",
    async ({ sampledWords }) => {
      const training = { keepProb: 0.5, sampledWords };
      const [first, second] = [await open({}, training), await open({}, { ...training })];
      const batches = batchesOf(optionsFor({}, training));
      const step = async (
        engine: TensorflowEngine,
        { inputs, targets } = batches.next().value!,
      ) => {
        await engine.step(inputs, targets, 1);
        return engine.readLoss();
      };
      for (let count = 0; count < 3; count++) await step(first);
      const unread = batches.next().value!;
      await first.step(unread.inputs, unread.targets, 1);
      second.loadWeights(first.readWeights());
      second.loadTrainingState(first.readTrainingState());
      const batch = batches.next().value!;
      expect(await step(second, batch)).toEqual(await step(first, batch));
    },
  );

  it("reads the mean loss of the steps since it was last read", async () => {
    const [often, seldom] = [await open(), await open()];
    const batches = batchesOf(optionsFor({}, {}));
    const losses = [];
    for (let step = 0; step < 4; step++) {
      const { inputs, targets } = batches.next().value!;
      await often.step(inputs, targets, 1);
      losses.push((await often.readLoss()).loss);
      await seldom.step(inputs, targets, 1);
    }
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect((await seldom.readLoss()).loss).toBeCloseTo(mean, 5);
  });

  it("leaves the weights that it was given alone", async () => {
    const engine = await open();
    const { weights } = makeTinyModel({ config });
    const before = new Map([...weights].map(([name, tensor]) => [name, tensor.slice()]));
    engine.loadWeights(weights);
    expect(engine.readWeights()).toEqual(before);
    const { inputs, targets } = batchesOf(optionsFor({}, {})).next().value!;
    await engine.step(inputs, targets, 1);
    expect(weights).toEqual(before);
    expect(engine.readWeights()).not.toEqual(before);
  });

  it("refuses weights that are not its model's", async () => {
    const engine = await open();
    const { weights } = makeTinyModel({ config });
    weights.delete("softmax.bias");
    expect(() => engine.loadWeights(weights)).toThrow('tensor "softmax.bias" is missing');
  });

  it("draws masks that keep the share asked for, scaled up, and draws them again", () => {
    const operations = new Operations(library!.binding);
    const draw = (step: number, stream = 0) => {
      const options = { sites: 3, shape: [10, 20, 30], keepProb: 0.6, seed: 4, stream };
      const masks = new RandomMasks(operations, options);
      return operations.scope(() => masks.draw(step).map((mask) => operations.read(mask)));
    };
    const drawn = draw(5);
    expect(drawn).toHaveLength(3);
    for (const mask of drawn) {
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
      const share = mask.filter((value) => value > 0).length / mask.length;
      expect(Math.abs(share - 0.6)).toBeLessThan(MASK_SHARE_TOLERANCE);
    }
    expect(drawn[0]).not.toEqual(drawn[1]);
    expect(draw(5)).toEqual(drawn);
    expect(draw(6)).not.toEqual(drawn);
    expect(draw(5, 1)).not.toEqual(drawn);
    operations.close();
  });

  it(`takes at most ${MAX_OPERATIONS} operations a step, where plain tfjs takes more than a thousand`, async () => {
    const options = optionsFor({}, { numSteps: 35, keepProb: 0.5 });
    const counted = countOperations(library!);
    const engine = new TensorflowEngine(counted, options);
    engines.push(engine);
    const weights = engine.readWeights();
    const { inputs, targets } = batchesOf(options).next().value!;
    counted.operations = 0;
    await engine.step(inputs, targets, 1);
    const fused = counted.operations;

    const twin = new PlainTfjsStep(library!.tf as PlainTfjs, { ...options, weights });
    const masks = masksOfWasm(options).dropout!(0);
    counted.operations = 0;
    twin.step({ inputs, targets }, 1, masks);
    const plain = counted.operations;
    twin.close();
    process.stderr.write(`operations a step: ${fused} fused, ${plain} plain\n`);
    expect(fused).toBeLessThanOrEqual(MAX_OPERATIONS);
    expect(plain).toBeGreaterThan(1_000);
  });

  it.each([{ tied: false }, { tied: true }])(
    `takes at most ${MAX_SAMPLED_OPERATIONS} operations a step over a sample: %o`,
    async (model) => {
      const options = optionsFor(model, { keepProb: 0.5, sampledWords: 20 });
      const counted = countOperations(library!);
      const engine = new TensorflowEngine(counted, options);
      engines.push(engine);
      const { inputs, targets } = batchesOf(options).next().value!;
      counted.operations = 0;
      await engine.step(inputs, targets, 1);
      process.stderr.write(`operations a sampled step: ${counted.operations}\n`);
      expect(counted.operations).toBeLessThanOrEqual(MAX_SAMPLED_OPERATIONS);
    },
  );

  it.each([
    { tied: false, sampledWords: 0 },
    { tied: true, sampledWords: 20 },
  ])(
    "holds no more tensors after 1,000 steps than after 10: %j",
    async ({ sampledWords, ...model }) => {
      const recipes = {
        lockedDropout: true,
        recurrentKeepProb: 0.5,
        averaging: true,
        sampledWords,
      };
      const options = optionsFor(model, { keepProb: 0.5, ...recipes });
      const engine = await createTensorflowEngine(options);
      engines.push(engine);
      engine.startAveraging();
      const { inputs, targets } = batchesOf(options).next().value!;
      await engine.score(inputs); // a length of text that is scored is remembered
      let after10 = 0;
      for (let step = 1; step <= 1_000; step++) {
        await engine.step(inputs, targets, 0.1);
        if (step % 10 === 0) await engine.readLoss();
        if (step % 100 === 0) await engine.score(inputs);
        if (step === 10) after10 = library!.binding.getNumOfTensors();
      }
      expect(library!.binding.getNumOfTensors()).toBe(after10);
    },
  );
});
