// Canaries in the local R2, and what is said of two versions' feedback.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addReport } from "#model/feedback";
import type { VersionFeedback } from "#model/feedback";
import { writeEdgeFile } from "#model/edge-file";
import { feedbackKey } from "#model/layout";
import { writeMasterFile } from "#model/master-file";
import { setCanary } from "#registry/canary";
import { compareFeedback, readFeedback } from "#registry/compare-feedback";
import { followCurrent } from "#registry/follow";
import type { ObjectStore } from "#registry/object-store";
import { promoteVersion, readCurrent, rollBack } from "#registry/promotions";
import { readPointer, writeVersion } from "#registry/versions";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { makeTinyModel } from "../tiny-model.ts";

const master = makeTinyModel();
const files = { master: writeMasterFile(master), edge: writeEdgeFile(master) };

let bucket: LocalBucket;
let other: LocalBucket;
let store: ObjectStore;
let name: string;
let count = 0;

beforeAll(async () => {
  [bucket, other] = await Promise.all([startLocalBucket(), startLocalBucket()]);
  store = bucket.store;
}, START_LIMIT_MS);
beforeEach(() => {
  name = `model-${++count}`;
});
afterAll(() => Promise.all([bucket.close(), other.close()]));

const promote = async (version: string) =>
  promoteVersion(store, name, version, await readCurrent(store, name));
const begin = async (version: string, share = 0.1) =>
  setCanary(store, name, { version, share }, await readCurrent(store, name));

describe("a canary", () => {
  it("leaves what is current as it is, and the way back too", async () => {
    const [a, b, c] = [await writeVersion(store, name, files), await writeVersion(store, name, files), await writeVersion(store, name, files)]; // prettier-ignore
    await promote(a);
    const { promotedAt } = await promote(b);
    await begin(c);
    const more = await begin(c, 0.5);
    expect(more).toMatchObject({ version: b, promotedAt, canary: { version: c, share: 0.5 } });
    await setCanary(store, name, null, await readCurrent(store, name));
    expect(await readPointer(store, name)).toMatchObject({ version: b, promotedAt });
    expect((await readPointer(store, name))!.canary).toBeUndefined();
    expect(await rollBack(store, name)).toMatchObject({ version: a });
  });

  it("ends when it is promoted, and going back leads to what was current beside it", async () => {
    const [a, b] = [await writeVersion(store, name, files), await writeVersion(store, name, files)];
    await promote(a);
    await begin(b);
    expect((await promote(b)).canary).toBeUndefined();
    expect(await rollBack(store, name)).toMatchObject({ version: a });
  });

  it("is refused where there is nothing beside it, or it is current", async () => {
    const version = await writeVersion(store, name, files);
    await expect(begin(version)).rejects.toThrow("nothing is current");
    await promote(version);
    await expect(begin(version)).rejects.toThrow("is current already");
    await expect(begin(version, 1)).rejects.toThrow("share");
  });

  it("is followed by the edge's store, when it begins, changes, and ends", async () => {
    const [a, b] = [await writeVersion(store, name, files), await writeVersion(store, name, files)];
    await promote(a);
    for (const share of [0.1, 0.2]) {
      await begin(b, share);
      for (let again = 0; again < 2; again++) {
        const pointer = await followCurrent(store, other.store, name);
        expect(pointer).toMatchObject({ version: a, canary: { version: b, share } });
      }
    }
    await setCanary(store, name, null, await readCurrent(store, name));
    expect((await followCurrent(store, other.store, name))!.canary).toBeUndefined();
  });
});

/** So many reports of so many words shown, of which the share was accepted. */
function feedbackOf(reports: number, shown: number, rates: number[]): VersionFeedback {
  let total: VersionFeedback | undefined;
  for (let at = 0; at < reports; at++) {
    const accepted = Math.round(shown * rates[at % rates.length]!);
    total = addReport(total, { shown, accepted, typedOut: 0, charactersSaved: 0 }, new Date(0));
  }
  return total!;
}

describe("two versions' feedback", () => {
  const compare = (a: VersionFeedback, b: VersionFeedback) =>
    compareFeedback({ a, b }, { current: "a", canary: "b" });

  it("says which is better where the difference is sure", () => {
    const [low, high] = [feedbackOf(100, 20, [0.2]), feedbackOf(100, 20, [0.3])];
    expect(compare(low, high)).toMatchObject({ better: "b" });
    expect(compare(high, low)).toMatchObject({ better: "a" });
    expect(compare(low, high).confidence).toBeGreaterThan(0.999);
  });

  it("says that neither is where there is little or nothing to go by", () => {
    expect(compare(feedbackOf(1, 2, [0]), feedbackOf(1, 2, [1])).better).toBeNull();
    const same = compare(feedbackOf(100, 20, [0.2]), feedbackOf(100, 20, [0.2]));
    expect(same.better).toBeNull();
    expect(same.confidence).toBeCloseTo(0.5, 6);
    expect(compareFeedback({}, { current: "a", canary: "b" }).better).toBeNull();
  });

  it("is less sure where writers differ among each other", () => {
    const [even, uneven] = [[0.3], [0, 0.6]].map((rates) => feedbackOf(40, 20, rates));
    const low = feedbackOf(40, 20, [0.2]);
    expect(compare(low, even!).better).toBe("b");
    expect(compare(low, uneven!).confidence).toBeLessThan(compare(low, even!).confidence);
  });

  it("is read from the store, where there is some", async () => {
    expect(await readFeedback(store, name)).toEqual({ versions: {} });
    const written = { versions: { v: feedbackOf(3, 10, [0.5]) } };
    await store.put(feedbackKey(name), JSON.stringify(written));
    expect(await readFeedback(store, name)).toEqual(written);
    await store.put(feedbackKey(name), `{"versions":{"v":{"shown":-1}}}`);
    await expect(readFeedback(store, name)).rejects.toThrow(feedbackKey(name));
  });
});
