// infra/edge-worker/handler: the function behind the stack's edge: CloudFormation says create, update or delete, and this
// does so on Cloudflare. Its properties hold no secret; those it reads itself.

import { createHash } from "node:crypto";
import { openCloudflare, RefusedError, verifyToken } from "./cloudflare.ts";
import { readAsset, readEdgeSecret, readToken, writeEdgeSecret } from "./secrets.ts";
import type { EdgeSecret } from "./secrets.ts";
import { stateKeysOf } from "./state-keys.ts";
import { readForm } from "./upload.ts";
import { deleteWorker, deployWorker, removeRoute } from "./worker-deployment.ts";
import type { WorkerCode, WorkerPlace } from "./worker-deployment.ts";

/** What the template says; see infra/edge-worker.ts. */
export interface EdgeProperties extends WorkerPlace {
  tokenSecret: string; // name or ARN of the secret that holds the API token
  bucketTokenSecret?: string; // of one that opens the bucket alone
  edgeSecret: string; // ARN of the secret {accessKeyId, secretAccessKey, stateSeed}
  code: { bucket: string; key: string }; // the Worker's form
  apiKeyHashes: string[];
  stateKeyRevision?: string | number; // CloudFormation hands over every number as text
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

/** What tests set otherwise. */
export interface HandlerOptions {
  api?: string; // Cloudflare's; @default its own
  grantPauseMs?: number; // before a request that AWS denied is made again
}

/**
 * Answers one event; throws with a sentence, on which CloudFormation rolls back.
 *
 * @example
 * const { PhysicalResourceId } = await handle({ RequestType: "Create", ResourceProperties: properties });
 * PhysicalResourceId; // "ACCOUNT_ID/afterword"
 */
export async function handle(event: EdgeEvent, { api, grantPauseMs }: HandlerOptions = {}) {
  const properties = event.ResourceProperties;
  if (event.RequestType === "Delete") {
    log(await remove(properties, { api, grantPauseMs }));
    return { PhysicalResourceId: event.PhysicalResourceId };
  }
  const id = idOf(properties);
  const token = await readToken(properties.tokenSecret, grantPauseMs);
  const cloudflare = openCloudflare({ token, api });
  const isNew = event.RequestType === "Create" || event.PhysicalResourceId !== id;
  const secret = await refreshSecret(properties, token, { api, grantPauseMs });
  const code = await readCode(properties, secret, grantPauseMs);
  const deployed = await deployWorker(cloudflare, properties, code, { isNew });
  if (event.RequestType === "Update" && !isNew) {
    const old = event.OldResourceProperties;
    if (routeOf(old) !== routeOf(properties)) await removeRoute(cloudflare, old);
  }
  const { url, uploaded, warnings } = deployed;
  log(`${uploaded ? "uploaded" : "unchanged, not uploaded"}; it answers at ${url}`);
  for (const warning of warnings) log(warning);
  // another id than before makes CloudFormation delete what had that one
  return { PhysicalResourceId: id, Data: { Url: url, Notes: warnings.join("; ") || "none" } };
}

/**
 * The Lambda function's entry.
 *
 * @example
 * await handler({ RequestType: "Delete", PhysicalResourceId: id, ResourceProperties: properties });
 * @throws Error with a sentence, on which CloudFormation rolls back
 */
export function handler(event: EdgeEvent) {
  return handle(event);
}

/**
 * Removes the Worker. A deletion is never refused for what the user has taken away before, a token or a secret: the stack
 * could not be destroyed then. What stays on Cloudflare is said; only trouble that passes fails the deletion.
 */
async function remove(
  properties: EdgeProperties,
  { api, grantPauseMs }: HandlerOptions,
): Promise<string> {
  const { accountId, workerName, bucketName } = properties;
  const left = `Worker "${workerName}" and R2 bucket "${bucketName}" of account ${accountId} stay; delete them in Cloudflare's dashboard`;
  let token: string;
  try {
    token = await readToken(properties.tokenSecret, grantPauseMs);
  } catch (error) {
    return `${left}: ${(error as Error).message}`;
  }
  try {
    return await deleteWorker(openCloudflare({ token, api }), properties);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.kind === "unavailable") throw error;
    return `${left}: ${error.message.replaceAll("deploy again", "or destroy without it")}`;
  }
}

function idOf({ accountId, workerName }: WorkerPlace): string {
  return `${accountId}/${workerName}`;
}

function routeOf({ route }: WorkerPlace): string {
  return JSON.stringify(route ?? null);
}

/**
 * R2's S3 keys follow from a token: its id, and the SHA-256 of it. They go into the secret that the training job reads: those
 * of the token for the bucket alone, where there is one.
 */
async function refreshSecret(
  { accountId, edgeSecret, bucketTokenSecret }: EdgeProperties,
  deployToken: string,
  { api, grantPauseMs }: HandlerOptions,
): Promise<EdgeSecret> {
  const before = await readEdgeSecret(edgeSecret, grantPauseMs);
  const token =
    bucketTokenSecret === undefined
      ? deployToken
      : await readToken(bucketTokenSecret, grantPauseMs);
  const accessKeyId = await verifyToken(openCloudflare({ token, api }), accountId);
  const secretAccessKey = createHash("sha256").update(token).digest("hex");
  const secret = { ...before, accessKeyId, secretAccessKey };
  if (JSON.stringify(secret) !== JSON.stringify(before)) await writeEdgeSecret(edgeSecret, secret);
  return secret;
}

async function readCode(
  { code, apiKeyHashes, stateKeyRevision = 1 }: EdgeProperties,
  { stateSeed }: EdgeSecret,
  grantPauseMs?: number,
): Promise<WorkerCode> {
  return {
    upload: await readForm(await readAsset(code, grantPauseMs)),
    secrets: {
      API_KEY_HASHES: apiKeyHashes.join(" "),
      STATE_KEYS: stateKeysOf(stateSeed, Number(stateKeyRevision)),
    },
  };
}

function log(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
