import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readForm, writeForm } from "../../infra/edge-worker/upload.ts";
import type { WorkerForm } from "../../infra/edge-worker/upload.ts";
import { handle } from "../../infra/edge-worker/handler.ts";
import type { EdgeEvent, EdgeProperties } from "../../infra/edge-worker/handler.ts";
import { readBundle, runWrangler, writeWorkerForm } from "../../infra/worker-upload.ts";
import { parseConfig } from "../../config/project.ts";
import { SAMPLE } from "../config/sample-config.ts";
import {
  ACCOUNT,
  BUCKET_TOKEN,
  BUCKET_TOKEN_ID,
  CloudServer,
  TOKEN,
  TOKEN_ID,
  ZONE,
} from "../fakes/cloud-server.ts";

const NAME = "afterword";
const BUCKET = "afterword-models";
const ID = `${ACCOUNT}/${NAME}`;
const FOREIGN = { metadata: { main_module: "a.js", bindings: [] }, modules: new Map(), isOnWorkersDev: true }; // prettier-ignore
const UPLOAD = `PUT /accounts/${ACCOUNT}/workers/scripts/${NAME}?excludeScript=true&bindings_inherit=strict`;

const PROPERTIES: EdgeProperties = {
  accountId: ACCOUNT,
  workerName: NAME,
  bucketName: BUCKET,
  tokenSecret: "token",
  edgeSecret: "edge",
  code: { bucket: "assets", key: "first.form" },
  apiKeyHashes: [],
};
const CHANGED: EdgeProperties = { ...PROPERTIES, code: { bucket: "assets", key: "second.form" } };
const ROUTED: EdgeProperties = {
  ...PROPERTIES,
  route: { zoneId: ZONE, pattern: "predict.example.com/*" },
};

let folder: string;
let worker: WorkerForm;
let cloud: CloudServer;
let api: string;
let printed: string;

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

function create(properties = PROPERTIES) {
  return run({ RequestType: "Create", ResourceProperties: properties });
}

function update(from: EdgeProperties, to: EdgeProperties) {
  return run({
    RequestType: "Update",
    PhysicalResourceId: ID,
    ResourceProperties: to,
    OldResourceProperties: from,
  });
}

function remove(properties = PROPERTIES) {
  return run({ RequestType: "Delete", PhysicalResourceId: ID, ResourceProperties: properties });
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as Error,
  );
  return error.message;
}

const mainModule = () => cloud.workers.get(NAME)!.modules.get("worker.js")!.content.toString();
const uploads = () => cloud.requests.filter((request) => request === UPLOAD).length;

