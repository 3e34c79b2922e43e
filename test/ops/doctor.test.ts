import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StackConfig } from "#config/project";
import { checkMachines } from "#ops/doctor/machines";
import { checkOnDemandQuota, checkSpotQuota } from "#ops/doctor/quotas";
import type { Finding } from "#ops/doctor/verdict";
import { doctor } from "../../cli/commands/doctor.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS } from "../local-bucket.ts";
import {
  configuredModel,
  DEPLOYED,
  describedStack,
  NO_STACK,
  Refusal,
} from "../fakes/aws-server.ts";
import type { Answers } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";

const TOKEN = "v1-token-that-nobody-may-see-1234567890";
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const ZONE = "fedcba9876543210fedcba9876543210";
const SCRIPTS = `/accounts/${ACCOUNT}/workers/scripts`;
const BUCKETS = `/accounts/${ACCOUNT}/r2/buckets`;
const ROUTES = `/zones/${ZONE}/workers/routes`;
// what a permission to write is proved with: they are nowhere
const PROBE = "afterword-doctor-probe";
const NO_ROUTE = "0".repeat(32);
const IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:abc";

let project: CloudProject;
let programs: string;
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "programs-"));
  process.env.CDK_DOCKER = join(programs, "docker");
  project = await startProject([configuredModel("notes")], {
    cloudflare: {
      accountId: ACCOUNT,
      tokenSecret: "afterword/cloudflare",
      tokenRevision: 1,
      workerName: "afterword",
      bucketName: "afterword-models",
      route: { zoneId: ZONE, pattern: "predict.example.com/*" },
      apiKeyHashes: [],
    },
  });
  process.env.PATH = `${programs}:${process.env.PATH}`;
  await project.store.put("corpora/notes/letters.txt", "Dear all,\n");
}, START_LIMIT_MS);
afterAll(async () => {
  await project.leave();
  await rm(programs, { recursive: true });
});
beforeEach(async () => {
  await writeDocker("echo 28.1.0");
  await writeAws("g4dn.xlarge@eu-west-1a", "g4dn.xlarge@eu-west-1b");
});

/** An AWS command line that knows of these instance types. */
async function writeAws(...offered: string[]): Promise<void> {
  const InstanceTypeOfferings = offered.map((word) => {
    const [InstanceType, Location] = word.split("@");
    return { InstanceType, Location };
  });
  const path = join(programs, "aws");
  await writeFile(
    path,
    `#!/bin/sh\ncat <<'END'\n${JSON.stringify({ InstanceTypeOfferings })}\nEND\n`,
  );
  await chmod(path, 0o755);
}

async function writeDocker(script: string): Promise<void> {
  await writeFile(process.env.CDK_DOCKER!, `#!/bin/sh\n${script}\n`);
  await chmod(process.env.CDK_DOCKER!, 0o755);
}

const identity = (arn: string) =>
  "<GetCallerIdentityResponse><GetCallerIdentityResult>" +
  `<Account>111122223333</Account><Arn>${arn}</Arn>` +
  "</GetCallerIdentityResult></GetCallerIdentityResponse>";

const healthy: Answers = {
  GetCallerIdentity: identity("arn:aws:iam::111122223333:user/ops"),
  DescribeStacks: ({ StackName }: { StackName: string }) =>
    StackName === "CDKToolkit" ? describedStack({ BootstrapVersion: "30" }) : describedStack(),
  GetServiceQuota: { Quota: { Value: 4 } },
  "POST /v1/describejobdefinitions": {
    jobDefinitions: [{ containerProperties: { image: IMAGE } }],
  },
  DescribeImages: { imageDetails: [{ imagePushedAt: 1_764_000_000, imageSizeInBytes: 6.1e9 }] },
  GetSecretValue: { SecretString: `${TOKEN}\n` },
  [`GET ${SCRIPTS}`]: { success: true, result: [] },
  [`DELETE ${SCRIPTS}/${PROBE}`]: new Refusal(404, "10007", "This Worker does not exist."),
  [`GET ${BUCKETS}`]: { success: true, result: { buckets: [] } },
  [`DELETE ${BUCKETS}/${PROBE}`]: new Refusal(404, "10006", "The bucket does not exist."),
  [`GET ${ROUTES}`]: { success: true, result: [] },
  [`DELETE ${ROUTES}/${NO_ROUTE}`]: new Refusal(404, "10009", "No such route."),
};

