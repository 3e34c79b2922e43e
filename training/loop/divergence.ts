// training/loop/divergence: when a run has diverged: its loss says that it predicts worse than one who knows nothing.

/** A run ended because its loss rose beyond all sense. */
export class DivergedError extends Error {
  override name = "DivergedError";

  constructor(reason: string, place: string) {
    super(`training diverged: ${reason} ${place}; lower --learning-rate or --clip`);
  }
}

const MARGIN = 0.5; // nats above a uniform guess: a first step may be a little worse than one
const MIN_STEPS = 100; // of an epoch, until its mean counts: a high learning rate may begin badly

export interface LossSoFar {
  loss: number; // mean of a token since the last reading, nats
  firstLoss: number; // of the run's first reading
  epochLoss: number; // mean of the epoch so far
  step: number; // within the epoch
  epoch: number; // from 1
  vocabularySize: number; // V: a uniform guess has a loss of ln V
}

/** @throws DivergedError where the loss is no number, twice the first one, or for many steps above a uniform guess */
export function checkLoss(losses: LossSoFar): void {
  const { loss, firstLoss, epochLoss, step, epoch, vocabularySize } = losses;
  const uniform = Math.log(vocabularySize);
  const place = `at step ${step} of epoch ${epoch}`;
  if (!Number.isFinite(loss)) throw new DivergedError(`the loss became ${loss}`, place);
  if (loss > 2 * Math.max(firstLoss, uniform + MARGIN)) {
    throw new DivergedError(
      `the loss rose from ${firstLoss.toFixed(2)} to ${loss.toFixed(2)}`,
      place,
    );
  }
  if (step >= MIN_STEPS && epochLoss > uniform + MARGIN) {
    const reason = `the loss of ${epochLoss.toFixed(2)} is above that of a uniform guess, ${uniform.toFixed(2)}`;
    throw new DivergedError(reason, place);
  }
}

/** @throws DivergedError where an epoch has ended worse than a uniform guess, on training and validation text alike */
export function checkEpoch({
  trainPerplexity,
  validPerplexity,
  epoch,
  vocabularySize,
}: {
  trainPerplexity: number;
  validPerplexity: number;
  epoch: number; // from 1
  vocabularySize: number;
}): void {
  const isWorse = trainPerplexity > vocabularySize && validPerplexity > 2 * vocabularySize;
  if (Number.isFinite(validPerplexity) && !isWorse) return;
  throw new DivergedError(
    `the validation perplexity is ${validPerplexity.toFixed(0)}, a uniform guess has ${vocabularySize},`,
    `after epoch ${epoch}`,
  );
}
