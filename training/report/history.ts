// training/report/history: a run's metrics.jsonl, read back: what was measured at steps and epochs, and what was written.

import { z } from "zod";
import type { Sample } from "../evaluation/generations.ts";

export interface RunHistory {
  steps: { step: number; loss: number; learningRate: number }[];
  epochs: { step: number; epoch: number; train: number; valid: number; learningRate: number }[]; // perplexities
  samples: { epoch: number; samples: Sample[] }[];
}

const place = { step: z.number(), epoch: z.number() };
const sampleLine = z.object({
  ...place,
  samples: z.array(z.object({ prompt: z.string(), text: z.string() })),
});
// what is not finite is null in JSON
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Infinity);
const epochLine = z.object({
  ...place,
  learning_rate: z.number(),
  train_perplexity: number,
  valid_perplexity: number,
});
const stepLine = z.object({ ...place, loss: number, learning_rate: z.number() });

/** Reads the lines; one that a crash cut off is left out, as are those of the finished model. */
export function readHistory(lines: string): RunHistory {
  const history: RunHistory = { steps: [], epochs: [], samples: [] };
  for (const line of lines.split("\n")) {
    const value = parse(line);
    const sampled = sampleLine.safeParse(value).data;
    const ended = epochLine.safeParse(value).data;
    const stepped = stepLine.safeParse(value).data;
    if (sampled) history.samples.push(sampled);
    else if (ended) {
      const { step, epoch, train_perplexity: train, valid_perplexity: valid } = ended;
      history.epochs.push({ step, epoch, train, valid, learningRate: ended.learning_rate });
    } else if (stepped) {
      const { step, loss, learning_rate: learningRate } = stepped;
      history.steps.push({ step, loss, learningRate });
    }
  }
  return history;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
