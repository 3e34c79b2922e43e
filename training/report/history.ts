// training/report/history: a run's metrics.jsonl, read back: what was measured at steps and epochs, and what was written.

import type { Sample } from "../evaluation/generations.ts";

export interface RunHistory {
  steps: { step: number; loss: number; learningRate: number }[];
  epochs: { step: number; epoch: number; train: number; valid: number; learningRate: number }[]; // perplexities
  samples: { epoch: number; samples: Sample[] }[];
}

/** Reads the lines; one that a crash cut off is left out. */
export function readHistory(lines: string): RunHistory {
  const history: RunHistory = { steps: [], epochs: [], samples: [] };
  for (const line of lines.split("\n")) {
    const metrics = parse(line);
    const { step, epoch } = metrics as { step: number; epoch: number };
    if (metrics.samples) {
      history.samples.push({ epoch, samples: metrics.samples as Sample[] });
    } else if (metrics.valid_perplexity !== undefined && step !== undefined) {
      const train = metrics.train_perplexity as number;
      const valid = metrics.valid_perplexity as number;
      history.epochs.push({
        step,
        epoch,
        train,
        valid,
        learningRate: metrics.learning_rate as number,
      });
    } else if (metrics.loss !== undefined) {
      const { loss, learning_rate: learningRate } = metrics as {
        loss: number;
        learning_rate: number;
      };
      history.steps.push({ step, loss, learningRate });
    }
  }
  return history;
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
