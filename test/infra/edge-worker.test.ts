// The edge's function: a Worker that is made, and what is uploaded of it.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readForm } from "../../infra/edge-worker/upload.ts";
import { writeWorkerForm } from "../../infra/worker-upload.ts";
import { parseConfig } from "../../config/project.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { ACCOUNT, BUCKET_TOKEN, BUCKET_TOKEN_ID, TOKEN, TOKEN_ID } from "../fakes/cloud-server.ts";
import {
  BUCKET,
  cloud,
  create,
  failure,
  folder,
  FOREIGN,
  ID,
  NAME,
  printed,
  ROUTED,
  startClouds,
  PROPERTIES,
  worker,
} from "./edge-events.ts";

startClouds();

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

  it("is bound to this deployment's bucket, and has its variables", async () => {
    const { cloudflare } = parseConfig(SAMPLE);
    const placed = { ...cloudflare!, jurisdiction: "eu", locationHint: "weur", sessionsPerDay: 7 } as const; // prettier-ignore
    const textsOf = async (config: typeof placed | typeof cloudflare) => {
      const path = await writeWorkerForm(worker, config!, folder);
      const { bindings } = (await readForm(new Uint8Array(await readFile(path)))).metadata;
      const of = (name: string) => bindings.find((binding) => binding.name === name)!;
      expect(of("MODELS")["bucket_name"]).toBe("our-models");
      expect(of("CORS_ORIGINS")["text"]).toBe("*");
      return ["JURISDICTION", "LOCATION_HINT", "SESSIONS_PER_DAY"].map((name) => of(name)["text"]);
    };
    expect(await textsOf(placed)).toEqual(["eu", "weur", "7"]);
    expect(await textsOf(cloudflare)).toEqual(["", "", "100000"]);
  });

  it("has the Durable Objects, the bucket and the compiled kernels", async () => {
    await create();
    const { metadata, modules } = cloud.workers.get(NAME)!;
    const stored = { type: "durable-object", storage: "sqlite" };
    expect(metadata.exports).toEqual({ Session: stored, Profile: stored, SessionQuota: stored, Feedback: stored }); // prettier-ignore
    for (const [name, class_name] of [["SESSIONS", "Session"], ["PROFILES", "Profile"], ["SESSION_QUOTAS", "SessionQuota"], ["FEEDBACK", "Feedback"]])
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
