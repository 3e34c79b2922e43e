// cli/deployment-option: how commands find what is deployed, and which of its models is meant.

import type { ModelConfig, StackConfig } from "#config/project";
import { findDeployment, openConfig } from "#ops/deployment";
import type { Deployment } from "#ops/deployment";
import type { ObjectStore } from "#registry/object-store";
import { UsageError } from "./command.ts";
import type { Arguments, OptionSpec } from "./command.ts";
import { openStoreAt } from "./store-option.ts";

export const DEPLOYED_STORE_OPTION: OptionSpec = {
  value: "URL",
  help: "s3://BUCKET or https://ENDPOINT/BUCKET (default $AFTERWORD_STORE, else the stack's bucket)",
};

export const MODEL_OPTION: OptionSpec = {
  value: "NAME",
  help: "one of cdk.json's models (default: the only one)",
};

/** The stack of cdk.json, as deployed. */
export function openDeployment(): Promise<Deployment> {
  return findDeployment(openConfig());
}

/** The store that --store or AFTERWORD_STORE names, else the deployed stack's. */
export async function openDeployedStore(args: Arguments): Promise<ObjectStore> {
  const address = args.text("store") ?? process.env.AFTERWORD_STORE;
  return openStoreAt(address ?? bucketAddress(await openDeployment()));
}

export function bucketAddress({ bucket }: Deployment): string {
  return `s3://${bucket}`;
}

/** The model that --model names; where there is one only, it need not be named. */
export function chooseModel(args: Arguments, { models }: StackConfig): ModelConfig {
  const name = args.text("model");
  const names = models.map((model) => model.name).join(", ");
  if (name === undefined) {
    if (models.length === 1) return models[0]!;
    throw new UsageError(`--model is needed: one of ${names}`);
  }
  const found = models.find((model) => model.name === name);
  if (!found) throw new UsageError(`cdk.json has no model "${name}"; choose one of ${names}`);
  return found;
}
