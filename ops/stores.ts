// ops/stores: the stores of a deployment: its bucket, and the one that the edge reads, opened with the keys that the stack
// keeps for it. The keys are used and shown to nobody.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { ObjectStore } from "#registry/object-store";
import { readStoreAddress } from "#registry/url";
import { withAwsErrors } from "./aws-errors.ts";
import type { Deployment } from "./deployment.ts";

const keys = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

export interface DeployedStores {
  bucket: ObjectStore; // what jobs publish to, and the gate compares in
  edge: ObjectStore; // what the edge reads
}

/** @throws Error where no edge is deployed, or its keys cannot be read */
export async function openStores(deployment: Deployment): Promise<DeployedStores> {
  const { edgeStore, edgeSecret, stack } = deployment;
  if (edgeStore === undefined || edgeSecret === undefined) {
    throw new Error(
      `stack "${stack}" has no edge; leave --edge out, or name its cloudflare account in cdk.json and deploy`,
    );
  }
  const { SecretString = "" } = await withAwsErrors(
    new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: edgeSecret })),
  );
  const { data: credentials } = keys.safeParse(parseJson(SecretString));
  if (!credentials) {
    throw new Error(
      `secret "${edgeSecret}" holds no keys to ${edgeStore}; run "afterword deploy" again, which writes them`,
    );
  }
  return {
    bucket: new ObjectStore({ bucket: deployment.bucket }),
    edge: new ObjectStore({ ...readStoreAddress(edgeStore), credentials }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the same sentence is due
  }
}
