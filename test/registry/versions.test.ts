// Against the local R2 and its S3 endpoint, the store that `npm start` publishes to.

import { createHash } from "node:crypto";
import { DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  cardKey,
  currentKey,
  edgeKey,
  masterKey,
  promotionKey,
  promotionsPrefix,
} from "#model/layout";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { LOCAL_BUCKET, localStoreAddress, readStoreAddress } from "#registry/url";
import { listModels, readPointer, writeVersion } from "#registry/versions";
import type { ObjectStore } from "#registry/object-store";
import { ConflictError } from "#registry/object-store";
import { promoteVersion, readCurrent, rollBack } from "#registry/promotions";
import { makeEdgeStart } from "../edge-start.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { makeTinyModel } from "../tiny-model.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local-secret" };
const master = makeTinyModel();
const tooLarge = makeEdgeStart({ config: { vocabularySize: 500_000, hiddenSize: 1 } }).start;
const files = { master: writeMasterFile(master), edge: writeEdgeFile(master) };

let bucket: LocalBucket;
let store: ObjectStore;
let name: string; // another model for every test, so that none sees another's objects
let count = 0;

beforeAll(async () => {
  bucket = await startLocalBucket();
  store = bucket.store;
}, START_LIMIT_MS);
beforeEach(() => {
  name = `model-${++count}`;
});
afterAll(() => bucket.close());

async function readText(key: string): Promise<string | undefined> {
  const found = await store.get(key);
  return found ? new TextDecoder().decode(found.body) : undefined;
}

