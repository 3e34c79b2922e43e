// job/contract: what a training job is told and what it tells, as names only: the stack and the commands that
// submit jobs write them, the image's entry reads them. Submits and trains nothing.
//
// Every job, from the job definition:
//   AWS_REGION                          the stack's: nothing else tells a container
//   AFTERWORD_MACHINE                   fargate-N: what it runs on, where that cannot be asked
//   AFTERWORD_STORE                     s3://BUCKET, where corpora, runs and models lie
//   AFTERWORD_EDGE_STORE                https://ACCOUNT.r2.cloudflarestorage.com/BUCKET; absent without an edge
//   AFTERWORD_EDGE_ACCESS_KEY_ID        … and its keys, from Secrets Manager
//   AFTERWORD_EDGE_SECRET_ACCESS_KEY
//   AFTERWORD_REQUIRE_GPU               set by the image
// One job, from who submits it:
//   AFTERWORD_MODEL                     the model that it may promote
//   AFTERWORD_CORPUS                    the corpus: corpora/<name>/
//   AFTERWORD_LICENCES                  JSON: the text's licences by the paths' beginnings, e.g. {"": "CC0-1.0"}; absent, not stated
//   AFTERWORD_TOKENIZER
//   AFTERWORD_LANGUAGE                  of the text; absent, that of the model that it goes on from
//   AFTERWORD_FROM                      base or current: the model that it goes on from; absent or none, it begins from nothing
//   AFTERWORD_PRESET                    of a run that begins from nothing; auto: what suits the model that it goes on from
//   AFTERWORD_SETTINGS                  JSON: settings in place of those, e.g. {"epochs": 20, "keepProb": 0.6}
//   AFTERWORD_MINUTES                   of training, for which the epochs are chosen; absent, the settings say how many
//   AFTERWORD_GATE_TOLERANCE_PERCENT    how much worse than the current version may still be promoted
//   AFTERWORD_FORCE                     1: train also where that cannot help, as with the text of the current version
//   AFTERWORD_RUN                       the run's name; absent, it follows from the model and AWS_BATCH_JOB_ID, which all
//                                       attempts of a job share
// A sweep is an array job: in place of those from AFTERWORD_MODEL on
//   AFTERWORD_SWEEP                     key of a JSON list in the store; child AWS_BATCH_JOB_ARRAY_INDEX takes that entry,
//                                       its run is <AFTERWORD_RUN>-<index>, and it publishes without promoting
//
// A job that SIGTERM ended, or that met trouble which passes, exits with 143, and is tried again from its checkpoint.

import { z } from "zod";
import type { TrainingPlan } from "#config/training-plan";

/** The exit status of a job that is to be tried again: of a process that SIGTERM ended. */
export const STOPPED_STATUS = 143;

/** The environment that asks a job for a plan. */
export function planEnvironment(plan: TrainingPlan): Record<string, string> {
  return {
    AFTERWORD_MODEL: plan.model,
    AFTERWORD_CORPUS: plan.corpus,
    ...(plan.licences && { AFTERWORD_LICENCES: JSON.stringify(plan.licences) }),
    AFTERWORD_TOKENIZER: plan.tokenizer,
    ...(plan.language && { AFTERWORD_LANGUAGE: plan.language }),
    ...(plan.from && { AFTERWORD_FROM: plan.from }),
    AFTERWORD_PRESET: plan.preset,
    AFTERWORD_SETTINGS: JSON.stringify(plan.settings),
    ...(plan.minutes !== undefined && { AFTERWORD_MINUTES: String(plan.minutes) }),
    AFTERWORD_GATE_TOLERANCE_PERCENT: String(plan.gateTolerancePercent),
  };
}

const epochEvent = z.object({
  event: z.literal("epoch"),
  model: z.string(),
  run: z.string(),
  epoch: z.number(),
  epochs: z.number(),
  train_perplexity: z.number(),
  valid_perplexity: z.number(),
  words_per_second: z.number(),
});

const finishedEvent = z.object({
  event: z.literal("finished"),
  model: z.string(),
  run: z.string(),
  version: z.string(),
  test_perplexity: z.number(),
  promoted: z.boolean(),
  seconds: z.number(), // of this attempt
  skipped: z.string().optional(), // why nothing was trained; the version is then the current one
});

/**
 * A line of JSON that the job prints on stdout at each of these moments: the dashboard's numbers and the receipts are read
 * from the log by these names.
 */
export const jobEvent = z.discriminatedUnion("event", [epochEvent, finishedEvent]);
export type JobEvent = z.infer<typeof jobEvent>;