/** What the doctor finds where one answer is another than in a healthy account. */
async function examine(differences: Answers = {}) {
  project.aws.answer({ ...healthy, ...differences });
  const { json, failed, progress } = await runCommand(doctor);
  expect(progress + JSON.stringify(json)).not.toContain(TOKEN);
  const { findings } = json as { findings: Finding[] };
  const find = (check: string) => findings.find((finding) => finding.check === check)!;
  return { findings, find, failed, json };
}

describe("in a healthy account", () => {
  it("finds nothing to mend", async () => {
    const { findings, failed, json } = await examine();
    expect(json).toMatchObject({ healthy: true });
    expect(failed).toBe(false);
    expect(findings.map(({ check, status }) => [check, status])).toEqual(
      [
        "credentials",
        "bootstrap",
        "docker",
        "machines",
        "cloudflare token",
        "spot quota",
        "on-demand quota",
        "image",
        "bucket",
      ].map((check) => [check, "ok"]),
    );
  });

  it("asks for exactly what it looks at", async () => {
    await examine();
    expect(project.aws.requests).toEqual([
      { service: "sts", operation: "GetCallerIdentity", input: {} },
      {
        service: "cloudformation",
        operation: "DescribeStacks",
        input: { StackName: "CDKToolkit" },
      },
      {
        service: "secretsmanager",
        operation: "GetSecretValue",
        input: { SecretId: "afterword/cloudflare" },
      },
      { service: "", operation: `GET ${SCRIPTS}`, input: {} },
      { service: "", operation: `DELETE ${SCRIPTS}/${PROBE}`, input: {} },
      { service: "", operation: `GET ${BUCKETS}`, input: {} },
      { service: "", operation: `DELETE ${BUCKETS}/${PROBE}`, input: {} },
      { service: "", operation: `GET ${ROUTES}`, input: {} },
      { service: "", operation: `DELETE ${ROUTES}/${NO_ROUTE}`, input: {} },
      {
        service: "servicequotas",
        operation: "GetServiceQuota",
        input: { ServiceCode: "ec2", QuotaCode: "L-3819A6DF" },
      },
      {
        service: "servicequotas",
        operation: "GetServiceQuota",
        input: { ServiceCode: "ec2", QuotaCode: "L-DB2E81BA" },
      },
      { service: "cloudformation", operation: "DescribeStacks", input: { StackName: "Words" } },
      {
        service: "batch",
        operation: "POST /v1/describejobdefinitions",
        input: { jobDefinitions: [DEPLOYED.JobDefinitionArn] },
      },
      {
        service: "ecr",
        operation: "DescribeImages",
        input: {
          registryId: "111122223333",
          repositoryName: "assets",
          imageIds: [{ imageTag: "abc" }],
        },
      },
      { service: "cloudformation", operation: "DescribeStacks", input: { StackName: "Words" } },
    ]);
  });
});

const notFound = (code: string) => new Refusal(400, code, "not found");
const quota = (spot: number, onDemand: number) => ({
  GetServiceQuota: ({ QuotaCode }: { QuotaCode: string }) => ({
    Quota: { Value: QuotaCode === "L-3819A6DF" ? spot : onDemand },
  }),
});