describe("create", () => {
  it("makes the bucket, uploads the Worker and answers on workers.dev", async () => {
    expect(await create()).toEqual({
      PhysicalResourceId: ID,
      Data: { Url: "https://afterword.example.workers.dev", Notes: "none" },
    });
    expect([...cloud.buckets]).toEqual([BUCKET]);
    expect(cloud.workers.get(NAME)!.isOnWorkersDev).toBe(true);
  });

  it("takes the workers.dev name that was chosen for an account that has none", async () => {
    cloud.subdomain = null;
    const { Data } = await create({ ...PROPERTIES, workersDevName: "our-words" });
    expect(cloud.subdomain).toBe("our-words");
    expect(Data!.Url).toBe("https://afterword.our-words.workers.dev");
  });

  it("takes no workers.dev name unasked, and leaves a name that the account has", async () => {
    cloud.subdomain = null;
    expect(await failure(create())).toContain("choose its only one as cloudflare.workersDevName");
    expect(cloud.subdomain).toBeNull();
    cloud.subdomain = "example";
    const { Data } = await create({ ...PROPERTIES, workersDevName: "our-words" });
    expect(Data!.Url).toBe("https://afterword.example.workers.dev");
  });

  it("waits for a right that AWS has granted and not yet told everywhere", async () => {
    cloud.denied = 3;
    await create();
    expect(cloud.workers.has(NAME)).toBe(true);
  });

  it("gives up on a right that is never granted", async () => {
    cloud.denied = Infinity;
    expect(await failure(create())).toContain("not authorized");
  });

  it("takes a bucket, and a route, that a call made whose answer was lost", async () => {
    cloud.lost.add("r2/buckets").add("workers/routes");
    await create(ROUTED);
    expect([...cloud.buckets]).toEqual([BUCKET]);
    expect(cloud.routes).toHaveLength(1);
  });

  it("gives jobs the keys of a token for the bucket alone, where there is one", async () => {
    cloud.secrets.set("bucket-token", BUCKET_TOKEN);
    await create({ ...PROPERTIES, bucketTokenSecret: "bucket-token" });
    expect(JSON.parse(cloud.secrets.get("edge")!)).toMatchObject({
      accessKeyId: BUCKET_TOKEN_ID,
      secretAccessKey: createHash("sha256").update(BUCKET_TOKEN).digest("hex"),
    });
    expect(cloud.workers.has(NAME)).toBe(true); // by the other token
  });

  it("tells what Cloudflare warns of", async () => {
    const note = { class: "Session", message: "it has no code", scenario: "stale_tombstone" };
    cloud.reconciliation = { warnings: [note], info: [] };
    const { Data } = await create();
    const sentence = "Durable Object class Session: it has no code (stale_tombstone)";
    expect(Data!.Notes).toBe(sentence);
    expect(printed).toContain(sentence);
  });

  it("answers at a route, and then not on workers.dev", async () => {
    const { Data } = await create(ROUTED);
    expect(Data!.Url).toBe("https://predict.example.com");
    expect(cloud.routes).toMatchObject([{ pattern: "predict.example.com/*", script: NAME }]);
    expect(cloud.workers.get(NAME)!.isOnWorkersDev).toBe(false);
  });

  it("binds the key that seals states, and the hashes of API keys where there are some", async () => {
    const hash = "0".repeat(64);
    await create({ ...PROPERTIES, apiKeyHashes: [`ann:${hash}`, hash] });
    const secrets = cloud.workers.get(NAME)!.metadata.bindings.filter(({ type }) => type === "secret_text"); // prettier-ignore
    expect(secrets.map(({ name }) => name)).toEqual(["API_KEY_HASHES", "STATE_KEYS"]);
    expect(secrets[0]!.text).toBe(`ann:${hash} ${hash}`);
    expect(Buffer.from(secrets[1]!.text as string, "base64")).toHaveLength(32);
  });

  it("puts the bucket's S3 keys into the secret that the training job reads", async () => {
    await create();
    expect(JSON.parse(cloud.secrets.get("edge")!)).toEqual({
      accessKeyId: TOKEN_ID,
      secretAccessKey: createHash("sha256").update(TOKEN).digest("hex"),
      stateSeed: "seed",
    });
  });

  it("refuses to replace a Worker that is somebody else's", async () => {
    cloud.workers.set(NAME, FOREIGN);
    expect(await failure(create())).toBe(
      `account ${ACCOUNT} has a Worker "afterword" that this stack did not make; choose another cloudflare.workerName, or delete that Worker`,
    );
    expect(cloud.workers.get(NAME)).toBe(FOREIGN);
  });

  it("leaves no Worker behind where a later step fails", async () => {
    cloud.addressError = { code: 10099, message: "no addresses today" };
    expect(await failure(create())).toContain("no addresses today (10099)");
    expect(cloud.workers.size).toBe(0);
  });

  it("tries again while Cloudflare is busy", async () => {
    cloud.busy = 2;
    await create();
    expect(cloud.workers.has(NAME)).toBe(true);
  });
});

describe("what is uploaded", () => {
  it("is what wrangler would upload: modules byte for byte, bindings, classes and settings", async () => {
    await create();
    const { metadata, modules } = cloud.workers.get(NAME)!;
    const written = await readdir(join(folder, "modules"));
    const names = written.filter((name) => !/\.map$|^README/.test(name));
    const maps = [...modules.keys()].filter((name) => name.endsWith(".map"));
    expect(maps).toEqual(["worker.js.map"]);
    expect(modules.get(maps[0]!)!.content.toString()).not.toContain(process.cwd());
    modules.delete(maps[0]!);
    // wrangler imports all but the main module by a relative path, which is then their name
    const imported = (name: string) => (name === metadata.main_module ? name : `./${name}`);
    expect([...modules.keys()].toSorted()).toEqual(names.map(imported).toSorted());
    for (const name of names) {
      const content = await readFile(join(folder, "modules", name));
      expect(modules.get(imported(name))!.content.equals(content), name).toBe(true);
    }
    const dryRun = await readForm(new Uint8Array(await readFile(join(folder, "form"))));
    const bindings = metadata.bindings.filter(({ type }) => type !== "secret_text");
    expect({ ...metadata, bindings, tags: [] }).toEqual({
      ...dryRun.metadata,
      keep_bindings: [],
      tags: [],
    });
    for (const [name, { type }] of modules) {
      expect(type).toBe(dryRun.modules.find((module) => module.name === name)!.type);
    }
  });

  it("is bound to this deployment's bucket, and to where its objects are to be", async () => {
    const { cloudflare } = parseConfig(SAMPLE);
    const placed = { ...cloudflare!, jurisdiction: "eu", locationHint: "weur" } as const;
    const textsOf = async (config: typeof placed | typeof cloudflare) => {
      const path = await writeWorkerForm(worker, config!, folder);
      const { bindings } = (await readForm(new Uint8Array(await readFile(path)))).metadata;
      const of = (name: string) => bindings.find((binding) => binding.name === name)!;
      expect(of("MODELS")["bucket_name"]).toBe("our-models");
      expect(of("CORS_ORIGINS")["text"]).toBe("*");
      return [of("JURISDICTION")["text"], of("LOCATION_HINT")["text"]];
    };
    expect(await textsOf(placed)).toEqual(["eu", "weur"]);
    expect(await textsOf(cloudflare)).toEqual(["", ""]);
  });

  it("has the Durable Objects, the bucket and the compiled kernels", async () => {
    await create();
    const { metadata, modules } = cloud.workers.get(NAME)!;
    const stored = { type: "durable-object", storage: "sqlite" };
    expect(metadata.exports).toEqual({ Session: stored, Profile: stored, Feedback: stored });
    for (const [name, class_name] of [["SESSIONS", "Session"], ["PROFILES", "Profile"], ["FEEDBACK", "Feedback"]])
      expect(metadata.bindings).toContainEqual({ type: "durable_object_namespace", name, class_name }); // prettier-ignore
    expect(metadata.bindings).toContainEqual({
      type: "r2_bucket",
      name: "MODELS",
      bucket_name: BUCKET,
    });
    const [, wasm] = [...modules].find(([name]) => name.endsWith("-edge.wasm"))!;
    expect(wasm.type).toBe("application/wasm");
    expect(wasm.content.subarray(0, 4).toString()).toBe("\0asm");
  });
});

