// training/engines/wasm/worker: a thread of the engine. Waits for commands of the pool and does its share of each.

import { workerData } from "node:worker_threads";
import { instantiateTrainingKernels } from "#kernels/training-kernels";
import { runBackward, runCrossEntropy } from "./backward.ts";
import { COMMANDS, CONTROL } from "./control.ts";
import { carryState, dropRecurrentWeights, gatherSampledWords, runForward } from "./forward.ts";
import { planBackward, planForward } from "./products.ts";
import type { ThreadContext } from "./thread-context.ts";
import { ThreadGroup } from "./thread-group.ts";
import { runUpdate } from "./update.ts";
import type { WorkerData } from "./worker-pool.ts";

const { module, memory, control, scalars, index, threads, ...options } = workerData as WorkerData;
const { layout } = options;

const context: ThreadContext = {
  kernels: instantiateTrainingKernels(module, memory),
  group: new ThreadGroup(control, scalars, index, threads),
  numbers: new Float64Array(memory.buffer),
  bytes: new Uint8Array(memory.buffer),
  ...options,
};
const scoring = planForward(layout, layout.scoring, layout.V);

function train(): void {
  const { steps } = layout.training;
  const dropoutStep = control[CONTROL.dropoutStep]!;
  const columns = control[CONTROL.columns]!;
  const rows = control[CONTROL.rows]!;
  const forward = planForward(layout, layout.training, columns);
  const backward = planBackward(layout, columns);
  if (layout.sampling) gatherSampledWords(context, layout.sampling, { columns, rows });
  dropRecurrentWeights(context, dropoutStep);
  runForward(context, layout.training, forward, steps, dropoutStep);
  runCrossEntropy(context, columns);
  runBackward(context, backward);
  runUpdate(context, backward, rows);
  carryState(context, layout.training, steps);
}

function score(): void {
  const { kernels, group } = context;
  const steps = control[CONTROL.steps]!;
  runForward(context, layout.scoring, scoring, steps, 0);
  const pool = group.openPool();
  for (let token = group.nextChunk(pool) * 16; token < steps; token = group.nextChunk(pool) * 16) {
    kernels.logSoftmax(
      layout.logProbabilities + 4 * layout.V * token,
      layout.scoring.logits + (token / 16) * layout.scoring.softmaxStride,
      Math.min(16, steps - token),
      layout.V,
      layout.scratch[index]!,
    );
  }
  carryState(context, layout.scoring, steps);
}

for (let done = 0; ; done++) {
  // A loop, because a wake-up may be stale: the notification for the last command can arrive after that command is done.
  while (Atomics.load(control, CONTROL.command) === done) {
    Atomics.wait(control, CONTROL.command, done);
  }
  const kind = control[CONTROL.kind];
  if (kind === COMMANDS.close || control[CONTROL.stopped] === 1) break;
  context.group.begin();
  if (kind === COMMANDS.train) train();
  else score();
  context.group.end();
  context.group.barrier();
  if (index === 0) {
    Atomics.store(control, CONTROL.finished, done + 1);
    Atomics.notify(control, CONTROL.finished);
  }
}
