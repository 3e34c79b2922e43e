import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DEPLOYED, describedStack, NO_STACK, Refusal } from "../fakes/aws-server.ts";
import type { Answers } from "../fakes/aws-server.ts";
import {
  BUCKETS,
  examine,
  identity,
  PROBE,
  SCRIPTS,
  startAccount,
  TOKEN,
  writeAws,
  writeDocker,
} from "./doctor-account.ts";

startAccount();

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