describe("update", () => {
  beforeEach(async () => {
    await create();
  });

  it("with unchanged code uploads nothing", async () => {
    await update(PROPERTIES, PROPERTIES);
    expect(uploads()).toBe(1);
    expect(printed).toContain("unchanged, not uploaded");
  });

  it("with changed code uploads it", async () => {
    await update(PROPERTIES, CHANGED);
    expect(uploads()).toBe(2);
    expect(mainModule()).toMatch(/\n\/\/ changed$/);
  });

  it("to another key that seals states keeps the one before, for what it sealed", async () => {
    const keys = () => {
      const { bindings } = cloud.workers.get(NAME)!.metadata;
      return (bindings.find(({ name }) => name === "STATE_KEYS")!.text as string).split(" ");
    };
    const [first] = keys();
    await update(PROPERTIES, { ...PROPERTIES, stateKeyRevision: "2" });
    const [second, before, ...more] = keys();
    expect([before, ...more]).toEqual([first]);
    expect(second).not.toBe(first);
    await update(PROPERTIES, { ...PROPERTIES, stateKeyRevision: "3" });
    expect(keys()[1]).toBe(second);
    for (const key of keys()) expect(Buffer.from(key, "base64")).toHaveLength(32);
  });

  it("with other API keys uploads the Worker again, with those alone", async () => {
    const [one, other] = ["1".repeat(64), "2".repeat(64)];
    await update(PROPERTIES, { ...PROPERTIES, apiKeyHashes: [one] });
    await update(PROPERTIES, { ...PROPERTIES, apiKeyHashes: [other] });
    const { bindings, keep_bindings } = cloud.workers.get(NAME)!.metadata;
    expect(bindings.find(({ name }) => name === "API_KEY_HASHES")!.text).toBe(other);
    expect(keep_bindings).toEqual([]);
  });

  it("that fails leaves the old Worker, and rolling it back uploads nothing", async () => {
    const before = mainModule();
    cloud.uploadError = { code: 10021, message: "Uncaught SyntaxError: Unexpected token" };
    expect(await failure(update(PROPERTIES, CHANGED))).toContain(
      "Uncaught SyntaxError: Unexpected token (10021)",
    );
    expect(mainModule()).toBe(before);
    const attempts = uploads();
    await update(CHANGED, PROPERTIES); // CloudFormation goes back, while uploads still fail
    expect(uploads()).toBe(attempts);
    expect(mainModule()).toBe(before);
  });

  it("that fails after the upload is rolled back to the old Worker", async () => {
    const before = mainModule();
    cloud.addressError = { code: 10099, message: "no addresses today" };
    await failure(update(PROPERTIES, CHANGED));
    cloud.addressError = null;
    await update(CHANGED, PROPERTIES);
    expect(mainModule()).toBe(before);
  });

  it("from a route to workers.dev takes the route away", async () => {
    await update(PROPERTIES, ROUTED);
    expect(cloud.routes).toHaveLength(1);
    await update(ROUTED, PROPERTIES);
    expect(cloud.routes).toEqual([]);
    expect(cloud.workers.get(NAME)!.isOnWorkersDev).toBe(true);
  });

  it("never takes a route from another Worker", async () => {
    cloud.routes.push({ id: "theirs", pattern: ROUTED.route!.pattern, script: "other" });
    expect(await failure(update(PROPERTIES, ROUTED))).toContain('leads to Worker "other"');
    expect(cloud.routes).toMatchObject([{ script: "other" }]);
  });

  it("to another name makes a second Worker, which CloudFormation takes the place of the first", async () => {
    const { PhysicalResourceId } = await update(PROPERTIES, { ...PROPERTIES, workerName: "other" });
    expect(PhysicalResourceId).toBe(`${ACCOUNT}/other`);
    await remove();
    expect([...cloud.workers.keys()]).toEqual(["other"]);
  });

  it("replaces what wrangler deployed by hand meanwhile", async () => {
    cloud.workers.set(NAME, FOREIGN);
    await update(PROPERTIES, PROPERTIES);
    expect(mainModule()).toContain("Session");
  });
});

