// test/fakes/aws-server: an HTTP server in AWS's place, and in Cloudflare's. The SDK signs and sends to it as it
// would to AWS; it keeps every request, decoded, and answers with what a test says.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OUTPUTS } from "#config/stack-outputs";
import { LOCAL_BUCKET } from "#registry/url";
import { listen, readBody } from "./listen.ts";
import { recordRequest } from "./record-requests.ts";

export interface AwsRequest {
  service: string; // as signed for, e.g. "batch"; "" for Cloudflare
  operation: string; // e.g. "SubmitJob"
  input: unknown;
}

/** What an operation answers: its output as JSON, its XML, or a refusal. */
export type Answer = object | string | Refusal;

export class Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;

  constructor(status: number, code: string, message: string) {
    this.status = status;
    this.code = code;
    this.message = message;
  }
}

/** One answer, or answers one after the other, the last of them for good. */
export type Answers = Record<string, Answer | ((input: never) => Answer)>;

export const SECRET_KEY = "secret-key-that-nobody-may-see";

export interface AwsStandIn {
  requests: AwsRequest[];
  /** Starts over: no requests seen, these answers given. */
  answer(answers: Answers): void;
  close(): Promise<void>;
}

/** Starts the server and points this process's SDK clients at it. */
export async function startAws(): Promise<AwsStandIn> {
  const requests: AwsRequest[] = [];
  let answers: Answers = {};
  const { origin, close } = await listen(async (request, response) => {
    const body = (await readBody(request)).toString();
    recordRequest(request, body);
    const seen = decode(request, body);
    requests.push(seen);
    const found = answers[seen.operation];
    if (found === undefined) {
      refuse(response, new Refusal(400, "UnexpectedCall", `${seen.operation} was not expected`));
      return;
    }
    const answer = typeof found === "function" ? found(seen.input as never) : found;
    if (answer instanceof Refusal) refuse(response, answer);
    else if (typeof answer === "string") response.end(answer);
    else response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: origin,
    CLOUDFLARE_API_BASE_URL: origin,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_MAX_ATTEMPTS: "1",
  });
  const programs = await writeAwsProgram();
  return {
    requests,
    answer(next) {
      requests.length = 0;
      answers = next;
    },
    async close() {
      await close();
      await rm(programs, { recursive: true });
    },
  };
}

/** AWS's command line, which knows of one instance type, as the first on this process's path. */
async function writeAwsProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "aws-"));
  const InstanceTypeOfferings = [{ InstanceType: "g4dn.xlarge", Location: "eu-west-1a" }];
  const script = `#!/bin/sh\necho '${JSON.stringify({ InstanceTypeOfferings })}'\n`;
  await writeFile(join(folder, "aws"), script, { mode: 0o755 });
  process.env.PATH = `${folder}:${process.env.PATH}`;
  return folder;
}

/** Which operation a request calls, in the three protocols that these services speak. */
function decode(request: IncomingMessage, body: string): AwsRequest {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? "");
  const service = scope?.[1] ?? "";
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    return { service, operation: target.split(".")[1]!, input: JSON.parse(body) };
  }
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const { Action, ...input } = Object.fromEntries(new URLSearchParams(body));
    delete input.Version;
    return { service, operation: Action!, input };
  }
  const { pathname, searchParams } = new URL(request.url!, "http://aws");
  const input = {
    ...Object.fromEntries(searchParams),
    ...(body ? (JSON.parse(body) as object) : {}),
  };
  return { service, operation: `${request.method} ${decodeURIComponent(pathname)}`, input };
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response.statusCode = status;
  // each protocol looks for the code in a place of its own
  response.setHeader("x-amzn-errortype", code);
  if (response.req.headers.authorization?.startsWith("Bearer ")) {
    // Cloudflare's; its client waits so long before it asks again
    response.setHeader("retry-after-ms", "1").setHeader("content-type", "application/json");
    const errors = [{ code: Number(code), message }];
    response.end(JSON.stringify({ success: false, errors, messages: [], result: null }));
    return;
  }
  const isXml = response.req.headers["content-type"]?.startsWith("application/x-www-form");
  response.end(
    isXml
      ? `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
      : JSON.stringify({ __type: code, message }),
  );
}

/** What the tests' stack has deployed. */
export const DEPLOYED = {
  [OUTPUTS.bucketName]: LOCAL_BUCKET,
  [OUTPUTS.jobQueueArn]: "arn:aws:batch:eu-west-1:1:job-queue/queue",
  [OUTPUTS.jobDefinitionArn]: "arn:aws:batch:eu-west-1:1:job-definition/training:7",
  [OUTPUTS.scheduleGroupName]: "schedules",
  [OUTPUTS.logGroupName]: "training-log",
};

/** CloudFormation's answer to DescribeStacks. */
export function describedStack(outputs: Record<string, string> = DEPLOYED): string {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return (
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>" +
    `<StackName>Words</StackName><Outputs>${members.join("")}</Outputs>` +
    "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
  );
}

/** CloudFormation's answer where there is no such stack. */
export const NO_STACK = new Refusal(400, "ValidationError", "Stack with id Words does not exist");

/** Makes a folder with a cdk.json the current one, for commands to find; `leave` goes back. */
export async function enterProject(
  models: object[],
  more: object = {},
): Promise<{ leave(): Promise<void> }> {
  const before = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), "project-"));
  const afterword = {
    stackName: "Words",
    region: "eu-west-1",
    models,
    training: {
      instanceTypes: ["g4dn.xlarge"],
      maxVcpus: 4,
      timeLimitHours: 12,
      lateAfterHours: 24,
    },
    alerts: { monthlyBudgetUsd: 50 },
    ...more,
  };
  await writeFile(join(folder, "cdk.json"), JSON.stringify({ context: { afterword } }));
  process.chdir(folder);
  return {
    async leave() {
      process.chdir(before);
      await rm(folder, { recursive: true });
    },
  };
}

/** A model as cdk.json describes it. */
export function configuredModel(name: string): object {
  return {
    name,
    corpus: name,
    tokenizer: "text",
    preset: "small",
    settings: { epochs: 2 },
    gateTolerancePercent: 1,
  };
}
