// infra/suppress-nag: where a rule of cdk-nag does not fit, and why.

import { Stack, Validations } from "aws-cdk-lib";
import type { CfnElement } from "aws-cdk-lib";
import type { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { IConstruct } from "constructs";

/** Of a function's role. */
export const FUNCTION_LOGS = {
  "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]":
    "AWS's own policy for a function that writes a log, and nothing more",
};

/**
 * Accepts findings on a construct and what is in it, by the rule's name.
 *
 * @example
 * suppressNag(bucket, { "AwsSolutions-S1": "why its accesses need no log" });
 */
export function suppressNag(scope: IConstruct, reasons: Record<string, string>): void {
  for (const [id, reason] of Object.entries(reasons)) {
    Validations.of(scope).acknowledge({ id, reason });
  }
}

/**
 * How cdk-nag calls a policy's statement on what is in a bucket, or on a function's versions.
 *
 * @example
 * suppressNag(provider, { [wildcardOn(deployer, ":*")]: "it may call any version" });
 */
export function wildcardOn(resource: IConstruct, rest: string): string {
  const id = Stack.of(resource).getLogicalId(resource.node.defaultChild as CfnElement);
  return `AwsSolutions-IAM5[Resource::<${id}.Arn>${rest}]`;
}

/**
 * The same of a statement on what is in the bucket of an asset, which bootstrapping made.
 *
 * @example
 * suppressNag(deployer, { [wildcardUnder(upload, "/*.form")]: "the name is a digest" });
 */
export function wildcardUnder(asset: Asset, rest: string): string {
  const { partition } = Stack.of(asset);
  const name = Stack.of(asset).resolve(asset.s3BucketName) as string | { "Fn::Sub": string };
  const text = typeof name === "string" ? name : name["Fn::Sub"];
  const bucket = text.replaceAll(/\$\{([^}]+)\}/g, "<$1>");
  return `AwsSolutions-IAM5[Resource::arn:${partition}:s3:::${bucket}${rest}]`;
}
