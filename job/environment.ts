// job/environment: what a job is asked to do, read from its environment and checked: job/contract
// has the variables' meanings. Does nothing of it.

import { checkPlan, PARENTS } from "#config/training-plan";
import type { TrainingPlan } from "#config/training-plan";
import type { SettingChanges } from "#model/presets";
import { readStoreAddress } from "#registry/url";
import { MODEL_NAME } from "#model/layout";
import { checkLanguage, findTokenizer } from "#model/tokenizers/find";
import { childRun } from "./plan-file.ts";
import { runNameOfJob } from "./run-name.ts";

export interface JobRequest {
  run: string;
  plan: TrainingPlan | { key: string; index: number }; // or where a sweep's child finds its own
  store: string; // address
  edge: EdgeStore | null; // where the edge reads its models, if that is another store
  force?: boolean; // train also where that cannot help
}

export interface EdgeStore {
  address: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export type Environment = Record<string, string | undefined>;

/** Reads a job's environment; throws with the variable that is missing or wrong. */
export function readJobEnvironment(environment: Environment): JobRequest {
  const store = need(environment, "AFTERWORD_STORE");
  readStoreAddress(store); // throws where it names none
  const edge = readEdgeStore(environment);
  const key = environment.AFTERWORD_SWEEP;
  if (key !== undefined) {
    const sweep = need(environment, "AFTERWORD_RUN");
    const index = readWhole(environment, "AWS_BATCH_JOB_ARRAY_INDEX");
    return { run: childRun(sweep, index), plan: { key, index }, store, edge };
  }
  const plan = readPlan(environment);
  const jobId = environment.AWS_BATCH_JOB_ID;
  const run =
    environment.AFTERWORD_RUN ??
    (jobId === undefined ? undefined : runNameOfJob(plan.model, jobId));
  if (run === undefined)
    throw new Error("AFTERWORD_RUN is needed where AWS Batch does not run the job");
  return { run, plan, store, edge, ...(environment.AFTERWORD_FORCE === "1" && { force: true }) };
}

/** Reads what a job is to train from its environment; throws with the variable that is missing or wrong. */
export function readPlan(environment: Environment): TrainingPlan {
  const plan = {
    model: need(environment, "AFTERWORD_MODEL"),
    corpus: need(environment, "AFTERWORD_CORPUS"),
    ...(environment.AFTERWORD_LICENCES && { licences: readLicences(environment) }),
    tokenizer: findTokenizer(environment.AFTERWORD_TOKENIZER ?? "text").name,
    ...(environment.AFTERWORD_LANGUAGE && { language: checkLanguage(environment.AFTERWORD_LANGUAGE) }), // prettier-ignore
    ...readFrom(environment),
    preset: need(environment, "AFTERWORD_PRESET"),
    settings: readObject(environment, "AFTERWORD_SETTINGS", '{"epochs": 20}') as SettingChanges,
    ...readMinutes(environment),
    gateTolerancePercent: readNumber(environment, "AFTERWORD_GATE_TOLERANCE_PERCENT", "1"),
  };
  for (const name of ["model", "corpus"] as const) {
    if (MODEL_NAME.test(plan[name])) continue;
    throw new Error(
      `AFTERWORD_${name.toUpperCase()} "${plan[name]}" must be lower-case letters, digits and hyphens`,
    );
  }
  checkPlan(plan);
  return plan;
}

function readFrom({ AFTERWORD_FROM: given }: Environment): Pick<TrainingPlan, "from"> {
  if (!given || given === "none") return {};
  const from = PARENTS.find((name) => name === given);
  if (from) return { from };
  throw new Error(`AFTERWORD_FROM must be none, ${PARENTS.join(" or ")}, got "${given}"`);
}

function readMinutes(environment: Environment): Pick<TrainingPlan, "minutes"> {
  if (!environment.AFTERWORD_MINUTES) return {};
  const minutes = readNumber(environment, "AFTERWORD_MINUTES", "");
  if (minutes > 0) return { minutes };
  throw new Error(`AFTERWORD_MINUTES must be above 0, got "${minutes}"`);
}

function readLicences(environment: Environment): Record<string, string> {
  const example = '{"": "CC0-1.0"}';
  const licences = readObject(environment, "AFTERWORD_LICENCES", example);
  if (Object.values(licences).every((licence) => typeof licence === "string")) {
    return licences as Record<string, string>;
  }
  throw notAnObject("AFTERWORD_LICENCES", environment.AFTERWORD_LICENCES!, example);
}

function readObject(environment: Environment, name: string, example: string): object {
  const json = environment[name] ?? "{}";
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // not JSON at all: the same sentence is due
  }
  throw notAnObject(name, json, example);
}

function notAnObject(name: string, json: string, example: string): Error {
  return new Error(`${name} must be JSON such as ${example}, got ${json}`);
}

function readEdgeStore(environment: Environment): EdgeStore | null {
  const address = environment.AFTERWORD_EDGE_STORE;
  if (address === undefined) return null;
  const accessKeyId = need(environment, "AFTERWORD_EDGE_ACCESS_KEY_ID");
  const secretAccessKey = need(environment, "AFTERWORD_EDGE_SECRET_ACCESS_KEY");
  return { address, credentials: { accessKeyId, secretAccessKey } };
}

function need(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "") throw new Error(`${name} is needed`);
  return value;
}

function readNumber(environment: Environment, name: string, standard: string): number {
  const text = environment[name] ?? standard;
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0 && number < Infinity)) {
    throw new Error(`${name} must be a number from 0, got "${text}"`);
  }
  return number;
}

function readWhole(environment: Environment, name: string): number {
  const number = Number(need(environment, name));
  if (!Number.isInteger(number) || number < 0) {
    throw new Error(`${name} must be a whole number from 0, got "${environment[name]}"`);
  }
  return number;
}
