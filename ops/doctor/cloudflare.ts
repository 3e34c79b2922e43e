// ops/doctor/cloudflare: whether the API token in Secrets Manager can deploy the edge. The token is sent to
// Cloudflare and appears nowhere else.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ENABLE_R2, R2, ROUTES, SCRIPTS } from "#config/cloudflare";
import type { Permission } from "#config/cloudflare";
import type { CloudflareConfig, StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import { attempt, openCloudflare } from "../cloudflare.ts";
import type { Cloudflare, Outcome } from "../cloudflare.ts";
import type { Verdict } from "./verdict.ts";

const API_TOKEN = /^[\w-]{20,}$/;
/** What is in no account, and is asked to be deleted. */
const PROBE = "afterword-doctor-probe";
const NO_ROUTE = "0".repeat(32);
const NEW_TOKEN =
  "make a custom token at dash.cloudflare.com/profile/api-tokens, with your account under Account Resources and the " +
  "account permissions Workers Scripts: Edit and Workers R2 Storage: Edit (and the zone permission Workers Routes: Edit " +
  "for a route)";

export async function checkCloudflare({ cloudflare, region }: StackConfig): Promise<Verdict> {
  if (!cloudflare) {
    return {
      status: "skipped",
      message: "no edge: cdk.json has no cloudflare account; everything else is deployed",
    };
  }
  const secrets = [cloudflare.tokenSecret, ...(cloudflare.bucketTokenSecret ? [cloudflare.bucketTokenSecret] : [])]; // prettier-ignore
  for (const name of secrets.toReversed()) {
    const token = await readSecret(name);
    const verdict = checkSecret(token, name, region);
    if (verdict) return verdict;
    if (name === cloudflare.tokenSecret) return checkToken(token!, cloudflare, region);
  }
  throw new Error("no secret is named"); // the configuration names one
}

function checkSecret(token: string | null, name: string, region: string): Verdict | null {
  if (token === null) {
    const message = `Secrets Manager has no secret "${name}"`;
    return { status: "failed", message, advice: keepToken("create-secret --name", name, region) };
  }
  if (API_TOKEN.test(token)) return null;
  const message = `secret "${name}" does not hold an API token`;
  return { status: "failed", message, advice: replaceToken(name, region) };
}

async function checkToken(
  token: string,
  config: CloudflareConfig,
  region: string,
): Promise<Verdict> {
  const cloudflare = openCloudflare(token);
  const lacking: Permission[] = [];
  for (const [needs, outcome] of await tryPermissions(cloudflare, config)) {
    if (outcome.kind === "r2 not enabled") {
      return { status: "failed", message: "R2 is not enabled in the account", advice: ENABLE_R2 };
    }
    if (outcome.kind === "permission") lacking.push(needs);
    else if (outcome.kind === "unavailable") throw new Error(outcome.message);
  }
  if (lacking.length > 0) {
    const message = `the token lacks ${lacking.join(", ")}`;
    return { status: "failed", message, advice: replaceToken(config.tokenSecret, region) };
  }
  return (
    (await checkAddress(cloudflare, config)) ?? {
      status: "ok",
      message: `the token may change account ${config.accountId}`,
    }
  );
}

/**
 * Each permission, and what became of two calls that need it: one that reads, and one that writes and can change nothing, as
 * it deletes what is not there. A token for reading alone fails the second.
 */
async function tryPermissions(
  { workers, r2 }: Cloudflare,
  { accountId, route }: CloudflareConfig,
): Promise<[Permission, Outcome<unknown>][]> {
  const account = { account_id: accountId };
  const zone = route && { zone_id: route.zoneId };
  const calls: [Permission, string, () => Promise<unknown>][] = [
    [SCRIPTS, "list the Workers", () => workers.scripts.list(account)],
    [SCRIPTS, "delete a Worker", () => workers.scripts.delete(PROBE, account)],
    [R2, "list the R2 buckets", () => r2.buckets.list(account)],
    [R2, "delete an R2 bucket", () => r2.buckets.delete(PROBE, account)],
  ];
  if (zone) {
    calls.push([ROUTES, "list the routes", async () => workers.routes.list(zone)]);
    calls.push([ROUTES, "delete a route", () => workers.routes.delete(NO_ROUTE, zone)]);
  }
  const tried: [Permission, Outcome<unknown>][] = [];
  for (const [needs, call, ask] of calls) tried.push([needs, await attempt(call, needs, ask())]);
  // a permission that fails twice is named once
  return tried.filter(
    ([needs, { kind }], index) =>
      kind !== "permission" ||
      tried.findIndex(([other, outcome]) => other === needs && outcome.kind === kind) === index,
  );
}

/** Whether an address is there to answer at. */
async function checkAddress(
  cloudflare: Cloudflare,
  { accountId, route, workersDevName }: CloudflareConfig,
): Promise<Verdict | null> {
  if (route || workersDevName !== undefined) return null;
  const answer = cloudflare.workers.subdomains.get({ account_id: accountId });
  const { result, kind } = await attempt("find the workers.dev name", SCRIPTS, answer);
  if (result?.subdomain || (kind !== undefined && kind !== "not found")) return null;
  return {
    status: "failed",
    message: `account ${accountId} has no name on workers.dev yet`,
    advice:
      'choose its only one: "workersDevName" under cloudflare in cdk.json, or Workers & Pages in the dashboard; or give a route',
  };
}

function keepToken(words: string, name: string, region: string): string {
  const [verb, option] = words.split(" ") as [string, string];
  return `${NEW_TOKEN}, then: read -rs TOKEN && aws secretsmanager ${verb} --region ${region} ${option} ${name} --secret-string "$TOKEN"`;
}

function replaceToken(name: string, region: string): string {
  return keepToken("put-secret-value --secret-id", name, region);
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
