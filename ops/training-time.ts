// ops/training-time: how long a model trains, and what that costs, with a GPU and without. An estimate from arithmetic, to
// choose by; a run's cost record has what it was.

import { CPU_JOBS, cpuJobName } from "#config/hardware";
import type { ModelConfig } from "#config/project";
import { instanceCost, overheadSeconds } from "#job/cost";
import { changePreset } from "#model/presets";

/** The text that is reckoned with. */
export const ESTIMATED_WORDS = 1e6;

/**
 * Floating point operations a second that training reaches, of a vCPU and of a GPU: a vCPU is half a core, and sixteen of them
 * share memory; of a T4's 8 · 10¹² an LSTM of this size, whose steps come one after the other, reaches a quarter.
 */
const REACHED = { vcpu: 30e9, gpu: 2e12 } as const;

export interface TrainingEstimate {
  model: string;
  epochs: number;
  machines: { machine: string; hours: number; usd: number | null }[]; // of a run, on Spot
}

/** @param machines e.g. `g4dn.xlarge`, `fargate-16` */
export function estimateTraining(
  { name, preset, settings }: ModelConfig,
  machines: string[],
): TrainingEstimate {
  const { model, training } = changePreset(preset, settings);
  const { hiddenSize: H, layers: L, vocabularySize: V } = model;
  const { epochs } = training;
  const multiplications = 8 * H * H * L + H * V; // of a word, forward; as many again for each of the two gradients
  const operations = 6 * multiplications * ESTIMATED_WORDS * epochs;
  return {
    model: name,
    epochs,
    machines: machines.map((machine) => {
      const seconds = operations / reachedBy(machine) + overheadSeconds(machine);
      return { machine, hours: seconds / 3600, usd: instanceCost(machine, "spot", seconds / 3600) };
    }),
  };
}

function reachedBy(machine: string): number {
  const task = CPU_JOBS.find((size) => cpuJobName(size) === machine);
  return task ? task.vcpus * REACHED.vcpu : REACHED.gpu;
}

/** As a line, e.g. `notes, 39 epochs: 0.5 h and $0.13 on g4dn.xlarge, 1.9 h and $0.45 on fargate-16`. */
export function formatEstimate({ model, epochs, machines }: TrainingEstimate): string {
  const places = machines.map(
    ({ machine, hours, usd }) =>
      `${hours.toFixed(1)} h and $${(usd ?? 0).toFixed(2)} on ${machine}`,
  );
  return `${model}, ${epochs} ${epochs === 1 ? "epoch" : "epochs"}: ${places.join(", ")}`;
}
