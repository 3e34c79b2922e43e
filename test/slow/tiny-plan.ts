// test/slow/tiny-plan: what the tests of whole jobs have trained: a model that takes seconds.

import type { TrainingPlan } from "#config/training-plan";

export function tinyPlan(settings: { hiddenSize: number; epochs: number }): TrainingPlan {
  const shape = { vocabularySize: 100, layers: 1, batchSize: 5, numSteps: 10 };
  return {
    model: "notes",
    corpus: "notes",
    tokenizer: "text",
    preset: "small",
    settings: { ...shape, ...settings },
    gateTolerancePercent: 1,
  };
}
