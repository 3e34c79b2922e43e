// The wasm engine's loss on real text, step after step, beside the float64 reference's from the same weights and masks.
//
// B batch, T time steps.

import { expect, it } from "vitest";
import { maskOf } from "#kernels/reference/dropout-masks";
import { zeroStates } from "#kernels/reference/lstm";
import { runPass, updateWeights } from "#kernels/reference/training";
import { findPreset } from "#model/presets";
import { findTokenizer } from "#model/tokenizers/find";
import { fillBatch } from "#training/data/batches";
import { readCorpus } from "#training/data/corpus";
import { createWasmEngine } from "#training/engines/wasm";
import { BUILT_IN_CORPUS, findSources } from "#training/data/text-source";

const STEPS = 200;
const CURVE_TOLERANCE = 1e-5; // relative, of every step's loss: float32 beside float64
const LEARNING_RATE = 0.5;

it(`follows the reference's loss on real text for ${STEPS} steps`, async () => {
  const preset = findPreset("small");
  const training = { ...preset.training, batchSize: 8, numSteps: 10, keepProb: 0.8 };
  const { batchSize: B, numSteps: T, seed, keepProb, clipNorm } = training;
  const sources = await findSources(BUILT_IN_CORPUS);
  const corpus = await readCorpus(sources, findTokenizer("text"), 500);
  const model = { ...preset.model, vocabularySize: corpus.vocabulary.size, hiddenSize: 30 };

  const engine = await createWasmEngine({ model, training, threads: 2 });
  const weights = new Map(
    [...engine.readWeights()].map(([name, tensor]) => [name, Float64Array.from(tensor)]),
  );
  let states = zeroStates(model, B);
  const batch = { inputs: new Int32Array(T * B), targets: new Int32Array(T * B), B, T };
  const losses: number[] = [];
  let worst = 0;
  try {
    for (let step = 0; step < STEPS; step++) {
      fillBatch(corpus.splits.train.ids, step, { B, T, batch });
      await engine.step(batch.inputs, batch.targets, LEARNING_RATE);
      const { loss } = await engine.readLoss();
      const mask = (site: number, token: number, unit: number) =>
        maskOf({ seed, step, site }, token, unit, keepProb);
      const pass = runPass(model, weights, batch, states, mask);
      updateWeights(weights, pass.gradients, LEARNING_RATE, clipNorm);
      states = pass.states;
      losses.push(loss);
      worst = Math.max(worst, Math.abs((loss * T) / pass.loss - 1));
    }
  } finally {
    await engine.close();
  }
  process.stderr.write(`largest relative difference of a loss: ${worst}\n`);
  expect(worst).toBeLessThan(CURVE_TOLERANCE);
  expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!); // it learns: the curve is not flat
});
