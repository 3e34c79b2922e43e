// ops/deploy: puts the stack up and takes it down: what is looked at before, and what the stack tells after.

import type { StackConfig } from "#config/project";
import { deployWords, destroyWords } from "./cdk.ts";
import type { RunCdk } from "./cdk.ts";
import { OUTPUTS } from "#config/stack-outputs";
import { readOutputs } from "./deployment.ts";
import { checkCloudflare } from "./doctor/cloudflare.ts";
import { DEPLOY_CHECKS, examine, TRAINING_CHECKS } from "./doctor.ts";
import type { Finding } from "./doctor/verdict.ts";

export interface DeployOptions {
  runCdk: RunCdk;
  isApproved: boolean; // changes of permissions are made without asking
  onFinding: (finding: Finding) => void;
}

/** Checks, deploys, and returns the stack's outputs by name. A quota that is missing does not stop a deployment. */
export async function deployStack(
  config: StackConfig,
  { runCdk, isApproved, onFinding }: DeployOptions,
): Promise<Record<string, string>> {
  const { stackName } = config;
  const findings = await examine(config, DEPLOY_CHECKS, onFinding);
  const failed = findings.filter(({ status }) => status === "failed");
  if (failed.length > 0) {
    const failures = failed.map(({ check, message }) => `${check}: ${message}`).join("; ");
    throw new Error(`nothing was deployed: ${failures}`);
  }
  const status = await runCdk(deployWords(stackName, { isApproved }));
  if (status !== 0) {
    throw new Error(
      `cdk deploy ended with status ${status}; what it printed tells why and whether anything was changed: what CloudFormation began, it takes back. "afterword deploy" again goes on`,
    );
  }
  await examine(config, TRAINING_CHECKS, onFinding);
  return Object.fromEntries((await readOutputs(stackName)) ?? []);
}

/** Takes the stack down; what is kept is left where it is. */
export async function destroyStack({ stackName }: StackConfig, runCdk: RunCdk): Promise<void> {
  const status = await runCdk(destroyWords(stackName));
  if (status !== 0) throw new Error(`cdk destroy ended with status ${status}; run it again`);
}

/**
 * What stays when the stack goes, each with how to be rid of it. Asks no more than is there: a stack whose first deployment
 * failed has no outputs.
 */
export async function keptByDestroy(config: StackConfig): Promise<string[]> {
  const { cloudflare, region, stackName } = config;
  const outputs = await readOutputs(stackName);
  if (!outputs) {
    throw new Error(
      `stack "${stackName}" is not deployed in ${region}; there is nothing to destroy, or check AWS_PROFILE and cdk.json`,
    );
  }
  const bucket = outputs.get(OUTPUTS.bucketName);
  const token = cloudflare && (await checkCloudflare(config).catch((error: Error) => ({ status: "failed", message: error.message }))); // prettier-ignore
  return [
    bucket === undefined
      ? `any bucket whose name begins with ${stackName.toLowerCase()}-: empty and delete it in the S3 console`
      : `bucket ${bucket}, with all corpora, runs and models: empty and delete it in the S3 console`,
    `images in the CDK's registry in ${region}: npx cdk gc --unstable=gc`,
    ...(cloudflare
      ? [
          `R2 bucket ${cloudflare.bucketName}, with the published models: npx wrangler r2 bucket delete ${cloudflare.bucketName}`,
          `secret ${cloudflare.tokenSecret}: aws secretsmanager delete-secret --region ${region} --secret-id ${cloudflare.tokenSecret}`,
        ]
      : []),
    ...(cloudflare && token?.status === "failed"
      ? [
          `Worker ${cloudflare.workerName}, as its token is of no use (${token.message}): delete it in Cloudflare's dashboard, Workers & Pages`,
        ]
      : []),
  ];
}
