// job/plan-file: the plans of a sweep as the store holds them: a list, of which each child of the array job takes its own.

import { z } from "zod";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { ObjectStore } from "#registry/object-store";
import { readStored } from "#registry/stored-json";
import { PARENTS } from "#config/training-plan";
import type { TrainingPlan } from "#config/training-plan";

/** A plan as JSON; what its names and settings mean is checked where it is trained. */
export const trainingPlan: z.ZodType<TrainingPlan> = z.object({
  model: z.string(),
  corpus: z.string(),
  licences: z.record(z.string(), z.string()).optional(),
  tokenizer: z.custom<TokenizerName>((value) => typeof value === "string"),
  language: z.string().optional(),
  from: z.enum(PARENTS).optional(),
  preset: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  minutes: z.number().optional(),
  gateTolerancePercent: z.number(),
});

const plans = z.array(trainingPlan);

/** Where a sweep's plans are. */
export const sweepKey = (sweep: string) => `runs/${sweep}/sweep.json`;
/** The run of a sweep's child. */
export const childRun = (sweep: string, index: number) => `${sweep}-${index}`;

/** All plans of a sweep. */
export async function readPlans(store: ObjectStore, key: string): Promise<TrainingPlan[]> {
  const found = await readStored(store, key, plans);
  if (found) return found;
  throw new Error(`there is no sweep at "${key}"; check its name with "afterword jobs"`);
}

/** The plan of one child, from the object that its job names. */
export async function readChildPlan(
  store: ObjectStore,
  key: string,
  index: number,
): Promise<TrainingPlan> {
  const plan = (await readPlans(store, key))[index];
  if (!plan) throw new Error(`"${key}" has no plan ${index}; submit the sweep again`);
  return plan;
}
