// infra/edge-worker/worker-deployment: the bucket, the Worker and its address on Cloudflare, made, changed and removed. Each
// step may be repeated, also after an answer that was lost. The Worker carries a tag that says which upload it is: so an
// unchanged one is left alone, a rollback finds the old one still there, and a Worker that is not ours is never touched.

import { createHash } from "node:crypto";
import { R2, ROUTES, SCRIPTS } from "#config/cloudflare";
import { asked, found, RefusedError } from "./cloudflare.ts";
import type { Cloudflare } from "./cloudflare.ts";
import { requestForm, writeForm } from "./upload.ts";
import type { WorkerForm } from "./upload.ts";

const TAG_PREFIX = "afterword-";
const DIGEST_CHARACTERS = 32;

/** Where a Worker is, and where it answers: at a route, else on workers.dev. */
export interface WorkerPlace {
  accountId: string;
  workerName: string;
  bucketName: string;
  route?: { zoneId: string; pattern: string };
  workersDevName?: string; // for an account that has no name on workers.dev yet
}

/** What is uploaded. */
export interface WorkerCode {
  upload: WorkerForm;
  secrets: Record<string, string>; // bound by name; empty ones are not
}

/** What came of an upload. */
export interface DeployedWorker {
  url: string;
  uploaded: boolean;
  warnings: string[]; // of Cloudflare, about the classes of Durable Objects
}

/**
 * Makes the bucket, uploads the Worker where it differs, and gives it its address. A failed upload leaves the old one.
 *
 * @example
 * const code = { upload: await bundleWorker(), secrets: { STATE_KEYS: stateKeysOf(seed, 1) } };
 * const { url } = await deployWorker(cloudflare, place, code, { isNew: true });
 * @throws Error or RefusedError, with what to do
 */
export async function deployWorker(
  cloudflare: Cloudflare,
  place: WorkerPlace,
  code: WorkerCode,
  { isNew }: { isNew: boolean },
): Promise<DeployedWorker> {
  const tag = await tagOf(code);
  const tags = await findTags(cloudflare, place);
  if (tags && isNew && !tags.some(isOurs)) {
    throw new Error(
      `account ${place.accountId} has a Worker "${place.workerName}" that this stack did not make; choose another cloudflare.workerName, or delete that Worker`,
    );
  }
  await makeBucket(cloudflare, place);
  const subdomain = place.route ? null : await makeSubdomain(cloudflare, place);
  const uploaded = !tags?.includes(tag);
  const warnings = uploaded ? await uploadWorker(cloudflare, place, withSecrets(code, tag)) : [];
  try {
    await setAddress(cloudflare, place);
  } catch (error) {
    if (!tags) await deleteScript(cloudflare, place); // CloudFormation deletes nothing that it did not get made
    throw error;
  }
  const url = place.route
    ? `https://${place.route.pattern.replace(/^(\*\.|\*)/, "").replace(/\/.*$/, "")}`
    : `https://${place.workerName}.${subdomain}.workers.dev`;
  return { url, uploaded, warnings };
}

/**
 * Stops serving at an address that a Worker had before.
 *
 * @example
 * await removeRoute(cloudflare, event.OldResourceProperties);
 */
export async function removeRoute(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const route = await findRoute(cloudflare, place);
  if (route?.script !== place.workerName) return;
  const zone = { zone_id: place.route!.zoneId };
  await found("remove the route", ROUTES, cloudflare.workers.routes.delete(route.id, zone));
}

/**
 * Removes the Worker with its sessions, and keeps the bucket with the models; answers what it did.
 *
 * @example
 * await deleteWorker(cloudflare, { accountId, workerName: "afterword", bucketName: "models" });
 */
export async function deleteWorker(cloudflare: Cloudflare, place: WorkerPlace): Promise<string> {
  const kept = `R2 bucket "${place.bucketName}" is kept with its models`;
  const tags = await findTags(cloudflare, place);
  if (!tags) return `there was no Worker "${place.workerName}"; ${kept}`;
  if (!tags.some(isOurs)) return `Worker "${place.workerName}" is not this stack's, and stays; ${kept}`; // prettier-ignore
  await removeRoute(cloudflare, place);
  await deleteScript(cloudflare, place);
  return `Worker "${place.workerName}" is deleted; ${kept}`;
}

/** Names an upload by all that is in it. */
async function tagOf({ upload, secrets }: WorkerCode): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify(secrets))
    .update(await writeForm(upload));
  return TAG_PREFIX + hash.digest("hex").slice(0, DIGEST_CHARACTERS);
}

function isOurs(tag: string): boolean {
  return tag.startsWith(TAG_PREFIX);
}

