// ops/doctor: looks at everything that a deployment and a training job need, and says of each what to do.

import type { StackConfig } from "#config/project";
import { checkBootstrap } from "./doctor/bootstrap.ts";
import { checkBucket } from "./doctor/bucket.ts";
import { checkCloudflare } from "./doctor/cloudflare.ts";
import { checkCredentials } from "./doctor/credentials.ts";
import { checkDocker } from "./doctor/docker.ts";
import { checkImage } from "./doctor/image.ts";
import { checkMachines } from "./doctor/machines.ts";
import { checkOnDemandQuota, checkSpotQuota } from "./doctor/quotas.ts";
import type { Check, Finding, Verdict } from "./doctor/verdict.ts";

/** Without these a deployment would fail half-way. */
export const DEPLOY_CHECKS: Check[] = [
  ["credentials", checkCredentials],
  ["bootstrap", checkBootstrap],
  ["docker", checkDocker],
  ["machines", checkMachines],
  ["cloudflare token", checkCloudflare],
];

/** Without these a deployment succeeds and its jobs do not run. */
export const TRAINING_CHECKS: Check[] = [
  ["spot quota", checkSpotQuota],
  ["on-demand quota", checkOnDemandQuota],
  ["image", checkImage],
  ["bucket", checkBucket],
];

/** Makes the checks one after the other; one that cannot be made has failed. What stops several is told once. */
export async function examine(
  config: StackConfig,
  checks: Check[],
  onFinding: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [check, inspect] of checks) {
    const verdict = await inspect(config).catch((error: Error) => explain(error, findings));
    const finding = { check, ...verdict };
    onFinding(finding);
    findings.push(finding);
  }
  return findings;
}

function explain({ message }: Error, findings: Finding[]): Verdict {
  const cause = findings.find((finding) => finding.message === message);
  return cause
    ? { status: "skipped", message: `not looked at: see ${cause.check}` }
    : { status: "failed", message };
}
