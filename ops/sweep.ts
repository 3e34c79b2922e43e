// ops/sweep: one array job for many runs: a grid of settings, or a model for each of several corpora. Each child
// is a run of its own; here they are planned, submitted and, when they have ended, ranked.

import { checkPlan } from "#config/training-plan";
import type { TrainingPlan } from "#config/training-plan";
import type { SettingChanges } from "#model/presets";
import type { ObjectStore } from "#registry/object-store";
import type { Deployment } from "./deployment.ts";
import { submitJob } from "./jobs.ts";
import { childRun, readPlans, sweepKey } from "#job/plan-file";
import { readResult } from "#job/run-result";
import type { RunResult } from "#job/run-result";

/** What an array job takes. */
export const [MIN_CHILDREN, MAX_CHILDREN] = [2, 10_000];

/**
 * All combinations of the values that each word lists.
 *
 * gridOf(["hiddenSize=200,400", "tied=true"]); // [{ hiddenSize: 200, tied: true }, { hiddenSize: 400, tied: true }]
 */
export function gridOf(words: string[]): SettingChanges[] {
  let grid: SettingChanges[] = [{}];
  for (const word of words) {
    const [, name, values] = /^(\w+)=([^,]+(?:,[^,]+)*)$/.exec(word) ?? [];
    if (name === undefined || values === undefined) {
      throw new Error(`"${word}" is no setting with its values; write e.g. hiddenSize=200,400`);
    }
    const settings = values.split(",").map((value) => ({ [name]: readValue(value) }));
    grid = grid.flatMap((changes) => settings.map((setting) => ({ ...changes, ...setting })));
  }
  return grid;
}

/** A plan for each corpus and each point of the grid; throws where the settings make no model, or contradict the plan. */
export function planSweep(
  plan: TrainingPlan,
  { grid, corpora }: { grid: SettingChanges[]; corpora: string[] },
): TrainingPlan[] {
  // a corpus that is named gets a model of its own; nobody stated its licences
  const { licences: _, ...recipe } = plan;
  const each =
    corpora.length === 0
      ? [plan]
      : corpora.map((name) => ({ ...recipe, model: name, corpus: name }));
  const plans = each.flatMap((plan) =>
    grid.map((changes) => ({ ...plan, settings: { ...plan.settings, ...changes } })),
  );
  for (const plan of plans) checkPlan(plan);
  if (plans.length < MIN_CHILDREN || plans.length > MAX_CHILDREN) {
    throw new Error(
      `a sweep has ${MIN_CHILDREN} to ${MAX_CHILDREN} runs, this one ${plans.length}; give settings with several values, or several corpora`,
    );
  }
  return plans;
}

/** Keeps the plans in the store, where each child finds its own, and submits the array job. */
export async function submitSweep(
  store: ObjectStore,
  deployment: Deployment,
  { sweep, plans }: { sweep: string; plans: TrainingPlan[] },
): Promise<{ id: string }> {
  await store.put(sweepKey(sweep), JSON.stringify(plans), { ifAbsent: true });
  const environment = { AFTERWORD_SWEEP: sweepKey(sweep), AFTERWORD_RUN: sweep };
  return submitJob(deployment, { name: sweep, environment, children: plans.length });
}

export interface Ranking {
  model: string;
  results: RunResult[]; // best first
}

/** What a sweep's runs have come to, by model, and the runs that have not ended well, or not yet. */
export async function rankSweep(
  store: ObjectStore,
  sweep: string,
): Promise<{ rankings: Ranking[]; missing: string[] }> {
  const plans = await readPlans(store, sweepKey(sweep));
  const runs = plans.map((_, index) => childRun(sweep, index));
  const found = await Promise.all(runs.map((run) => readResult(store, run)));
  const results = found.filter((result) => result !== null);
  const models = new Set(results.map(({ plan }) => plan.model));
  const rankings = Array.from(models, (model) => ({
    model,
    results: results.filter(({ plan }) => plan.model === model).sort(byValidPerplexity),
  }));
  return { rankings, missing: runs.filter((_, index) => found[index] === null) };
}

/** The validation text chooses: the test text is to stay one that nothing was chosen by. */
function byValidPerplexity(a: RunResult, b: RunResult): number {
  return (a.metrics.valid_perplexity ?? Infinity) - (b.metrics.valid_perplexity ?? Infinity);
}

function readValue(value: string): number | boolean | string {
  if (value === "true" || value === "false") return value === "true";
  return Number.isFinite(Number(value)) ? Number(value) : value;
}
