// test/infra/edge-events: the events that CloudFormation sends to the edge's function, with a server in Cloudflare's and AWS's place.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { writeForm } from "../../infra/edge-worker/upload.ts";
import type { WorkerForm } from "../../infra/edge-worker/upload.ts";
import { handle } from "../../infra/edge-worker/handler.ts";
import type { EdgeEvent, EdgeProperties } from "../../infra/edge-worker/handler.ts";
import { readBundle, runWrangler } from "../../infra/worker-upload.ts";
import { ACCOUNT, CloudServer, TOKEN, ZONE } from "../fakes/cloud-server.ts";

export const NAME = "afterword";
export const BUCKET = "afterword-models";
export const ID = `${ACCOUNT}/${NAME}`;
export const FOREIGN = { metadata: { main_module: "a.js", bindings: [] }, modules: new Map(), isOnWorkersDev: true }; // prettier-ignore
const UPLOAD = `PUT /accounts/${ACCOUNT}/workers/scripts/${NAME}?excludeScript=true&bindings_inherit=strict`;

export const PROPERTIES: EdgeProperties = {
  accountId: ACCOUNT,
  workerName: NAME,
  bucketName: BUCKET,
  tokenSecret: "token",
  edgeSecret: "edge",
  code: { bucket: "assets", key: "first.form" },
  apiKeyHashes: [],
};
export const CHANGED: EdgeProperties = {
  ...PROPERTIES,
  code: { bucket: "assets", key: "second.form" },
};
export const ROUTED: EdgeProperties = {
  ...PROPERTIES,
  route: { zoneId: ZONE, pattern: "predict.example.com/*" },
};

export let folder: string;
export let worker: WorkerForm;
export let cloud: CloudServer;
let api: string;
export let printed: string;

/** Has wrangler bundle the Worker once, and starts a cloud for each test of the file. */
export function startClouds(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wrangler-"));
    worker = await readBundle(runWrangler(folder));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    cloud = new CloudServer();
    const address = await cloud.start();
    api = `${address}/client/v4`;
    vi.stubEnv("AWS_ENDPOINT_URL", address);
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    cloud.secrets.set("token", `${TOKEN}\n`);
    cloud.secrets.set(
      "edge",
      JSON.stringify({ accessKeyId: "", secretAccessKey: "", stateSeed: "seed" }),
    );
    cloud.objects.set("assets/first.form", await writeForm(worker));
    cloud.objects.set("assets/second.form", await writeForm(withComment(worker)));
    printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((chunk) => Boolean((printed += chunk)));
  });

  afterEach(async () => {
    await cloud.stop();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
}

/** What the function prints is collected anew. */
export function forgetPrinted(): void {
  printed = "";
}

/** Another Worker that does the same. */
function withComment({ metadata, modules }: WorkerForm): WorkerForm {
  const changed = modules.map((module) =>
    module.name === metadata.main_module
      ? new File([module, "\n// changed"], module.name, { type: module.type })
      : module,
  );
  return { metadata, modules: changed };
}

function run(event: EdgeEvent) {
  return handle(event, { api, grantPauseMs: 1 });
}

export function create(properties = PROPERTIES) {
  return run({ RequestType: "Create", ResourceProperties: properties });
}

export function update(from: EdgeProperties, to: EdgeProperties) {
  return run({
    RequestType: "Update",
    PhysicalResourceId: ID,
    ResourceProperties: to,
    OldResourceProperties: from,
  });
}

export function remove(properties = PROPERTIES) {
  return run({ RequestType: "Delete", PhysicalResourceId: ID, ResourceProperties: properties });
}

export async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as Error,
  );
  return error.message;
}

export const mainModule = () =>
  cloud.workers.get(NAME)!.modules.get("worker.js")!.content.toString();
export const uploads = () => cloud.requests.filter((request) => request === UPLOAD).length;
