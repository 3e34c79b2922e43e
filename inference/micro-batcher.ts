// inference/micro-batcher: lets sessions of one isolate that have a word to read at the same moment share a pass over the weights.
//
// Whoever has one leaves it here and lets the events that wait go first; the first to come back reads the words of all.
// The predictor remembers what comes of them, so nobody waits for another's promise, and who finds nothing reads alone.

import type { Step } from "./language-model.ts";
import type { Predictor } from "./predictor.ts";

interface PendingSteps {
  steps: Step[];
  limit: number; // how many words each of them is to choose
}

const pending = new WeakMap<Predictor, PendingSteps>();

/**
 * Has a word read, together with those of others if there are any.
 *
 * @example
 * await enqueue(predictor, step, 5, () => scheduler.wait(0));
 */
export async function enqueue(
  predictor: Predictor,
  step: Step,
  limit: number,
  nextTurn: () => Promise<void>, // resolves after the events that wait now
): Promise<void> {
  const waiting = pending.get(predictor) ?? { steps: [], limit: 0 };
  pending.set(predictor, waiting);
  waiting.steps.push(step);
  waiting.limit = Math.max(waiting.limit, limit);
  await nextTurn();
  if (pending.get(predictor) !== waiting) return;
  pending.delete(predictor);
  if (waiting.steps.length > 1) predictor.prefetch(waiting.steps, waiting.limit);
}
