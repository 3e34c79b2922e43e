// ops/doctor/bootstrap: whether the CDK may deploy to this account and region.

import type { StackConfig } from "#config/project";
import { readOutputs } from "../deployment.ts";
import type { Verdict } from "./verdict.ts";

const TOOLKIT_STACK = "CDKToolkit";

export async function checkBootstrap({ region }: StackConfig): Promise<Verdict> {
  const outputs = await readOutputs(TOOLKIT_STACK);
  if (!outputs) {
    return {
      status: "failed",
      message: `the CDK has not been set up in ${region}`,
      advice: `once for each account and region: npx cdk bootstrap aws://ACCOUNT/${region}`,
    };
  }
  return {
    status: "ok",
    message: `set up, version ${outputs.get("BootstrapVersion") ?? "unknown"}`,
  };
}
