// training/loop/averaging: when a run begins to average its weights, and how the average is used for what follows. The sums
// are the engine's.

import type { Weights } from "#model/tensors";
import type { TrainingEngine } from "../engines/engine.ts";

/**
 * Whether the weights should be averaged from here on: the validation perplexity has not improved for `averageAfter`
 * epochs, so that the weights move about a minimum whose middle is better than they are (Merity et al. 2018).
 * @param perplexities of the epochs so far, on the validation split
 */
export function hasStalled(perplexities: number[], averageAfter: number): boolean {
  if (averageAfter === 0 || perplexities.length === 0) return false;
  const best = perplexities.indexOf(Math.min(...perplexities));
  return perplexities.length - 1 - best >= averageAfter;
}

/** The weights that a model is to be published with: the average where there is one. */
export function weightsToPublish(engine: TrainingEngine): Weights {
  return engine.averagedSteps > 0 ? engine.readAverage() : engine.readWeights();
}

/** Does `work`, such as scoring, with the weights to publish in the engine; those in training come back after it. */
export async function withWeightsToPublish<Result>(
  engine: TrainingEngine,
  work: () => Promise<Result>,
): Promise<Result> {
  if (engine.averagedSteps === 0) return work();
  const weights = engine.readWeights();
  engine.loadWeights(engine.readAverage());
  try {
    return await work();
  } finally {
    engine.loadWeights(weights);
  }
}
