import { describe, expect, it } from "vitest";
import type { StackConfig } from "#config/project";
import { checkMachines } from "#ops/doctor/machines";
import { checkOnDemandQuota, checkSpotQuota } from "#ops/doctor/quotas";
import { DEPLOYED } from "../fakes/aws-server.ts";
import {
  BUCKETS,
  examine,
  NO_ROUTE,
  PROBE,
  project,
  ROUTES,
  SCRIPTS,
  startAccount,
} from "./doctor-account.ts";

startAccount();

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
