// infra/edge-worker/handler: the function behind the stack's edge: CloudFormation says create, update or delete, and this
// does so on Cloudflare. Its properties hold no secret; those it reads itself.

import { createHash } from "node:crypto";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Cloudflare } from "./cloudflare.ts";
import type { CloudflareOptions } from "./cloudflare.ts";
import { readForm } from "./upload.ts";
import { deleteWorker, deployWorker, removeRoute } from "./worker-deployment.ts";
import type { WorkerCode, WorkerPlace } from "./worker-deployment.ts";

/** What the template says; see infra/edge-worker.ts. */
export interface EdgeProperties extends WorkerPlace {
  tokenSecret: string; // name or ARN of the secret that holds the API token
  edgeSecret: string; // ARN of the secret {accessKeyId, secretAccessKey, stateSeed}
  code: { bucket: string; key: string }; // the Worker's form
  apiKeyHashes: string[];
}

/** What the CDK's provider framework hands over. */
export type EdgeEvent =
  | { RequestType: "Create"; ResourceProperties: EdgeProperties }
  | {
      RequestType: "Update";
      PhysicalResourceId: string;
      ResourceProperties: EdgeProperties;
      OldResourceProperties: EdgeProperties;
    }
  | { RequestType: "Delete"; PhysicalResourceId: string; ResourceProperties: EdgeProperties };

interface EdgeSecret {
  accessKeyId: string;
  secretAccessKey: string;
  stateSeed: string;
}

type Options = Omit<CloudflareOptions, "token">;

/** Answers one event; throws with a sentence, on which CloudFormation rolls back. */
export async function handle(event: EdgeEvent, options: Options = {}) {
  const properties = event.ResourceProperties;
  const id = idOf(properties);
  const token = await readToken(properties.tokenSecret);
  const cloudflare = new Cloudflare({ ...options, token });
  if (event.RequestType === "Delete") {
    log(await deleteWorker(cloudflare, properties));
    return { PhysicalResourceId: event.PhysicalResourceId };
  }
  const isNew = event.RequestType === "Create" || event.PhysicalResourceId !== id;
  const secret = await refreshSecret(cloudflare, token, properties);
  const code = await readCode(properties, secret);
  const { url, uploaded } = await deployWorker(cloudflare, properties, code, { isNew });
  if (event.RequestType === "Update" && !isNew) {
    const old = event.OldResourceProperties;
    if (routeOf(old) !== routeOf(properties)) await removeRoute(cloudflare, old);
  }
  log(
    uploaded ? `uploaded; it answers at ${url}` : `unchanged, not uploaded; it answers at ${url}`,
  );
  // another id than before makes CloudFormation delete what had that one
  return { PhysicalResourceId: id, Data: { Url: url } };
}

export function handler(event: EdgeEvent) {
  return handle(event);
}

function idOf({ accountId, workerName }: WorkerPlace): string {
  return `${accountId}/${workerName}`;
}

function routeOf({ route }: WorkerPlace): string {
  return JSON.stringify(route ?? null);
}

async function readToken(secretId: string): Promise<string> {
  const token = (await readSecret(secretId)).trim();
  if (!/^[\w-]{20,}$/.test(token)) {
    throw new Error(
      `secret "${secretId}" is no Cloudflare API token; store the token alone: aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string "$TOKEN"`,
    );
  }
  return token;
}

/** R2's S3 keys follow from the token: its id, and the SHA-256 of it. The training job reads them from the secret. */
async function refreshSecret(
  cloudflare: Cloudflare,
  token: string,
  { accountId, edgeSecret }: EdgeProperties,
): Promise<EdgeSecret> {
  const held = JSON.parse(await readSecret(edgeSecret)) as EdgeSecret;
  const accessKeyId = await cloudflare.verifyToken(accountId);
  const secretAccessKey = createHash("sha256").update(token).digest("hex");
  const secret = { ...held, accessKeyId, secretAccessKey };
  if (JSON.stringify(secret) !== JSON.stringify(held)) {
    const client = new SecretsManagerClient();
    const SecretString = JSON.stringify(secret);
    await client.send(new PutSecretValueCommand({ SecretId: edgeSecret, SecretString }));
  }
  return secret;
}

async function readCode(
  { code, apiKeyHashes }: EdgeProperties,
  { stateSeed }: EdgeSecret,
): Promise<WorkerCode> {
  const object = await new S3Client().send(
    new GetObjectCommand({ Bucket: code.bucket, Key: code.key }),
  );
  const bytes = await object.Body!.transformToByteArray();
  return {
    form: await readForm(new Uint8Array(bytes)),
    secrets: {
      API_KEY_HASHES: apiKeyHashes.join(" "),
      STATE_KEYS: createHash("sha256").update(stateSeed).digest("base64"),
    },
  };
}

async function readSecret(SecretId: string): Promise<string> {
  try {
    const command = new GetSecretValueCommand({ SecretId });
    const { SecretString = "" } = await new SecretsManagerClient().send(command);
    return SecretString;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(
      `Secrets Manager has no secret "${SecretId}"; make it: aws secretsmanager create-secret --name ${SecretId} --secret-string "$TOKEN"`,
      { cause: error },
    );
  }
}

function log(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