describe("a token", () => {
  it.each([
    ["scripts", "Account · Workers Scripts · Edit"],
    ["r2", "Account · Workers R2 Storage · Edit"],
    ["routes", "Zone · Workers Routes · Edit"],
  ] as const)(
    "without the scope for %s is told which permission is missing",
    async (scope, name) => {
      cloud.scopes.delete(scope);
      expect(await failure(create(ROUTED))).toContain(
        `the Cloudflare token lacks the permission "${name}"; add it in the dashboard, then deploy again`,
      );
      expect(cloud.workers.size).toBe(0);
    },
  );

  it("that Cloudflare does not know is told so", async () => {
    cloud.secrets.set("token", "another-token-0123456789");
    expect(await failure(create())).toContain("Cloudflare does not know the API token");
  });

  it("that is not in Secrets Manager is told how to put it there", async () => {
    cloud.secrets.delete("token");
    expect(await failure(create())).toContain(
      'Secrets Manager has no secret "token"; make it: aws secretsmanager create-secret --name token',
    );
  });

  it("that is no token is told how to store one", async () => {
    cloud.secrets.set("token", '{"token":"x"}');
    expect(await failure(create())).toContain("store the token alone: aws secretsmanager");
  });

  it("is printed nowhere, nor is what follows from it", async () => {
    await create();
    cloud.scopes.delete("scripts");
    const message = await failure(update(PROPERTIES, CHANGED));
    const { secretAccessKey } = JSON.parse(cloud.secrets.get("edge")!) as Record<string, string>;
    for (const secret of [TOKEN, secretAccessKey!, "seed"]) {
      expect(printed + message).not.toContain(secret);
    }
    expect(printed).not.toBe("");
  });
});

describe("delete", () => {
  it("removes the Worker and its route, keeps the bucket, and says so", async () => {
    await create(ROUTED);
    await remove(ROUTED);
    expect(cloud.workers.size).toBe(0);
    expect(cloud.routes).toEqual([]);
    expect([...cloud.buckets]).toEqual([BUCKET]);
    expect(printed).toContain(`R2 bucket "${BUCKET}" is kept with its models`);
  });

  it("of what is gone already succeeds", async () => {
    await create();
    await remove();
    await remove();
    expect(printed).toContain('there was no Worker "afterword"');
  });

  it.each<[string, () => void]>([
    ["whose secret is gone", () => cloud.secrets.delete("token")],
    ["that is no token any more", () => cloud.secrets.set("token", "gone")],
    ["that was revoked", () => cloud.secrets.set("token", "revoked-token-0123456789")],
    ["that lost its permissions", () => cloud.scopes.clear()],
  ])("with a token %s ends, and tells what stays on Cloudflare", async (_, takeAway) => {
    await create();
    takeAway();
    printed = "";
    await remove();
    expect(printed).toContain(`Worker "${NAME}" and R2 bucket "${BUCKET}"`);
    expect(printed).toContain("stay; delete them in Cloudflare's dashboard");
    expect(printed).not.toContain("deploy again");
    expect(cloud.workers.has(NAME)).toBe(true);
  });

  it("fails while Cloudflare fails, so that it can be tried again", async () => {
    await create();
    cloud.busy = 3;
    expect(await failure(remove())).toContain("Cloudflare is busy or failing");
    await remove();
    expect(cloud.workers.size).toBe(0);
  });

  it("leaves a Worker that is not this stack's", async () => {
    cloud.workers.set(NAME, FOREIGN);
    await remove();
    expect(cloud.workers.get(NAME)).toBe(FOREIGN);
  });
});
