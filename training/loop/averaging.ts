// training/loop/averaging: which weights an epoch ends with: the last step's, or a mean of those of earlier steps, whichever
// predicts the validation text best. The running mean is the engine's.

import type { Weights } from "#model/tensors";
import type { TrainingEngine } from "../engines/engine.ts";

/** The mean of the weights after each of some steps. */
export interface AveragedWeights {
  weights: Weights;
  steps: number; // 0: no mean, but the last step's own
}

/** What an epoch ends with. */
export interface EpochWeights extends AveragedWeights {
  perplexity: number; // on the validation split
  longAverage: AveragedWeights | null; // what the next epoch's mean may be joined to
}

const SKIPPED_SHARE = 0.5; // of the first epoch: weights that have hardly learnt would spoil the mean

/** The step of an epoch, counted from 0, before which its mean begins. */
export function firstAveragedStep(epoch: number, steps: number): number {
  return epoch === 0 ? Math.floor(SKIPPED_SHARE * steps) : 0;
}

/**
 * The best of the last step's weights, the mean over this epoch and the mean over this epoch and the ones before it. At a
 * steady learning rate the weights move about a minimum that their mean comes near to (Polyak & Juditsky 1992). How far the
 * mean should reach back changes as a run goes on, so there are two, a short and a long one: where the short one predicts
 * better, what lies before it is forgotten (two-tailed averaging, Melis 2022, here by whole epochs).
 * @param longAverage as the epoch before left it
 * @param validate the validation perplexity of the weights in the engine, which get their own again afterwards
 */
export async function chooseWeights(
  engine: TrainingEngine,
  longAverage: AveragedWeights | null,
  validate: () => Promise<number>,
): Promise<EpochWeights> {
  const last = { weights: engine.readWeights(), steps: 0 };
  if (engine.averagedSteps === 0) return { ...last, perplexity: await validate(), longAverage };
  const perplexityOf = ({ weights }: AveragedWeights) => withWeights(engine, weights, validate);
  const short = { weights: engine.readAverage(), steps: engine.averagedSteps };
  const shortPerplexity = await perplexityOf(short);
  if (longAverage) {
    const long = join(longAverage, short);
    const perplexity = await perplexityOf(long);
    if (perplexity < shortPerplexity) return { ...long, perplexity, longAverage: long };
  }
  // what was learnt last counts most: the last step's weights may be better yet
  const lastPerplexity = await validate();
  return lastPerplexity < shortPerplexity
    ? { ...last, perplexity: lastPerplexity, longAverage: short }
    : { ...short, perplexity: shortPerplexity, longAverage: short };
}

/** Does `work`, such as scoring, with other weights in the engine; its own come back after it. */
export async function withWeights<Result>(
  engine: TrainingEngine,
  weights: Weights,
  work: () => Promise<Result>,
): Promise<Result> {
  const own = engine.readWeights();
  engine.loadWeights(weights);
  try {
    return await work();
  } finally {
    engine.loadWeights(own);
  }
}

/** The mean over the steps of both. */
function join(one: AveragedWeights, other: AveragedWeights): AveragedWeights {
  const steps = one.steps + other.steps;
  const share = other.steps / steps;
  const weights = new Map(
    Array.from(one.weights, ([name, values]) => {
      const others = other.weights.get(name)!;
      return [name, values.map((value, i) => value + share * (others[i]! - value))];
    }),
  );
  return { weights, steps };
}