/** As an administrator would; the program itself deletes nothing. */
async function remove(key: string): Promise<void> {
  const { endpoint, bucket } = store.location;
  const client = new S3Client({ endpoint, credentials, region: "auto", forcePathStyle: true });
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** A new version, made current. */
async function publishModel(to: ObjectStore, model: string, published = files) {
  const version = await writeVersion(to, model, published);
  return promoteVersion(to, model, version, await readCurrent(to, model));
}

async function promote(version: string) {
  return promoteVersion(store, name, version, await readCurrent(store, name));
}

/** A store whose writes fail from the n-th on, as when the network goes. */
function failingFrom(write: number): ObjectStore {
  let writes = 0;
  return new Proxy(store, {
    get(target, property: keyof ObjectStore) {
      const value = target[property];
      if (typeof value !== "function") return value;
      if (property === "put" && ++writes >= write) return () => Promise.reject(new Error("gone"));
      return value.bind(target);
    },
  });
}

describe("publishing", () => {
  it("writes a version whole, then names it in the pointer and the log", async () => {
    const current = await publishModel(store, name);
    const { version } = current;
    expect(current).toMatchObject({ sequence: 1, bytes: files.edge.length });
    expect(await readPointer(store, name)).toEqual(current);
    expect((await store.get(edgeKey(name, version)))!.body).toEqual(files.edge);
    expect(JSON.parse((await readText(promotionKey(name, 1)))!)).toEqual(current);
  });

  it.each([1, 2, 3, 4])("interrupted at write %i leaves the old version current", async (write) => {
    const old = await publishModel(store, name);
    await expect(publishModel(failingFrom(write), name)).rejects.toThrow("gone");
    expect((await readPointer(store, name))!.version).toBe(old.version);
    expect(
      (await listModels(store)).filter((model) => model.name === name && model.current),
    ).toEqual([expect.objectContaining({ version: old.version })]);
  });

  it.each([
    ["a cut-off edge file", { ...files, edge: files.edge.subarray(0, -1) }, "its header promises"],
    [
      "a cut-off master file",
      { ...files, master: files.master.subarray(0, -4) },
      "its header promises",
    ],
    [
      "the files in each other's place",
      { master: files.edge, edge: files.master },
      "is needed here",
    ],
    ["a model that no isolate has room for", { ...files, edge: tooLarge }, "the model takes"],
  ])("refuses %s before writing anything", async (_, broken, message) => {
    await expect(publishModel(store, name, broken)).rejects.toThrow(message);
    expect(await store.list(`models/${name}/`)).toEqual([]);
  });

  it("makes nothing current by itself", async () => {
    const old = await publishModel(store, name);
    const version = await writeVersion(store, name, files, { corpus: "notes/" });
    expect((await readPointer(store, name))!.version).toBe(old.version);
    expect(JSON.parse((await readText(cardKey(name, version)))!)).toMatchObject({
      version,
      corpus: "notes/",
    });
  });

  it("refuses a name that cannot be a key", async () => {
    await expect(writeVersion(store, "../etc", files)).rejects.toThrow(
      'model name "../etc" must be',
    );
  });
});

describe("promoting", () => {
  it("lets exactly one of two that were decided on the same current version win", async () => {
    const old = await publishModel(store, name);
    const rivals = [await writeVersion(store, name, files), await writeVersion(store, name, files)];
    const since = await readCurrent(store, name);
    const outcomes = await Promise.allSettled(
      rivals.map((version) => promoteVersion(store, name, version, since)),
    );
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(lost[0]!.reason).toBeInstanceOf(ConflictError);
    const winner = rivals[outcomes.findIndex(({ status }) => status === "fulfilled")];
    expect(await readPointer(store, name)).toMatchObject({ version: winner, sequence: 2 });
    // the log has the winner's move and none of the loser's
    expect(await store.list(promotionsPrefix(name))).toHaveLength(2);
    expect(JSON.parse((await readText(promotionKey(name, 2)))!).version).toBe(winner);
    expect(JSON.parse((await readText(promotionKey(name, 1)))!)).toEqual(old);
  });

  it("lets exactly one of two first promotions win", async () => {
    const rivals = [await writeVersion(store, name, files), await writeVersion(store, name, files)];
    const since = await readCurrent(store, name);
    const outcomes = await Promise.allSettled(
      rivals.map((version) => promoteVersion(store, name, version, since)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it.each([
    ["edge", edgeKey],
    ["master", masterKey],
  ] as const)("refuses a version whose %s file was altered", async (file, keyOf) => {
    const old = await publishModel(store, name);
    const version = await writeVersion(store, name, files);
    const altered = files[file].slice();
    altered[altered.length - 40]! ^= 1;
    await store.put(keyOf(name, version), altered);
    await expect(promote(version)).rejects.toThrow("has sha256");
    expect(await readPointer(store, name)).toEqual(old);
  });

  it("refuses a version that was never written whole", async () => {
    await expect(publishModel(failingFrom(3), name)).rejects.toThrow("gone");
    const [half] = await store.list(`models/${name}/versions/`, { folders: true });
    await expect(promote(half!)).rejects.toThrow("is not complete in the store");
    expect(await readText(currentKey(name))).toBeUndefined();
  });

  it("writes into the log what a process that died had not", async () => {
    const first = await publishModel(store, name);
    await expect(publishModel(failingFrom(5), name)).rejects.toThrow("gone");
    const unlogged = await readPointer(store, name);
    expect(unlogged!.sequence).toBe(2);
    expect(await readText(promotionKey(name, 2))).toBeUndefined();
    await publishModel(store, name);
    expect(JSON.parse((await readText(promotionKey(name, 2)))!)).toEqual(unlogged);
    expect(await rollBack(store, name)).toMatchObject({ version: unlogged!.version });
    expect(await rollBack(store, name)).toMatchObject({ version: first.version });
  });

  it("says so when the pointer is damaged, and publishing again mends it", async () => {
    await publishModel(store, name);
    await store.put(currentKey(name), '{"version": 7}');
    await expect(readPointer(store, name)).rejects.toThrow("publish again");
    const { version } = await publishModel(store, name);
    expect(await readPointer(store, name)).toMatchObject({ version, sequence: 2 });
  });
});

describe("rolling back", () => {
  it("goes one version back each time, whatever was rolled back before", async () => {
    const versions: string[] = [];
    for (let count = 0; count < 3; count++) {
      versions.push((await publishModel(store, name)).version);
    }
    const [a, b] = versions;
    expect(await rollBack(store, name)).toMatchObject({ version: b, sequence: 4 });
    const d = await publishModel(store, name);
    expect(d.sequence).toBe(5);
    expect(await rollBack(store, name)).toMatchObject({ version: b, sequence: 6 });
    const last = await rollBack(store, name);
    expect(last).toMatchObject({ version: a, sequence: 7, action: "rollback" });
    expect(await readPointer(store, name)).toEqual(last);
    await expect(rollBack(store, name)).rejects.toThrow("there is no version");
    expect(await readPointer(store, name)).toEqual(last);
  });

  it.each([
    ["edge.safetensors", edgeKey],
    ["master.safetensors", masterKey],
    ["card.json", cardKey],
  ])("refuses a version whose %s was deleted, and changes nothing", async (file, keyOf) => {
    const old = await publishModel(store, name);
    const current = await publishModel(store, name);
    await remove(keyOf(name, old.version));
    await expect(rollBack(store, name)).rejects.toThrow(
      `is not complete in the store: it lacks ${file}`,
    );
    expect(await readPointer(store, name)).toEqual(current);
    expect(await store.list(promotionsPrefix(name))).toHaveLength(2);
  });

  it("refuses a version that was replaced, card and all", async () => {
    const old = await publishModel(store, name);
    const current = await publishModel(store, name);
    const other = writeEdgeFile(makeTinyModel({ seed: 2 }));
    const card = JSON.parse((await readText(cardKey(name, old.version)))!);
    card.files.edge.sha256 = createHash("sha256").update(other).digest("hex");
    await store.put(edgeKey(name, old.version), other);
    await store.put(cardKey(name, old.version), JSON.stringify(card));
    await expect(rollBack(store, name)).rejects.toThrow("is not what was promoted");
    expect(await readPointer(store, name)).toEqual(current);
  });

  it("refuses where nothing was ever current", async () => {
    await expect(rollBack(store, name)).rejects.toThrow("nothing is current");
  });
});

describe("listing", () => {
  it("shows versions newest first and which is current, half-written ones left out", async () => {
    const first = await publishModel(store, name);
    await expect(publishModel(failingFrom(3), name)).rejects.toThrow("gone");
    const listed = (await listModels(store)).filter((model) => model.name === name);
    expect(listed).toEqual([
      {
        name,
        version: first.version,
        current: true,
        createdAt: expect.stringMatching(/^2.*Z$/),
        promotedAt: first.promotedAt,
        metrics: master.metadata.metrics,
      },
    ]);
    expect(JSON.parse((await readText(cardKey(name, first.version)))!).version).toBe(first.version);
  });
});

describe("addresses", () => {
  it.each([
    ["s3://bucket", { bucket: "bucket" }],
    [
      "https://account.r2.example/bucket",
      { bucket: "bucket", endpoint: "https://account.r2.example" },
    ],
    [localStoreAddress(8787), { bucket: LOCAL_BUCKET, credentials }],
  ])("reads %s", (address, location) => {
    expect(readStoreAddress(address)).toMatchObject(location);
  });

  it.each(["bucket", "s3://", "https://host", "s3://bucket/folder", "ftp://host/bucket"])(
    "refuses %j, saying what to write",
    (address) => {
      expect(() => readStoreAddress(address)).toThrow(
        "write s3://BUCKET or https://ENDPOINT/BUCKET",
      );
    },
  );
});