describe("what is missing is named with what to do", () => {
  it.each<[string, string, Answers, string, string | undefined]>([
    [
      "credentials",
      "failed",
      { GetCallerIdentity: new Refusal(403, "InvalidClientTokenId", "invalid token") },
      "AWS does not know these credentials; sign in",
      undefined,
    ],
    [
      "credentials",
      "failed",
      { GetCallerIdentity: new Refusal(403, "ExpiredToken", "expired") },
      "the AWS credentials have expired; sign in",
      undefined,
    ],
    [
      "credentials",
      "warning",
      { GetCallerIdentity: identity("arn:aws:iam::1:root") },
      "as its root user",
      "make an administrator of its own",
    ],
    [
      "bootstrap",
      "failed",
      { DescribeStacks: NO_STACK },
      "the CDK has not been set up in eu-west-1",
      "npx cdk bootstrap aws://111122223333/eu-west-1",
    ],
    [
      "bootstrap",
      "failed",
      { DescribeStacks: describedStack({}) }, // of that name, made by somebody else
      "is not one that bootstrapping completed",
      "npx cdk bootstrap",
    ],
    [
      "bootstrap",
      "failed",
      { DescribeStacks: describedStack({ BootstrapVersion: "4" }) },
      "version 4; 6 is needed",
      "npx cdk bootstrap",
    ],
    [
      "spot quota",
      "failed",
      quota(0, 4),
      "0 vCPUs; cdk.json asks for up to 4",
      "--quota-code L-3819A6DF --desired-value 4; meanwhile train without a GPU",
    ],
    ["on-demand quota", "warning", quota(4, 0), "0 vCPUs", "--quota-code L-DB2E81BA"],
    [
      "image",
      "failed",
      { DescribeImages: notFound("ImageNotFoundException") },
      "not in the registry",
      'run "afterword deploy" again',
    ],
    ["image", "skipped", { DescribeStacks: NO_STACK }, "nothing is deployed yet", undefined],
    [
      "bucket",
      "failed",
      { DescribeStacks: describedStack({ ...DEPLOYED, BucketName: "elsewhere" }) },
      'there is no bucket "elsewhere"',
      undefined,
    ],
    [
      "cloudflare token",
      "failed",
      { GetSecretValue: notFound("ResourceNotFoundException") },
      'no secret "afterword/cloudflare"',
      "aws secretsmanager create-secret",
    ],
    [
      "cloudflare token",
      "failed",
      { GetSecretValue: { SecretString: `${TOKEN}\nand more` } },
      "does not hold an API token",
      "put-secret-value",
    ],
    [
      "cloudflare token",
      "failed",
      { [`GET ${BUCKETS}`]: new Refusal(403, "10000", "Authentication") },
      "the token lacks Account · Workers R2 Storage · Edit",
      "Workers R2 Storage: Edit",
    ],
    [
      "cloudflare token",
      "failed",
      { [`DELETE ${SCRIPTS}/${PROBE}`]: new Refusal(403, "10000", "Authentication") }, // may only read
      "the token lacks Account · Workers Scripts · Edit",
      "Workers Scripts: Edit",
    ],
    ...[400, 403, 404].map((status): [string, string, Answers, string, string] => [
      "cloudflare token",
      "failed",
      {
        [`GET ${BUCKETS}`]: new Refusal(
          status,
          "10042",
          "Please enable R2 through the Cloudflare Dashboard.",
        ),
      },
      "R2 is not enabled in the account",
      "open R2 in Cloudflare's dashboard once and enable it",
    ]),
    [
      "cloudflare token",
      "failed",
      { [`GET ${SCRIPTS}`]: new Refusal(500, "1", "oops") },
      "Cloudflare answered 500: oops (1)",
      undefined,
    ],
  ])("%s %s", async (check, status, differences, text, advice) => {
    const { find, failed } = await examine(differences);
    const found = find(check);
    expect(found.status).toBe(status);
    expect(found.message).toContain(text);
    if (advice === undefined) expect(found.advice).toBeUndefined();
    else expect(found.advice).toContain(advice);
    if (status === "failed") expect(failed).toBe(true);
  });

  it("an instance type that the region lacks, before it spoils a deployment", async () => {
    expect((await examine()).find("machines").message).toContain("g4dn.xlarge in 2 zones");
    await writeAws("g5.xlarge@eu-west-1a");
    expect((await examine()).find("machines")).toMatchObject({
      status: "failed",
      message: "eu-west-1 does not offer g4dn.xlarge",
    });
  });

  it("docker that is not there, and docker whose daemon is not", async () => {
    await writeDocker("exit 1");
    expect((await examine()).find("docker")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("its daemon does not answer"),
    });
    await rm(process.env.CDK_DOCKER!);
    const { message, advice } = (await examine()).find("docker");
    expect(message).toContain("there is no");
    expect(advice).toContain("install and start Docker");
  });
});

describe("a deployment without a GPU", () => {
  const cpu = { region: "eu-west-1", training: { compute: "cpu", maxVcpus: 16 } } as StackConfig;

  it("is held against Fargate's quotas, and needs no instance types", async () => {
    project.aws.answer({ GetServiceQuota: { Quota: { Value: 6 } } });
    expect(await checkSpotQuota(cpu)).toMatchObject({
      status: "warning",
      message: "6 vCPUs; cdk.json asks for up to 16",
      advice: expect.stringContaining("--service-code fargate --quota-code L-36FBB829"),
    });
    await checkOnDemandQuota(cpu);
    expect(project.aws.requests.map(({ input }) => input)).toEqual([
      { ServiceCode: "fargate", QuotaCode: "L-36FBB829" },
      { ServiceCode: "fargate", QuotaCode: "L-3032A538" },
    ]);
    expect(await checkMachines(cpu)).toMatchObject({
      status: "ok",
      message: "Fargate, fargate-16",
    });
  });
});
