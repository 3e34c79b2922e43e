// ops/doctor/quotas: whether EC2 lets this account start GPU instances at all. In a new account it does not, and a
// job then waits for ever without an error.

import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import type { Verdict } from "./verdict.ts";

const SERVICE = "ec2";
const ON_DEMAND_QUOTA = "L-DB2E81BA"; // Running On-Demand G and VT instances, vCPUs
const SPOT_QUOTA = "L-3819A6DF"; // All G and VT Spot Instance Requests, vCPUs
const MIN_VCPUS = 4; // of the smallest instance with a GPU

/** Without on-demand instances a job waits until there is a Spot instance: slower, not broken. */
export function checkOnDemandQuota(config: StackConfig): Promise<Verdict> {
  return checkQuota(config, ON_DEMAND_QUOTA, "warning");
}

export function checkSpotQuota(config: StackConfig): Promise<Verdict> {
  return checkQuota(config, SPOT_QUOTA, "failed");
}

async function checkQuota(
  { region, training }: StackConfig,
  code: string,
  whenMissing: "warning" | "failed",
): Promise<Verdict> {
  const { Quota } = await withAwsErrors(
    new ServiceQuotasClient().send(
      new GetServiceQuotaCommand({ ServiceCode: SERVICE, QuotaCode: code }),
    ),
  );
  const vcpus = Quota?.Value ?? 0;
  const { maxVcpus } = training;
  const message = `${vcpus} vCPUs; cdk.json asks for up to ${maxVcpus}`;
  if (vcpus >= maxVcpus) return { status: "ok", message };
  const advice =
    `ask for more, which takes hours or days: aws service-quotas request-service-quota-increase --region ${region} ` +
    `--service-code ${SERVICE} --quota-code ${code} --desired-value ${maxVcpus}`;
  return { status: vcpus >= MIN_VCPUS ? "warning" : whenMissing, message, advice };
}