function withSecrets({ upload, secrets }: WorkerCode, tag: string): WorkerForm {
  const bindings = Object.entries(secrets)
    .filter(([, text]) => text !== "")
    .map(([name, text]) => ({ type: "secret_text", name, text }));
  return {
    modules: upload.modules,
    metadata: {
      ...upload.metadata,
      bindings: [...upload.metadata.bindings, ...bindings],
      keep_bindings: [], // a secret that is not named here is to go
      tags: [tag],
    },
  };
}

/** Uploads the Worker; answers what Cloudflare warns of. */
async function uploadWorker(
  cloudflare: Cloudflare,
  { accountId, workerName }: WorkerPlace,
  upload: WorkerForm,
): Promise<string[]> {
  // the typed call knows neither the order of the parts nor the two query parameters that wrangler sends
  const answer = cloudflare.put<{ result?: UploadResult }>(
    `/accounts/${accountId}/workers/scripts/${workerName}`,
    { body: requestForm(upload), query: { excludeScript: true, bindings_inherit: "strict" } },
  );
  const { result } = await asked("upload the Worker", SCRIPTS, answer);
  const { warnings = [], info = [] } = result?.exports_reconciliation ?? {};
  return [...warnings, ...info].map(
    (note) => `Durable Object class ${note.class}: ${note.message} (${note.scenario})`,
  );
}

interface UploadResult {
  exports_reconciliation?: { warnings?: ReconciliationNote[]; info?: ReconciliationNote[] };
}

interface ReconciliationNote {
  class: string;
  message: string;
  scenario: string;
}

/** Its sessions are Durable Objects of its own: without force Cloudflare would keep the Worker for their sake. */
async function deleteScript(
  { workers }: Cloudflare,
  { accountId, workerName }: WorkerPlace,
): Promise<void> {
  const options = { account_id: accountId, force: true };
  await found("delete the Worker", SCRIPTS, workers.scripts.delete(workerName, options));
}

async function findTags({ workers }: Cloudflare, place: WorkerPlace): Promise<string[] | null> {
  const account = { account_id: place.accountId };
  const settings = await found(
    "read the Worker's settings",
    SCRIPTS,
    workers.scripts.settings.get(place.workerName, account),
  );
  return settings && (settings.tags ?? []);
}

async function makeBucket(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const { bucketName: name } = place;
  const account = { account_id: place.accountId };
  const { buckets } = cloudflare.r2;
  const find = () => found("find the R2 bucket", R2, buckets.get(name, account));
  if (await find()) return;
  try {
    await asked("create the R2 bucket", R2, buckets.create({ ...account, name }));
  } catch (error) {
    // made by a call whose answer was lost
    if (!(error instanceof RefusedError && error.kind === "other" && (await find()))) throw error;
  }
}

/** The account's name on workers.dev. It has one for good, so that it is taken only where somebody asked for it. */
async function makeSubdomain({ workers }: Cloudflare, place: WorkerPlace): Promise<string> {
  const account = { account_id: place.accountId };
  const present = await found("find the workers.dev name", SCRIPTS, workers.subdomains.get(account)); // prettier-ignore
  if (present?.subdomain) return present.subdomain;
  const { workersDevName: subdomain } = place;
  if (subdomain === undefined) {
    throw new Error(
      `account ${place.accountId} has no name on workers.dev yet; choose its only one as cloudflare.workersDevName in cdk.json, or in the dashboard under Workers & Pages, or give cloudflare.route`,
    );
  }
  const update = workers.subdomains.update({ ...account, subdomain });
  await asked(`take the name ${subdomain}.workers.dev`, SCRIPTS, update);
  return subdomain;
}

async function setAddress(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const { route, workerName: script, accountId } = place;
  const address = { account_id: accountId, enabled: !route, previews_enabled: false };
  const { scripts, routes } = cloudflare.workers;
  await asked("set the address", SCRIPTS, scripts.subdomain.create(script, address));
  if (!route) return;
  const present = await findRoute(cloudflare, place);
  if (present?.script === script) return;
  if (present) {
    throw new Error(
      `route ${route.pattern} leads to Worker "${present.script}"; remove it there, or choose another cloudflare.route`,
    );
  }
  const body = { zone_id: route.zoneId, pattern: route.pattern, script };
  try {
    await asked("make the route", ROUTES, routes.create(body));
  } catch (error) {
    // made by a call whose answer was lost
    if ((await findRoute(cloudflare, place))?.script !== script) throw error;
  }
}

async function findRoute({ workers }: Cloudflare, { route }: WorkerPlace) {
  if (!route) return undefined;
  const listed = workers.routes.list({ zone_id: route.zoneId });
  const { result } = await asked("list the zone's routes", ROUTES, listed);
  return result.find(({ pattern }) => pattern === route.pattern);
}
