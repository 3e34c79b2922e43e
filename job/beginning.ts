// job/beginning: what a job's run begins with: its settings, the model that it goes on from, how long it is. Read before the
// job costs anything; trains nothing.

import type { TrainingPlan } from "#config/training-plan";
import { AUTO } from "#model/presets";
import type { ObjectStore } from "#registry/object-store";
import { readStoredParent } from "#registry/stored-parent";
import { readPointer } from "#registry/versions";
import { readBase, suitsBase } from "#training/loop/base-model";
import { choicesOf, chooseSettings } from "#training/loop/choose-settings";
import type { Choices } from "#training/loop/choose-settings";
import type { TrainOptions } from "#training/loop/train-options";
import type { Parent } from "#training/loop/warm-start";
import type { RunFiles } from "#training/run/files";
import { readRunSettings } from "#training/run/settings";
import type { JobReporter } from "./reporter.ts";

/** What `train` is told of a run's beginning. */
export type Beginning = Pick<TrainOptions, "preset" | "from" | "minutes" | keyof Choices>;

interface Place {
  store: ObjectStore;
  files: RunFiles; // of the run
  reporter: Pick<JobReporter, "onNotice">;
}

/**
 * A run that is there goes on as it began, whatever is current by now: what it needs of its parent is among its files.
 * @throws where a run cannot go on from the plan's model: the base model is not here, or the plan has another shape
 */
export async function readBeginning(plan: TrainingPlan, place: Place): Promise<Beginning> {
  const before = await readRunSettings(place.files);
  if (before) {
    const { model, training, minutes } = before;
    return { preset: { model, training }, minutes };
  }
  const from = await readParent(plan, place);
  const preset = chooseSettings(plan, from);
  return { preset, from, minutes: plan.minutes, ...(from && planChoices(plan)) };
}

/** What a run of a plan may choose by its text: what the plan does not say, where it goes on from a model. */
export function planChoices({ from, settings, minutes }: TrainingPlan): Partial<Choices> {
  return from === undefined ? {} : choicesOf(settings, { minutes });
}

async function readParent(
  plan: TrainingPlan,
  { store, reporter }: Place,
): Promise<Parent | undefined> {
  if (plan.from === undefined) return undefined;
  if (plan.from === "base") return readBase();
  const pointer = await readPointer(store, plan.model);
  if (pointer) return readStoredParent(store, plan.model, pointer.version);
  const isAuto = plan.preset === AUTO;
  const takesBase = isAuto && suitsBase(plan);
  reporter.onNotice(
    `no version of "${plan.model}" is current yet: the run ` +
      (takesBase
        ? "goes on from the base model"
        : `begins from nothing, with preset ${isAuto ? "quick" : plan.preset}`),
  );
  return takesBase ? readBase() : undefined;
}
