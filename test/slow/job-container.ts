// test/slow/job-container: a training job's container as Batch starts it, as far as a process on this machine can be one:
// its command, in the environment that the stack's job definition and the image give it, and nothing of this process's.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import type { Compute } from "#config/hardware";
import { parseConfig } from "#config/project";
import type { JobEvent } from "#job/contract";
import { LOCAL_BUCKET } from "#registry/url";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { readEnvironment, readStages } from "../job/dockerfile.ts";

const PROGRAM = resolve("cli/afterword.ts");
/** What the image asks for that this machine has not: the job refuses to train without a GPU, as test/slow/image tells. */
const GPU_ONLY = "AFTERWORD_REQUIRE_GPU";

export interface Attempt {
  ended: Promise<number | "killed">; // exit status
  output: () => string; // stdout and stderr
  events: () => JobEvent[];
  kill(): void; // SIGKILL
}

/** The environment of a job's container, by the stack's template and the image; the buckets are this machine's. */
export async function containerEnvironment(compute: Compute): Promise<Record<string, string>> {
  const definition = await synthesizeDefinition(compute);
  const told = definition.Environment.map(({ Name, Value }) => [Name, resolveValue(Value)]);
  const stages = readStages(await readFile("job/Dockerfile", "utf8"));
  const image = readEnvironment(stages.find(([from]) => from!.words.at(-1) === compute)!);
  const { [GPU_ONLY]: _, ...rest } = { ...image, ...Object.fromEntries(told) } as Record<string, string>; // prettier-ignore
  return rest;
}

interface Definition {
  Environment: { Name: string; Value: unknown }[];
}

async function synthesizeDefinition(compute: Compute): Promise<Definition> {
  const folder = await mkdtemp(join(tmpdir(), "definition-"));
  try {
    const workerFormPath = join(folder, "worker.form");
    await writeFile(workerFormPath, "the Worker");
    const { instanceTypes: _, ...limits } = SAMPLE.training;
    const training = compute === "cpu" ? { ...limits, compute, maxVcpus: 16 } : SAMPLE.training;
    const context = {
      ...recommendedFlags,
      "aws:cdk:bundling-stacks": [],
      "@aws-cdk/core:validateAgainstDefaultRules": false,
    };
    const app = new App({ context, outdir: join(folder, "out") });
    const config = parseConfig({ ...SAMPLE, training });
    const template = Template.fromStack(new AfterwordStack(app, { config, workerFormPath }));
    const [found] = Object.values(template.findResources("AWS::Batch::JobDefinition"));
    return (found as { Properties: { ContainerProperties: Definition } }).Properties
      .ContainerProperties;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A value of the template as it is when it is deployed: what it refers to is the one bucket. */
function resolveValue(value: unknown): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join } = value as { "Fn::Join"?: [string, unknown[]] };
  return join ? join[1].map(resolveValue).join(join[0]) : LOCAL_BUCKET;
}

/** Starts one attempt of a job. */
export function startAttempt(environment: Record<string, string>, cwd: string): Attempt {
  const child = spawn(process.execPath, [PROGRAM, "job"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    ended: once(child, "close").then(([status]) => (status as number | null) ?? "killed"),
    output: () => stdout + stderr,
    events: () =>
      stdout
        .split("\n")
        .slice(0, -1) // the last line may be cut off
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JobEvent),
    kill: () => child.kill("SIGKILL"),
  };
}
