// ops/training-time: how long a model trains, and what that costs, with a GPU and without. An estimate from arithmetic, to
// choose by; a run's cost record has what it was.

import { CPU_JOBS, cpuJobName } from "#config/hardware";
import { planOf } from "#config/project";
import type { ModelConfig } from "#config/project";
import type { TrainingPlan } from "#config/training-plan";
import { planChoices } from "#job/beginning";
import { instanceCost, overheadSeconds } from "#job/cost";
import { AUTO, changePreset } from "#model/presets";
import type { Preset } from "#model/presets";
import { countSoftmaxWords } from "#training/engines/sampled-words";
import { readBase } from "#training/loop/base-model";
import { chooseSettings } from "#training/loop/choose-settings";
import { chooseEpochs } from "#training/loop/run-length";
import type { ShapedParent } from "#training/loop/warm-start";

/** The text that is reckoned with. */
export const ESTIMATED_WORDS = 1e6;

/**
 * Floating point operations a second that training reaches, of a vCPU and of a GPU: a vCPU is half a core, and sixteen of them
 * share memory; of a T4's 8 · 10¹² an LSTM of this size, whose steps come one after the other, reaches a quarter.
 */
const REACHED = { vcpu: 30e9, gpu: 2e12 } as const;

export interface TrainingEstimate {
  model: string;
  epochs?: number;
  minutes?: number; // in place of epochs
  machines: { machine: string; hours: number; usd: number | null }[]; // of a run, on Spot
}

/** @param machines e.g. `g4dn.xlarge`, `fargate-16` */
export async function estimateTraining(
  config: ModelConfig,
  machines: string[],
): Promise<TrainingEstimate> {
  const plan = planOf(config);
  const { model, minutes } = plan;
  const recipe = minutes === undefined ? await guessRecipe(plan) : null;
  return {
    model,
    ...(recipe ? { epochs: recipe.training.epochs } : { minutes }),
    machines: machines.map((machine) => {
      const training = recipe ? countOperations(recipe) / reachedBy(machine) : 60 * minutes!;
      const hours = (training + overheadSeconds(machine)) / 3600;
      return { machine, hours, usd: instanceCost(machine, "spot", hours) };
    }),
  };
}

/** The settings of a run of the plan, its epochs as many as suit the text where the plan does not say. */
async function guessRecipe(plan: TrainingPlan): Promise<Preset> {
  const { model, training } = chooseSettings(plan, await guessParent(plan));
  if (!planChoices(plan).chooseEpochs) return { model, training };
  return { model, training: chooseEpochs(training, ESTIMATED_WORDS, true) };
}

/** A model that a run of the plan may go on from, as far as anybody knows who does not ask the store. */
async function guessParent(plan: TrainingPlan): Promise<ShapedParent | undefined> {
  const { from, preset, settings, tokenizer } = plan;
  if (from === undefined) return undefined;
  if (preset === AUTO) return readBase();
  const { model: config, training } = changePreset(preset, settings);
  return { version: from, master: { metadata: { config, training, tokenizer } } };
}

function countOperations({ model, training }: Preset): number {
  const { hiddenSize: H, layers: L } = model;
  const multiplications = 8 * H * H * L + H * countSoftmaxWords(model, training); // of a word, forward; as many again for each of the two gradients
  return 6 * multiplications * ESTIMATED_WORDS * training.epochs;
}

function reachedBy(machine: string): number {
  const task = CPU_JOBS.find((size) => cpuJobName(size) === machine);
  return task ? task.vcpus * REACHED.vcpu : REACHED.gpu;
}

/** As a line, e.g. `notes, 39 epochs: 0.5 h and $0.13 on g4dn.xlarge, 1.9 h and $0.45 on fargate-16`. */
export function formatEstimate({ model, epochs, minutes, machines }: TrainingEstimate): string {
  const places = machines.map(
    ({ machine, hours, usd }) =>
      `${hours.toFixed(1)} h and $${(usd ?? 0).toFixed(2)} on ${machine}`,
  );
  const length = epochs === undefined ? `${minutes} minutes` : `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`; // prettier-ignore
  return `${model}, ${length}: ${places.join(", ")}`;
}
