// What a store does on a bad day, and what must come of it.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { currentKey, promotionKey } from "#model/layout";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { followCurrent, proveWritable } from "#registry/follow";
import { ConflictError, ObjectStore, UnavailableError } from "#registry/object-store";
import { promoteVersion, readCurrent, rollBack } from "#registry/promotions";
import { releaseVersion } from "#registry/release";
import { readStoreAddress } from "#registry/url";
import { listModels, readPointer, readVersion, writeVersion } from "#registry/versions";
import { once, startStoreProxy } from "../fakes/store-proxy.ts";
import type { StoreProxy } from "../fakes/store-proxy.ts";
import { pointS3At, START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { makeTinyModel } from "../tiny-model.ts";

const master = makeTinyModel();
const files = { master: writeMasterFile(master), edge: writeEdgeFile(master) };

let bucket: LocalBucket;
let proxy: StoreProxy;
let store: ObjectStore; // through the proxy
let name: string;
let count = 0;
beforeAll(async () => {
  bucket = await startLocalBucket();
  proxy = await startStoreProxy(bucket.address);
  store = new ObjectStore(readStoreAddress(proxy.address));
}, START_LIMIT_MS);
beforeEach(() => {
  proxy.decide = () => "pass";
  name = `trouble-${++count}`;
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await proxy.close();
  await bucket.close();
});

describe("an answer that was lost", () => {
  it.each(["master.safetensors", "edge.safetensors", "card.json"])(
    "to the writing of %s fails no version",
    async (file) => {
      proxy.decide = once("lost", "PUT", file);
      const version = await writeVersion(store, name, files);
      expect((await readVersion(bucket.store, name, version)).edge).toEqual(files.edge);
    },
  );

  it("to the moving of the pointer is a promotion all the same, and is logged", async () => {
    for (const sequence of [1, 2]) {
      const version = await writeVersion(store, name, files);
      proxy.decide = once("lost", "PUT", "current.json");
      const pointer = await promoteVersion(store, name, version, await readCurrent(store, name));
      expect(pointer).toMatchObject({ version, sequence });
      expect(await readPointer(bucket.store, name)).toEqual(pointer);
      const logged = await bucket.store.get(promotionKey(name, sequence));
      expect(JSON.parse(new TextDecoder().decode(logged!.body))).toEqual(pointer);
    }
  });

  it("to the log of promotions, or of a rollback, loses no entry", async () => {
    const [first, second] = [await writeVersion(store, name, files), await writeVersion(store, name, files)]; // prettier-ignore
    for (const version of [first, second]) {
      await promoteVersion(store, name, version!, await readCurrent(store, name));
    }
    proxy.decide = once("lost", "PUT", "00000003.json");
    const keys = await bucket.store.list(`models/${name}/promotions/`);
    const ending = keys.at(-1)!.replace(/2(?=\.json$)/, "3");
    proxy.decide = once("lost", "PUT", ending);
    expect(await rollBack(store, name)).toMatchObject({ version: first, sequence: 3 });
    expect(await bucket.store.get(ending)).not.toBeNull();
  });

  it("never hides a rival: other bytes are a conflict", async () => {
    await bucket.store.put(`${name}/a`, "theirs");
    await expect(store.put(`${name}/a`, "ours", { ifAbsent: true })).rejects.toThrow(ConflictError);
    await store.put(`${name}/a`, "theirs", { ifAbsent: true }); // the same bytes: as if we had
    const { etag } = (await store.get(`${name}/a`))!;
    await bucket.store.put(`${name}/a`, "theirs again");
    const late = store.put(`${name}/a`, "ours", { ifMatch: etag });
    await expect(late).rejects.toThrow("written by somebody else meanwhile");
    const gone = store.put(`${name}/nothing`, "ours", { ifMatch: etag });
    await expect(gone).rejects.toThrow(ConflictError);
  });
});

describe("a store that fails for a while", () => {
  it("is told as such, and is waited for by those who have patience", async () => {
    let failures = 0;
    proxy.decide = () => (failures++ < 5 ? "busy" : "pass");
    await expect(store.put(`${name}/a`, "x")).rejects.toThrow(UnavailableError);
    failures = 0;
    const patient = new ObjectStore(readStoreAddress(proxy.address), { patienceMs: 20_000 });
    await patient.put(`${name}/a`, "x");
    expect((await bucket.store.get(`${name}/a`))!.body.length).toBe(1);
  });

  it("while a model is judged, is no judgement of it", async () => {
    const [old, next] = [await writeVersion(store, name, files), await writeVersion(store, name, files)]; // prettier-ignore
    await promoteVersion(store, name, old!, await readCurrent(store, name));
    proxy.decide = (method, key) =>
      method === "GET" && key.includes(`${old}/edge`) ? "busy" : "pass";
    const release = { name, version: next!, files, corpus: "sotu", threads: 1 };
    await expect(releaseVersion(store, release)).rejects.toThrow(UnavailableError);
    expect((await readPointer(bucket.store, name))!.version).toBe(old);
  });

  it("that cannot be reached is told as such", async () => {
    const credentials = { accessKeyId: "id", secretAccessKey: "key" };
    const location = { ...readStoreAddress("http://127.0.0.1:9/bucket"), credentials };
    const nobody = new ObjectStore(location, { attempts: 1 });
    await expect(nobody.get("a")).rejects.toThrow("cannot reach the store at http://127.0.0.1:9");
    await expect(nobody.get("a")).rejects.toThrow(UnavailableError);
  });
});

describe("a bucket that is missing is told by its name, whatever is asked of it", () => {
  const missing = () =>
    new ObjectStore({ ...readStoreAddress(bucket.address), bucket: "no-such-bucket" });

  it.each<[string, (store: ObjectStore) => Promise<unknown>]>([
    ["get", (store) => store.get("a")],
    ["put", (store) => store.put("a", "b")],
    ["conditional put", (store) => store.put("a", "b", { ifAbsent: true })],
    ["put of what was read", (store) => store.put("a", "b", { ifMatch: '"etag"' })],
    ["delete", (store) => store.delete("a")],
    ["list", (store) => store.list("a")],
    ["models", (store) => listModels(store)],
    ["current", (store) => readCurrent(store, "notes")],
    ["rollback", (store) => rollBack(store, "notes")],
    ["publish", (store) => writeVersion(store, "notes", files)],
    ["proof", (store) => proveWritable(store, "notes-1")],
  ])("%s", async (_, ask) => {
    await expect(ask(missing())).rejects.toThrow('there is no bucket "no-such-bucket"');
  });
});

describe("a store that refuses", () => {
  it("is told with its reason, and with the keys that it takes", async () => {
    proxy.decide = () => "denied";
    await expect(store.get("a")).rejects.toThrow(
      /refuses access to bucket "afterword-models": the key may not do this \(AccessDenied\); check/,
    );
  });

  it("that is AWS's own is opened by more than two keys, in any region", async () => {
    pointS3At({ ...bucket, address: proxy.address });
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_DEFAULT_REGION", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
    const aws = new ObjectStore(readStoreAddress("s3://afterword-models"));
    expect(await aws.get(`${name}/nothing`)).toBeNull();
    proxy.decide = () => "denied";
    await expect(aws.get("a")).rejects.toThrow("sign in (aws sso login), or set AWS_PROFILE");
  });
});

describe("a second store", () => {
  let second: LocalBucket;
  beforeAll(async () => {
    second = await startLocalBucket();
  }, START_LIMIT_MS);
  afterAll(() => second.close());
  const currentOf = async (of: ObjectStore) => (await readPointer(of, name))!.version;

  it("follows the first, forth and back, as often as it is asked", async () => {
    const versions: string[] = [];
    for (let index = 0; index < 2; index++) {
      const version = await writeVersion(store, name, files);
      versions.push(version);
      await promoteVersion(store, name, version, await readCurrent(store, name));
      for (let again = 0; again < 2; again++) await followCurrent(store, second.store, name);
      expect(await currentOf(second.store)).toBe(version);
    }
    await rollBack(store, name);
    await followCurrent(store, second.store, name);
    await followCurrent(store, second.store, name);
    expect(await currentOf(second.store)).toBe(versions[0]);
    expect(await readPointer(second.store, name)).toMatchObject({
      action: "rollback",
      sequence: 3,
    });
  });

  it("is brought in line where it went another way", async () => {
    const version = await writeVersion(store, name, files);
    await promoteVersion(store, name, version, await readCurrent(store, name));
    const stray = await writeVersion(second.store, name, files);
    await promoteVersion(second.store, name, stray, await readCurrent(second.store, name));
    await followCurrent(store, second.store, name);
    expect(await currentOf(second.store)).toBe(version);
    expect(await second.store.get(currentKey(name))).not.toBeNull();
  });

  it("is proved writable without a trace", async () => {
    await proveWritable(second.store, "notes-1");
    expect(await second.store.list("writable/")).toEqual([]);
    proxy.decide = (method) => (method === "PUT" ? "denied" : "pass");
    await expect(proveWritable(store, "notes-1")).rejects.toThrow("refuses access");
  });
});
