// ops/doctor/credentials: whose account the commands work in.

import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import type { Verdict } from "./verdict.ts";

export async function checkCredentials({ region }: StackConfig): Promise<Verdict> {
  const { Account, Arn } = await withAwsErrors(
    new STSClient().send(new GetCallerIdentityCommand()),
  );
  if (Arn!.endsWith(":root")) {
    return {
      status: "warning",
      message: `account ${Account}, ${region}, as its root user`,
      advice:
        "make an administrator of its own (IAM Identity Center, docs/deploy.md): the root user can do more than is needed",
    };
  }
  return { status: "ok", message: `account ${Account}, ${region}, as ${Arn}` };
}
