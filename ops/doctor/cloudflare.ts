// ops/doctor/cloudflare: whether the API token in Secrets Manager can deploy the edge. The token is sent to
// Cloudflare and appears nowhere else.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { CloudflareConfig, StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import type { Verdict } from "./verdict.ts";

const API = "https://api.cloudflare.com/client/v4";
const API_TOKEN = /^[\w-]{20,}$/;
const NEW_TOKEN =
  "make one at dash.cloudflare.com/profile/api-tokens with the account permissions Workers Scripts: Edit and " +
  "Workers R2 Storage: Edit (and the zone permission Workers Routes: Edit for a route)";

export async function checkCloudflare({ cloudflare, region }: StackConfig): Promise<Verdict> {
  if (!cloudflare) {
    return {
      status: "skipped",
      message: "no edge: cdk.json has no cloudflare account; everything else is deployed",
    };
  }
  const { tokenSecret } = cloudflare;
  const keep = (verb: string, name: string) =>
    `${NEW_TOKEN}, then: read -rs TOKEN && aws secretsmanager ${verb} --region ${region} ${name} ${tokenSecret} --secret-string "$TOKEN"`;
  const token = await readSecret(tokenSecret);
  if (token === null) {
    return {
      status: "failed",
      message: `Secrets Manager has no secret "${tokenSecret}"`,
      advice: keep("create-secret", "--name"),
    };
  }
  const advice = keep("put-secret-value", "--secret-id");
  if (!API_TOKEN.test(token)) {
    return {
      status: "failed",
      message: `secret "${tokenSecret}" does not hold an API token`,
      advice,
    };
  }
  const lacking = await findLacking(token, cloudflare);
  if (lacking.length === 0) {
    return { status: "ok", message: `the token reaches account ${cloudflare.accountId}` };
  }
  return { status: "failed", message: `the token lacks ${lacking.join(", ")}`, advice };
}

async function readSecret(name: string): Promise<string | null> {
  try {
    const { SecretString } = await withAwsErrors(
      new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: name })),
    );
    return SecretString?.trim() ?? "";
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return null;
    throw error;
  }
}

/** The permissions without which one of the deployment's calls would be refused. Reading shows no more than that. */
async function findLacking(token: string, { accountId, route }: CloudflareConfig) {
  const needed = [
    ["Workers Scripts", `/accounts/${accountId}/workers/scripts`],
    ["Workers R2 Storage", `/accounts/${accountId}/r2/buckets`],
    ...(route ? [["Workers Routes", `/zones/${route.zoneId}/workers/routes`]] : []),
  ] as [string, string][];
  const lacking: string[] = [];
  for (const [permission, path] of needed) {
    const { status } = await fetch((process.env.CLOUDFLARE_API_BASE_URL ?? API) + path, {
      headers: { authorization: `Bearer ${token}` },
    }).catch(() => {
      throw new Error("Cloudflare's API cannot be reached; check the network");
    });
    if (status === 401 || status === 403) lacking.push(permission);
    else if (status >= 400) throw new Error(`Cloudflare answers ${status} to GET ${path}`);
  }
  return lacking;
}
