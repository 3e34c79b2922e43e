// ops/doctor/quotas: whether this account may start what jobs run on. In a new account it may start no GPU at all, and a job
// then waits without an error.

import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import type { Verdict } from "./verdict.ts";

interface Quota {
  service: "ec2" | "fargate";
  code: string;
}

// codes as Service Quotas lists them (aws service-quotas list-service-quotas --service-code ec2|fargate); of Fargate a new
// account has 6 vCPUs of each kind (AWS General Reference, Amazon ECS endpoints and quotas), of G and VT instances none
const QUOTAS = {
  gpu: {
    spot: { service: "ec2", code: "L-3819A6DF" }, // All G and VT Spot Instance Requests, vCPUs
    onDemand: { service: "ec2", code: "L-DB2E81BA" }, // Running On-Demand G and VT instances, vCPUs
  },
  cpu: {
    spot: { service: "fargate", code: "L-36FBB829" }, // Fargate Spot vCPU resource count
    onDemand: { service: "fargate", code: "L-3032A538" }, // Fargate On-Demand vCPU resource count
  },
} as const satisfies Record<string, Record<string, Quota>>;
const MIN_VCPUS = 4; // of the smallest job

/** Without on-demand machines a job waits until there is one on Spot: slower, not broken. */
export function checkOnDemandQuota(config: StackConfig): Promise<Verdict> {
  return checkQuota(config, "onDemand", "warning");
}

export function checkSpotQuota(config: StackConfig): Promise<Verdict> {
  return checkQuota(config, "spot", "failed");
}

async function checkQuota(
  { region, training }: StackConfig,
  purchase: "spot" | "onDemand",
  whenMissing: "warning" | "failed",
): Promise<Verdict> {
  const compute = training.compute ?? "gpu";
  const { service, code } = QUOTAS[compute][purchase];
  const { Quota } = await withAwsErrors(
    new ServiceQuotasClient().send(
      new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code }),
    ),
  );
  const vcpus = Quota?.Value ?? 0;
  const { maxVcpus } = training;
  const message = `${vcpus} vCPUs; cdk.json asks for up to ${maxVcpus}`;
  if (vcpus >= maxVcpus) return { status: "ok", message };
  const ask =
    `ask for more, which takes hours or days: aws service-quotas request-service-quota-increase --region ${region} ` +
    `--service-code ${service} --quota-code ${code} --desired-value ${maxVcpus}`;
  const meanwhile = `; meanwhile train without a GPU: "compute": "cpu" under training in cdk.json, and no instanceTypes`;
  const isNone = vcpus < MIN_VCPUS;
  return {
    status: isNone ? whenMissing : "warning",
    message,
    advice: isNone && compute === "gpu" && purchase === "spot" ? ask + meanwhile : ask,
  };
}
