// test/ops/doctor-account: what the doctor looks at: a healthy account, where a test may have answers of its own.

import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { Finding } from "#ops/doctor/verdict";
import { doctor } from "../../cli/commands/doctor.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS } from "../local-bucket.ts";
import { configuredModel, describedStack, Refusal } from "../fakes/aws-server.ts";
import type { Answers } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";

export const TOKEN = "v1-token-that-nobody-may-see-1234567890";
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const ZONE = "fedcba9876543210fedcba9876543210";
export const SCRIPTS = `/accounts/${ACCOUNT}/workers/scripts`;
export const BUCKETS = `/accounts/${ACCOUNT}/r2/buckets`;
export const ROUTES = `/zones/${ZONE}/workers/routes`;
// what a permission to write is proved with: they are nowhere
export const PROBE = "afterword-doctor-probe";
export const NO_ROUTE = "0".repeat(32);
const IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:abc";

export let project: CloudProject;
let programs: string;
/** A project with an edge, an AWS and a Docker program, and a healthy account before each test of the file. */
export function startAccount(): void {
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
}

/** An AWS command line that knows of these instance types. */
export async function writeAws(...offered: string[]): Promise<void> {
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

export async function writeDocker(script: string): Promise<void> {
  await writeFile(process.env.CDK_DOCKER!, `#!/bin/sh\n${script}\n`);
  await chmod(process.env.CDK_DOCKER!, 0o755);
}

export const identity = (arn: string) =>
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
export async function examine(differences: Answers = {}) {
  project.aws.answer({ ...healthy, ...differences });
  const { json, failed, progress } = await runCommand(doctor);
  expect(progress + JSON.stringify(json)).not.toContain(TOKEN);
  const { findings } = json as { findings: Finding[] };
  const find = (check: string) => findings.find((finding) => finding.check === check)!;
  return { findings, find, failed, json };
}
