// test/slow/job-container: a training job's container as Batch starts it, as far as a process on this machine can be one:
// its command, in the environment that the stack's job definition and the image give it, and nothing of this process's.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Compute } from "#config/hardware";
import type { JobEvent } from "#job/contract";
import { LOCAL_BUCKET } from "#registry/url";
import { sampleTemplate } from "../infra/sample-template.ts";
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
  const template = await sampleTemplate(compute);
  const [job] = Object.values(template.findResources("AWS::Batch::JobDefinition"));
  const { Environment } = (job as Definition).Properties.ContainerProperties;
  const told = Environment.map(({ Name, Value }) => [Name, resolveValue(Value)]);
  const stages = readStages(await readFile("job/Dockerfile", "utf8"));
  const image = readEnvironment(stages.find(([from]) => from!.words.at(-1) === compute)!);
  const { [GPU_ONLY]: _, ...rest } = { ...image, ...Object.fromEntries(told) } as Record<string, string>; // prettier-ignore
  return rest;
}

interface Definition {
  Properties: { ContainerProperties: { Environment: { Name: string; Value: unknown }[] } };
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
