// infra/edge-worker/worker-deployment: the bucket, the Worker and its address on Cloudflare, made, changed and removed. Each
// step may be repeated. The Worker carries a tag that says which upload it is: so an unchanged one is left alone, a rollback
// finds the old one still there, and a Worker that is not ours is never touched.

import { createHash } from "node:crypto";
import type { Cloudflare, Permission } from "./cloudflare.ts";
import { requestForm, writeForm } from "./upload.ts";
import type { WorkerForm } from "./upload.ts";

const TAG_PREFIX = "afterword-";
const DIGEST_CHARACTERS = 32;
const SCRIPTS: Permission = "Account · Workers Scripts · Edit";
const R2: Permission = "Account · Workers R2 Storage · Edit";
const ROUTES: Permission = "Zone · Workers Routes · Edit";

/** Where a Worker is, and where it answers: at a route, else on workers.dev. */
export interface WorkerPlace {
  accountId: string;
  workerName: string;
  bucketName: string;
  route?: { zoneId: string; pattern: string };
}

export interface WorkerCode {
  form: WorkerForm;
  secrets: Record<string, string>; // bound by name; empty ones are not
}

export interface DeployedWorker {
  url: string;
  uploaded: boolean;
}

interface Route {
  id: string;
  pattern: string;
  script?: string;
}

/** Makes the bucket, uploads the Worker where it differs, and gives it its address. A failed upload leaves the old one. */
export async function deployWorker(
  cloudflare: Cloudflare,
  place: WorkerPlace,
  code: WorkerCode,
  { isNew }: { isNew: boolean },
): Promise<DeployedWorker> {
  const tag = await tagOf(code);
  const found = await findTags(cloudflare, place);
  if (found && isNew && !found.some(isOurs)) {
    throw new Error(
      `account ${place.accountId} has a Worker "${place.workerName}" that this stack did not make; choose another cloudflare.workerName, or delete that Worker`,
    );
  }
  await makeBucket(cloudflare, place);
  const subdomain = place.route ? null : await makeSubdomain(cloudflare, place);
  const uploaded = !found?.includes(tag);
  if (uploaded) {
    const form = requestForm(withSecrets(code, tag));
    await cloudflare.call("PUT", `${scriptPath(place)}?excludeScript=true&bindings_inherit=strict`, { needs: SCRIPTS, form }); // prettier-ignore
  }
  try {
    await setAddress(cloudflare, place);
  } catch (error) {
    if (!found) await deleteScript(cloudflare, place); // CloudFormation deletes nothing that it did not get made
    throw error;
  }
  const url = place.route
    ? `https://${place.route.pattern.replace(/^(\*\.|\*)/, "").replace(/\/.*$/, "")}`
    : `https://${place.workerName}.${subdomain}.workers.dev`;
  return { url, uploaded };
}

/** Stops serving at an address that a Worker had before. */
export async function removeRoute(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const route = await findRoute(cloudflare, place);
  if (route?.script !== place.workerName) return;
  await cloudflare.call("DELETE", `${routesPath(place)}/${route.id}`, { needs: ROUTES });
}

/** Removes the Worker with its sessions, and keeps the bucket with the models; answers what it did. */
export async function deleteWorker(cloudflare: Cloudflare, place: WorkerPlace): Promise<string> {
  const kept = `R2 bucket "${place.bucketName}" is kept with its models`;
  const found = await findTags(cloudflare, place);
  if (!found) return `there was no Worker "${place.workerName}"; ${kept}`;
  if (!found.some(isOurs)) return `Worker "${place.workerName}" is not this stack's, and stays; ${kept}`; // prettier-ignore
  await removeRoute(cloudflare, place);
  await deleteScript(cloudflare, place);
  return `Worker "${place.workerName}" is deleted; ${kept}`;
}

/** Names an upload by all that is in it. */
async function tagOf({ form, secrets }: WorkerCode): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify(secrets))
    .update(await writeForm(form));
  return TAG_PREFIX + hash.digest("hex").slice(0, DIGEST_CHARACTERS);
}

function isOurs(tag: string): boolean {
  return tag.startsWith(TAG_PREFIX);
}

function withSecrets({ form, secrets }: WorkerCode, tag: string): WorkerForm {
  const bindings = Object.entries(secrets)
    .filter(([, text]) => text !== "")
    .map(([name, text]) => ({ type: "secret_text", name, text }));
  return {
    modules: form.modules,
    metadata: {
      ...form.metadata,
      bindings: [...form.metadata.bindings, ...bindings],
      keep_bindings: [], // a secret that is not named here is to go
      tags: [tag],
    },
  };
}

/** Its sessions are Durable Objects of its own: without force Cloudflare would keep the Worker for their sake. */
async function deleteScript(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  await cloudflare.call("DELETE", `${scriptPath(place)}?force=true`, { needs: SCRIPTS });
}

async function findTags(cloudflare: Cloudflare, place: WorkerPlace): Promise<string[] | null> {
  const path = `${scriptPath(place)}/script-settings`;
  const settings = await cloudflare.find<{ tags?: string[] | null }>(path, SCRIPTS);
  return settings && (settings.tags ?? []);
}

async function makeBucket(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const buckets = `/accounts/${place.accountId}/r2/buckets`;
  if (await cloudflare.find(`${buckets}/${place.bucketName}`, R2)) return;
  await cloudflare.call("POST", buckets, { needs: R2, json: { name: place.bucketName } });
}

/** The account's name on workers.dev; one is taken where there is none yet. */
async function makeSubdomain(cloudflare: Cloudflare, place: WorkerPlace): Promise<string> {
  const path = `/accounts/${place.accountId}/workers/subdomain`;
  const found = await cloudflare.find<{ subdomain: string }>(path, SCRIPTS);
  if (found?.subdomain) return found.subdomain;
  const subdomain = `afterword-${place.accountId.slice(0, 12)}`; // unique as account ids are
  await cloudflare.call("PUT", path, { needs: SCRIPTS, json: { subdomain } });
  return subdomain;
}

async function setAddress(cloudflare: Cloudflare, place: WorkerPlace): Promise<void> {
  const { route, workerName: script } = place;
  const json = { enabled: !route, previews_enabled: false };
  await cloudflare.call("POST", `${scriptPath(place)}/subdomain`, { needs: SCRIPTS, json });
  if (!route) return;
  const found = await findRoute(cloudflare, place);
  if (found?.script === script) return;
  if (found) {
    throw new Error(
      `route ${route.pattern} leads to Worker "${found.script}"; remove it there, or choose another cloudflare.route`,
    );
  }
  const body = { pattern: route.pattern, script };
  await cloudflare.call("POST", routesPath(place), { needs: ROUTES, json: body });
}

async function findRoute(cloudflare: Cloudflare, place: WorkerPlace): Promise<Route | undefined> {
  if (!place.route) return undefined;
  const routes = await cloudflare.call<Route[]>("GET", routesPath(place), { needs: ROUTES });
  return routes.find(({ pattern }) => pattern === place.route!.pattern);
}

function scriptPath({ accountId, workerName }: WorkerPlace): string {
  return `/accounts/${accountId}/workers/scripts/${workerName}`;
}

function routesPath({ route }: WorkerPlace): string {
  return `/zones/${route!.zoneId}/workers/routes`;
}
