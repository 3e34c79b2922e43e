// What a run may choose by its text: what nobody gave.

import { expect, it } from "vitest";
import { choicesOf } from "#training/loop/choose-settings";

it.each([
  ["nothing", {}, {}, { chooseEpochs: true, chooseBatchSize: true, chooseKeepProb: true }],
  ["epochs", { epochs: 3 }, {}, { chooseEpochs: false }],
  ["how the rate falls", { maxLrEpoch: 2 }, {}, { chooseEpochs: false }],
  ["by how much it falls", { lrDecay: 0.5 }, {}, { chooseEpochs: false }],
  ["minutes", {}, { minutes: 1 }, { chooseEpochs: false, chooseBatchSize: true }],
  ["steps", {}, { maxSteps: 9 }, { chooseEpochs: false, chooseKeepProb: true }],
  ["batches", { batchSize: 8 }, {}, { chooseBatchSize: false, chooseEpochs: true }],
  ["dropout", { keepProb: 1 }, {}, { chooseKeepProb: false, chooseEpochs: true }],
])("given %s, a run chooses the rest", (_, given, length, choices) => {
  expect(choicesOf(given, length)).toMatchObject(choices);
});
