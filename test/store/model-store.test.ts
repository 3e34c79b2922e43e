// Against the local R2 and its S3 endpoint, the store that `npm start` publishes to.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { cardKey, currentKey, edgeKey, promotionKey } from "#model/layout";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { LOCAL_BUCKET, localStoreAddress, readStoreAddress } from "#store/address";
import { listModels, movePointer, publishModel, readPointer } from "#store/model-store";
import { LostRaceError, ObjectStore } from "#store/object-store";
import { makeTinyModel } from "../tiny-model.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local-secret" };
const master = makeTinyModel();
const files = { master: writeMasterFile(master), edge: writeEdgeFile(master) };

let folder: string;
let harness: ReturnType<typeof createTestHarness>;
let store: ObjectStore;
let name: string; // another model for every test, so that none sees another's objects
let count = 0;

beforeAll(async () => {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_SEND_METRICS = "false";
  folder = await mkdtemp(join(tmpdir(), "store-"));
  const main = join(folder, "worker.js");
  await writeFile(main, "export default { fetch: () => new Response() }");
  const bucket = {
    binding: "MODELS",
    bucket_name: LOCAL_BUCKET,
    local_dev: { experimental_s3_credentials: credentials },
  };
  harness = createTestHarness({
    workers: [
      { config: { name: "store", main, compatibility_date: "2026-11-01", r2_buckets: [bucket] } },
    ],
  });
  const { url } = await harness.listen();
  store = new ObjectStore(readStoreAddress(localStoreAddress(Number(url.port))));
});
beforeEach(() => {
  name = `model-${++count}`;
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

async function readText(key: string): Promise<string | undefined> {
  const found = await store.get(key);
  return found ? new TextDecoder().decode(found.body) : undefined;
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
    const { version, sequence, current } = await publishModel(store, name, files);
    expect(sequence).toBe(1);
    expect(await readPointer(store, name)).toEqual(current);
    expect(current).toMatchObject({ version, bytes: files.edge.length });
    expect((await store.get(edgeKey(name, version)))!.body).toEqual(files.edge);
    expect(JSON.parse((await readText(promotionKey(name, 1)))!)).toEqual(current);
  });

  it.each([1, 2, 3, 4])("interrupted at write %i leaves the old version current", async (write) => {
    const old = await publishModel(store, name, files);
    await expect(publishModel(failingFrom(write), name, files)).rejects.toThrow("gone");
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
  ])("refuses %s before writing anything", async (_, broken, message) => {
    await expect(publishModel(store, name, broken)).rejects.toThrow(message);
    expect(await store.list(`models/${name}/`)).toEqual([]);
  });

  it("refuses a name that cannot be a key", async () => {
    await expect(publishModel(store, "../etc", files)).rejects.toThrow(
      'model name "../etc" must be',
    );
  });
});

describe("moving the pointer", () => {
  it("lets exactly one of two racing publishers win", async () => {
    await publishModel(store, name, files);
    const outcomes = await Promise.allSettled([
      publishModel(store, name, files),
      publishModel(store, name, files),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    // both may also have run one behind the other; never may one overwrite the other unseen
    const pointer = (await readPointer(store, name))!;
    expect(pointer.sequence).toBe(3 - lost.length);
    for (const { reason } of lost) expect(reason).toBeInstanceOf(LostRaceError);
  });

  it("refuses a version whose edge file was altered", async () => {
    const { version } = await publishModel(store, name, files);
    const altered = files.edge.slice();
    altered[altered.length - 40]! ^= 1;
    await store.put(edgeKey(name, version), altered);
    await expect(movePointer(store, name, version)).rejects.toThrow("has sha256");
  });

  it("refuses a version that was never written whole", async () => {
    await expect(publishModel(failingFrom(3), name, files)).rejects.toThrow("gone");
    const [half] = await store.list(`models/${name}/versions/`, { folders: true });
    await expect(movePointer(store, name, half!)).rejects.toThrow("is not whole in the store");
    expect(await readText(currentKey(name))).toBeUndefined();
  });

  it("says so when the pointer is damaged, and publishing again mends it", async () => {
    await publishModel(store, name, files);
    await store.put(currentKey(name), '{"version": 7}');
    await expect(readPointer(store, name)).rejects.toThrow("publish again");
    const { version } = await publishModel(store, name, files);
    expect(await readPointer(store, name)).toMatchObject({ version, sequence: 2 });
  });
});

describe("listing", () => {
  it("shows versions newest first and which is current, half-written ones left out", async () => {
    const first = await publishModel(store, name, files);
    await expect(publishModel(failingFrom(3), name, files)).rejects.toThrow("gone");
    const listed = (await listModels(store)).filter((model) => model.name === name);
    expect(listed).toEqual([
      {
        name,
        version: first.version,
        current: true,
        promotedAt: first.current.promotedAt,
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
