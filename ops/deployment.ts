// ops/deployment: what is deployed: the stack that cdk.json names, and its outputs. The stack itself is infra/'s.

import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { readConfig } from "#config/project";
import type { StackConfig } from "#config/project";
import { OUTPUTS } from "#config/stack-outputs";
import { withAwsErrors } from "./aws-errors.ts";

const CONFIG_FILE = "cdk.json"; // the CDK's own, in the folder that it runs in

export interface Deployment {
  stack: string;
  bucket: string;
  jobQueue: string; // ARN
  jobDefinition: string; // ARN
  scheduleGroup: string;
  logGroup: string;
  scheduleLog: string | undefined; // of what the schedules decided; absent in what an older release deployed
  edgeUrl: string | undefined; // absent where no edge is deployed, as the next two
  edgeStore: string | undefined; // address
  edgeSecret: string | undefined; // ARN of the secret that opens it
}

/** Reads cdk.json, and has every client from here on ask in its region. */
export function openConfig(): StackConfig {
  const config = readConfig(CONFIG_FILE);
  process.env.AWS_REGION = config.region;
  return config;
}

/** What a stack has deployed; throws when it is not there, or not to its end. */
export async function findDeployment({ stackName, region }: StackConfig): Promise<Deployment> {
  const outputs = await readOutputs(stackName);
  if (!outputs) {
    throw new Error(
      `stack "${stackName}" is not deployed in ${region}; run "afterword deploy", or check AWS_PROFILE and cdk.json`,
    );
  }
  const read = (name: string) => {
    const value = outputs.get(name);
    if (value !== undefined) return value;
    throw new Error(
      `stack "${stackName}" has no output ${name}: its deployment did not end well; run "afterword deploy" again`,
    );
  };
  return {
    stack: stackName,
    bucket: read(OUTPUTS.bucketName),
    jobQueue: read(OUTPUTS.jobQueueArn),
    jobDefinition: read(OUTPUTS.jobDefinitionArn),
    scheduleGroup: read(OUTPUTS.scheduleGroupName),
    logGroup: read(OUTPUTS.logGroupName),
    scheduleLog: outputs.get(OUTPUTS.scheduleLogGroupName),
    edgeUrl: outputs.get(OUTPUTS.edgeUrl),
    edgeStore: outputs.get(OUTPUTS.edgeStore),
    edgeSecret: outputs.get(OUTPUTS.edgeCredentialsSecretArn),
  };
}

/** A stack's outputs by name, or null where there is no such stack. */
export async function readOutputs(stackName: string): Promise<Map<string, string> | null> {
  try {
    const { Stacks } = await withAwsErrors(
      new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stackName })),
    );
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ValidationError" && message.includes("does not exist")) return null;
    throw error;
  }
}
