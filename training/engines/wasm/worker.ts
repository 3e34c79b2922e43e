// training/engines/wasm/worker: a thread of the engine. Waits for commands of the crew and does its share of each.

import { workerData } from "node:worker_threads";
import { instantiateTrainingKernels } from "#kernels/training-kernels";
import { runBackward, runCrossEntropy, runUpdate } from "./backward.ts";
import type { WorkerData } from "./crew.ts";
import { carryState, dropRecurrentWeights, runForward, type ThreadContext } from "./forward.ts";
import { planBackward, planForward } from "./products.ts";
import { COMMANDS, CONTROL, ThreadGroup } from "./team.ts";

const { module, memory, plan, control, figures, index, threads, settings } =
  workerData as WorkerData;

const bench: ThreadContext = {
  kernels: instantiateTrainingKernels(module, memory),
  plan,
  team: new ThreadGroup(control, figures, index, threads),
  numbers: new Float64Array(memory.buffer),
  bytes: new Uint8Array(memory.buffer),
  ...settings,
};
const training = { forward: planForward(plan, plan.training), backward: planBackward(plan) };
const scoring = planForward(plan, plan.scoring);

function train(): void {
  const { steps } = plan.training;
  const dropoutStep = control[CONTROL.dropoutStep]!;
  dropRecurrentWeights(bench, dropoutStep);
  runForward(bench, plan.training, training.forward, steps, dropoutStep);
  runCrossEntropy(bench);
  runBackward(bench, training.backward);
  runUpdate(bench, training.backward);
  carryState(bench, plan.training, steps);
}

function score(): void {
  const { kernels, team } = bench;
  const steps = control[CONTROL.steps]!;
  runForward(bench, plan.scoring, scoring, steps, 0);
  const pool = team.openPool();
  for (let token = team.nextChunk(pool) * 16; token < steps; token = team.nextChunk(pool) * 16) {
    kernels.logSoftmax(
      plan.logProbabilities + 4 * plan.V * token,
      plan.scoring.logits + (token / 16) * plan.vocabularyStride,
      Math.min(16, steps - token),
      plan.V,
      plan.scratch[index]!,
    );
  }
  carryState(bench, plan.scoring, steps);
}

for (let done = 0; ; done++) {
  Atomics.wait(control, CONTROL.command, done);
  const kind = control[CONTROL.kind];
  if (kind === COMMANDS.close || control[CONTROL.stopped] === 1) break;
  bench.team.begin();
  if (kind === COMMANDS.train) train();
  else score();
  bench.team.end();
  bench.team.barrier();
  if (index === 0) {
    Atomics.store(control, CONTROL.finished, done + 1);
    Atomics.notify(control, CONTROL.finished);
  }
}
