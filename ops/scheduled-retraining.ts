// ops/scheduled-retraining: the function that schedules call, before any machine is rented: it measures the new text under the
// current model, and submits the training job where training can help. Where that cannot be decided, the job decides.

import { setTimeout } from "node:timers/promises";
import type { TrainingPlan } from "#config/training-plan";
import { readPlan } from "#job/environment";
import type { Environment } from "#job/environment";
import { weighTraining } from "#job/worth-training";
import { requireCorpus } from "#registry/corpora";
import { openStoreAt, PATIENT } from "#registry/open";
import type { ScheduledDecision } from "./decisions.ts";
import { submitJob } from "./jobs.ts";

const MAX_FILE_BYTES = 512 * 2 ** 20; // of a text: it is compared in the function's memory
const RESERVE_MS = 300_000; // of the function's time: scoring cannot be interrupted, and a job has to be submitted

/** What Lambda tells a function beside its event. */
interface FunctionContext {
  getRemainingTimeInMillis(): number;
}

/**
 * The Lambda function's entry.
 * @param environment of the job (job/contract); the function's own has AFTERWORD_STORE, _JOB_QUEUE and _JOB_DEFINITION
 * @throws Error where the job cannot be submitted: Lambda then calls again, and at last reports it
 */
export async function handler(
  environment: Record<string, string>,
  context: FunctionContext,
): Promise<void> {
  const limitMs = context.getRemainingTimeInMillis() - RESERVE_MS;
  const model = environment.AFTERWORD_MODEL ?? "";
  const { helps, reason } = await decide(environment, limitMs);
  const { AFTERWORD_JOB_QUEUE: jobQueue = "", AFTERWORD_JOB_DEFINITION: jobDefinition = "" } = process.env; // prettier-ignore
  const request = { name: `${model}-scheduled`, environment };
  const job = helps ? (await submitJob({ jobQueue, jobDefinition }, request)).id : null;
  const decision: ScheduledDecision = { event: "scheduled", model, job, reason };
  process.stdout.write(`${JSON.stringify(decision)}\n`);
}

async function decide(
  environment: Environment,
  limitMs: number,
): Promise<{ helps: boolean; reason: string }> {
  try {
    return await Promise.race([weigh(readPlan(environment)), failAfter(limitMs)]);
  } catch (error) {
    const reason = `it could not be decided whether training can help: ${(error as Error).message}`;
    return { helps: true, reason };
  }
}

async function weigh(plan: TrainingPlan): Promise<{ helps: boolean; reason: string }> {
  const store = openStoreAt(process.env.AFTERWORD_STORE ?? "", PATIENT);
  const large = (await requireCorpus(store, plan.corpus)).find(({ bytes }) => bytes > MAX_FILE_BYTES); // prettier-ignore
  if (large) throw new Error(`"${large.key}" has ${large.bytes} bytes, more than the function compares; split it`); // prettier-ignore
  const nothing = "there is no current version that was trained with these settings";
  return (await weighTraining(store, plan)) ?? { helps: true, reason: nothing };
}

async function failAfter(ms: number): Promise<never> {
  await setTimeout(ms, undefined, { ref: false });
  throw new Error("the text takes too long to compare");
}
