// cli/train-progress: a run on this terminal: one moving line, and a line that stays for each epoch.

import type { TrainReporter } from "#training/loop/reporter";
import { formatCount, formatDuration } from "./progress.ts";
import type { ProgressLine } from "./progress.ts";

/**
 * Prints a run as it goes on.
 * @param presetReason what the preset `auto` chose, if it did
 */
export function reportOn(
  line: ProgressLine,
  engineReason: string,
  presetReason?: string,
): TrainReporter {
  return {
    onCorpus({ splits, vocabulary }) {
      if (presetReason) line.print(presetReason);
      line.print(`engine chosen: ${engineReason}`);
      const sizes = Object.entries(splits).map(
        ([split, { ids }]) => `${formatCount(ids.length)} ${split}`,
      );
      line.print(`corpus: ${sizes.join(", ")} tokens; ${formatCount(vocabulary.size)} words known`);
    },
    onEngine(engine) {
      line.print(`engine: ${engine.name}, ${engine.description}`);
    },
    onNotice(notice) {
      line.print(notice);
    },
    onStep({ epoch, epochs, step, steps, loss, wordsPerSecond, secondsLeft }) {
      line.show(step, steps, () =>
        [
          `epoch ${epoch}/${epochs}`,
          `loss ${loss.toFixed(3)}`,
          `${formatCount(wordsPerSecond)} words/s`,
          `${formatDuration(secondsLeft)} left`,
        ].join("  "),
      );
    },
    onEvaluating(split, done, tokens) {
      line.show(done, tokens, () => `scoring the ${split} text`);
    },
    onEpoch({ epoch, learningRate, trainPerplexity, validPerplexity, averagedSteps, seconds }) {
      const averaged = averagedSteps > 0 ? ` (weights of ${averagedSteps} steps averaged)` : "";
      line.print(
        `epoch ${epoch}: perplexity ${trainPerplexity.toFixed(2)} train, ${validPerplexity.toFixed(2)} valid${averaged}; ` +
          `learning rate ${learningRate.toPrecision(3)}; ${formatDuration(seconds)}`,
      );
    },
  };
}
