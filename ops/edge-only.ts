// ops/edge-only: the edge without AWS: wrangler makes the bucket and deploys the Worker, with what cdk.json says of them. The
// token is the environment's CLOUDFLARE_API_TOKEN, or wrangler's own login. Models are published to the bucket by hand, or
// from a machine of one's own (examples/github-actions).

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { CloudflareConfig } from "#config/project";
import { workerVariables } from "#config/worker-variables";
import { findWrangler, QUIET_WRANGLER } from "#config/wrangler";

const EDGE_FOLDER = fileURLToPath(new URL("../edge", import.meta.url));
/** Beside the file that it is made of, as its paths are relative; it is there only while wrangler runs. */
const GENERATED = "wrangler.deploy.jsonc";
const KEYS = "API_KEY_HASHES";
const KEY_BYTES = 32;

export interface WranglerRun {
  status: number;
  stdout: string; // its answer
  stderr: string; // warnings, in colour, and why it failed
}

/** Runs `wrangler WORDS…` with something on its stdin; what it prints goes to stderr too. */
export type RunWrangler = (words: string[], input?: string) => Promise<WranglerRun>;

/** @param accountId whose account it acts in */
export function wranglerFor(accountId: string): RunWrangler {
  return async (words, input = "") => {
    const child = spawn(process.execPath, [findWrangler(), ...words], {
      env: { ...process.env, ...QUIET_WRANGLER, CLOUDFLARE_ACCOUNT_ID: accountId },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        printed[stream] += chunk.toString();
        process.stderr.write(chunk);
      });
    }
    child.stdin.end(input);
    const [status] = (await once(child, "close")) as [number | null];
    return { status: status ?? 1, ...printed };
  };
}

/** wrangler's configuration of the Worker, with the names of this deployment. */
export function edgeConfig(wranglerJsonc: string, config: CloudflareConfig): string {
  const { workerName, bucketName, accountId, route } = config;
  const address = route
    ? { routes: [{ pattern: route.pattern, zone_id: route.zoneId }], workers_dev: false }
    : { workers_dev: true };
  const more = JSON.stringify({ account_id: accountId, preview_urls: false, ...address }).slice(1, -1); // prettier-ignore
  let named = wranglerJsonc
    .replace(/"name": "[^"]*",/, `"name": ${JSON.stringify(workerName)}, ${more},`)
    .replace(/"bucket_name": "[^"]*"/, `"bucket_name": ${JSON.stringify(bucketName)}`);
  for (const [name, text] of workerVariables(config)) {
    named = named.replace(new RegExp(`"${name}": "[^"]*"`), `"${name}": ${JSON.stringify(text)}`);
  }
  if (!named.includes(more) || !named.includes(`"bucket_name": "${bucketName}"`)) {
    throw new Error("edge/wrangler.jsonc names no Worker or no bucket; restore the project's own");
  }
  return named;
}

/**
 * Makes the bucket where it is not there yet, and deploys the Worker together with its secrets, so that no moment exists in
 * which it answers without them: the hashes of API keys as configured, and once a key that seals states.
 * @returns where the Worker answers, if wrangler tells
 */
export async function deployEdge(
  config: CloudflareConfig,
  runWrangler: RunWrangler,
): Promise<string | undefined> {
  const path = join(EDGE_FOLDER, GENERATED);
  const folder = await mkdtemp(join(tmpdir(), "edge-")); // which nobody else may read
  await mkdir(EDGE_FOLDER, { recursive: true });
  await writeFile(path, edgeConfig(await readFile(join(EDGE_FOLDER, "wrangler.jsonc"), "utf8"), config)); // prettier-ignore
  try {
    const made = await runWrangler(["r2", "bucket", "create", config.bucketName]);
    const isThere = /already exists|10004/.test(made.stdout + made.stderr);
    if (made.status !== 0 && !isThere) throw failure("r2 bucket create", made);
    const before = await listSecrets(path, runWrangler);
    const secrets = join(folder, "secrets.json");
    await writeFile(secrets, JSON.stringify(secretsOf(config, before)));
    const deployed = await runWrangler(["deploy", "--config", path, "--secrets-file", secrets]);
    if (deployed.status !== 0) throw failure("deploy", deployed);
    if (config.apiKeyHashes.length === 0 && before.has(KEYS)) {
      const deleted = await runWrangler(["secret", "delete", KEYS, "--config", path], "y\n");
      if (deleted.status !== 0) throw failure("secret delete", deleted);
    }
    return /https:\/\/\S+\.workers\.dev/.exec(deployed.stdout)?.[0] ?? routeUrl(config);
  } finally {
    await rm(path, { force: true });
    await rm(folder, { recursive: true });
  }
}

/** What is set with the upload; a secret that the Worker has and that is not among these stays. */
function secretsOf({ apiKeyHashes }: CloudflareConfig, before: Set<string>) {
  return {
    // an empty list would be an edge that is open to all: the Worker reads an absent secret so
    ...(apiKeyHashes.length > 0 && { [KEYS]: apiKeyHashes.join(" ") }),
    // another would close what it sealed before
    ...(!before.has("STATE_KEYS") && { STATE_KEYS: randomBytes(KEY_BYTES).toString("base64") }),
  };
}

/** The names of the Worker's secrets; none where there is no Worker yet. */
async function listSecrets(path: string, runWrangler: RunWrangler): Promise<Set<string>> {
  const listed = await runWrangler(["secret", "list", "--config", path, "--format", "json"]);
  if (listed.status === 0) return new Set(readNames(listed.stdout));
  if (/Worker "[^"]*" not found/.test(listed.stdout + listed.stderr)) return new Set();
  throw failure("secret list", listed);
}

const secretList = z.array(z.object({ name: z.string() }));

function readNames(stdout: string): string[] {
  const json = /\[[\s\S]*\]/.exec(stdout)?.[0] ?? "[]";
  return secretList.parse(JSON.parse(json)).map(({ name }) => name);
}

function routeUrl({ route }: CloudflareConfig): string | undefined {
  return route && `https://${route.pattern.replace(/^(\*\.|\*)/, "").replace(/\/.*$/, "")}`;
}

function failure(command: string, { status }: WranglerRun): Error {
  return new Error(
    `wrangler ${command} ended with status ${status}; what it printed tells why. It signs in with CLOUDFLARE_API_TOKEN or "npx wrangler login"`,
  );
}
