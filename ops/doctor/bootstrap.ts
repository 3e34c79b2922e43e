// ops/doctor/bootstrap: whether the CDK may deploy to this account and region.

import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { StackConfig } from "#config/project";
import { readOutputs } from "../deployment.ts";
import type { Verdict } from "./verdict.ts";

const TOOLKIT_STACK = "CDKToolkit";
const MIN_VERSION = 6; // the oldest whose roles and bucket the CDK of this project takes

export async function checkBootstrap({ region }: StackConfig): Promise<Verdict> {
  const outputs = await readOutputs(TOOLKIT_STACK);
  const version = Number(outputs?.get("BootstrapVersion"));
  if (version >= MIN_VERSION) return { status: "ok", message: `set up, version ${version}` };
  const account = await readAccount();
  return {
    status: "failed",
    message: describe(outputs, version, region),
    advice: `once for each account and region: npx cdk bootstrap aws://${account}/${region}`,
  };
}

function describe(outputs: Map<string, string> | null, version: number, region: string): string {
  if (!outputs) return `the CDK has not been set up in ${region}`;
  return Number.isNaN(version)
    ? `stack ${TOOLKIT_STACK} in ${region} is not one that bootstrapping completed`
    : `the CDK was set up in ${region} with version ${version}; ${MIN_VERSION} is needed`;
}

async function readAccount(): Promise<string> {
  try {
    return (await new STSClient().send(new GetCallerIdentityCommand())).Account ?? "ACCOUNT";
  } catch {
    return "ACCOUNT"; // the check of the credentials tells why
  }
}
