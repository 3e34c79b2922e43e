// What the commands, the functions and the watchdog send to AWS, held against AWS's own models of its
// services as botocore has them: names, types, enumerations, patterns, lengths. Skipped where Python has no botocore (Debian:
// python3-botocore).

import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RECORD_VARIABLE } from "../fakes/record-requests.ts";
import { sampleTemplate } from "../infra/sample-template.ts";

const PYTHONS = ["python3", "/usr/bin/python3"];
const python = PYTHONS.find((each) => spawnSync(each, ["-c", "import botocore"]).status === 0);
if (python === undefined) {
  process.stderr.write("no Python here has botocore (apt-get install python3-botocore): skipped\n");
}
const RECORDED = ["test/ops", "test/infra/edge-worker", "test/registry/store-trouble", "test/job/run-job"]; // prettier-ignore
const SENDERS = ["ops", "cli", "registry", "job", "infra"];

interface Report {
  operations: string[]; // "service.Operation"
  faults: string[];
}

/** A request as a template names it. */
interface Call {
  service: string;
  operation: string;
  parameters: object;
}

const folder = mkdtempSync(join(tmpdir(), "models-"));
afterAll(() => rmSync(folder, { recursive: true }));

function validate(file: string): Report {
  const words = ["test/slow/validate-requests.py", file];
  return JSON.parse(execFileSync(python!, words, { encoding: "utf8" })) as Report;
}

function validateCalls(...calls: Call[]): Report {
  const file = join(folder, "calls.jsonl");
  writeFileSync(file, calls.map((call) => JSON.stringify(call)).join("\n"));
  return validate(file);
}

/** The operations that the source names, e.g. SubmitJob. */
function namedOperations(): string[] {
  const files = SENDERS.flatMap((room) =>
    readdirSync(room, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith(".ts"))
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")),
  );
  const names = files.flatMap((text) => [...text.matchAll(/new (\w+)Command\(/g)]);
  return Array.from(new Set(names.map(([, name]) => name!))).toSorted();
}

type Resources = Record<string, { Properties: Record<string, unknown> }>;

/** What the state machine calls, from the template. */
async function callsOfTemplate(): Promise<Call[]> {
  const template = await sampleTemplate("gpu");
  const ofType = (type: string) => Object.values(template.findResources(type) as Resources);
  const states = ofType("AWS::StepFunctions::StateMachine").flatMap(({ Properties }) => {
    const { States } = JSON.parse(resolved(Properties.DefinitionString)) as {
      States: Record<string, { Resource?: string; Parameters?: object }>;
    };
    return Object.values(States).flatMap(({ Resource, Parameters }) =>
      Resource?.includes(":aws-sdk:") ? [callOf(Resource, Parameters!)] : [],
    );
  });
  return states;
}

/** @param arn ends in `aws-sdk:service:operation` */
function callOf(arn: string, parameters: object): Call {
  const [service, action] = arn.split(":").slice(-2) as [string, string];
  return { service, operation: action[0]!.toUpperCase() + action.slice(1), parameters };
}

/** A text of the template as it is when it is deployed, near enough. */
function resolved(value: unknown): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join, Ref } = value as { "Fn::Join"?: [string, unknown[]]; Ref?: string };
  if (join) return join[1].map(resolved).join(join[0]);
  return Ref === "AWS::Partition" ? "aws" : "arn:aws:batch:eu-central-1:123456789012:job-queue/q";
}

describe.skipIf(python === undefined)("requests to AWS", () => {
  let report: Report;
  beforeAll(async () => {
    const file = join(folder, "requests.jsonl");
    const words = ["vitest", "run", "--project", "node", ...RECORDED];
    const env = { ...process.env, [RECORD_VARIABLE]: file };
    const { status, stdout } = spawnSync("npx", words, { env, encoding: "utf8" });
    expect(status, stdout).toBe(0);
    for (const call of await callsOfTemplate()) appendFileSync(file, JSON.stringify(call) + "\n");
    report = validate(file);
  }, 600_000);

  it("were seen of every operation that the program names, and of those that the template names", () => {
    const seen = new Set(report.operations.map((name) => name.split(".")[1]));
    expect(namedOperations().filter((name) => !seen.has(name))).toEqual([]);
    expect(report.operations).toContain("batch.TerminateJob");
  });

  it("are what the services' models take", () => {
    expect(report.faults).toEqual([]);
  });
});

describe.skipIf(python === undefined)("a request that is not what the model takes", () => {
  const parameters = { JobName: "notes", JobQueue: "queue", JobDefinition: "definition" };
  it.each<[string, object, RegExp]>([
    ["of a wrong type", { ...parameters, JobName: 7 }, /jobName/],
    ["with a name that is none", { ...parameters, JobPriority: 1 }, /JobPriority/],
    ["that lacks what is required", { JobName: "notes" }, /jobQueue/],
  ])("%s is noticed", (_, wrong, fault) => {
    const call = { service: "batch", operation: "SubmitJob", parameters };
    expect(validateCalls(call).faults).toEqual([]);
    const { faults } = validateCalls({ ...call, parameters: wrong });
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });
});
