// A version that a share of the sessions is served beside the current one.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { currentKey, decodePointer } from "#model/layout";
import { call, createSession, predict, predictAtOnce, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const SESSIONS = 40;
const text = "the united states";
const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const versionOf = async (id: string) => (await predictIn(id, { text: " a" })).body.version;

beforeEach(async () => {
  await startAfresh();
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function readCurrent() {
  return decodePointer(await (await env.MODELS.get(currentKey("default")))!.text());
}

/** A is current, B a canary. */
async function publishBoth(share: number, damage?: (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) {
  await publish({ version: VERSION_B, model: { spread: 0.5 }, ...(damage && { damage }) });
  const { version, sha256, bytes } = await readCurrent();
  await publish({ version: VERSION_A });
  const startedAt = "2026-11-24T20:00:00.000Z";
  await point({ ...(await readCurrent()), canary: { version, sha256, bytes, share, startedAt } });
} // prettier-ignore

const point = (pointer: object) => env.MODELS.put(currentKey("default"), JSON.stringify(pointer));

const beginSessions = () => Promise.all(Array.from({ length: SESSIONS }, () => createSession()));

describe("a canary", () => {
  it("is served to about its share of the sessions, always to the same ones", async () => {
    await publishBoth(0.5);
    const ids = await beginSessions();
    const before = await Promise.all(ids.map(versionOf));
    const chosen = before.filter((version) => version === VERSION_B).length;
    expect(chosen).toBeGreaterThan(SESSIONS * 0.2);
    expect(chosen).toBeLessThan(SESSIONS * 0.8);
    passSeconds(60);
    expect(await Promise.all(ids.map(versionOf))).toEqual(before);
  });

  it("is not served to calls without a session", async () => {
    await publishBoth(0.99);
    for (const text of ["the", "a", "the united "]) {
      expect((await predict({ text })).body.version).toBe(VERSION_A);
    }
  });

  it("becomes current without a break, or is taken back, and texts are read again", async () => {
    await publishBoth(0.5);
    const ids = await beginSessions();
    for (const id of ids) await predictIn(id, { text });
    const { canary, ...pointer } = await readCurrent();
    for (const next of [{ ...pointer, ...canary, sequence: 2 }, pointer]) {
      await point(next);
      passSeconds(30);
      const expected = (await predictAtOnce({ text })).body;
      expect(expected.version).toBe(next.version);
      for (const id of ids) {
        expect((await predictIn(id, { at: 0, text })).body).toEqual({ ...expected });
      }
    }
  });

  it("that does not load is served to nobody, and /health says so", async () => {
    await publishBoth(0.99, (file) => file.fill(7, file.length - 9));
    const versions = await Promise.all((await beginSessions()).map(versionOf));
    expect(new Set(versions)).toEqual(new Set([VERSION_A]));
    const { status, error } = (await call("GET", "/health")).body;
    expect(status).toBe("degraded");
    expect(error).toContain(VERSION_B);
  });

  it("that is not described as it should be is passed over", async () => {
    await publishBoth(0.99);
    const { canary, ...pointer } = await readCurrent();
    for (const wrong of [{ ...canary, share: 1.5 }, { ...canary, sha256: "x" }, 7, null]) {
      await point({ ...pointer, canary: wrong });
      passSeconds(30);
      expect(await versionOf(await createSession())).toBe(VERSION_A);
    }
  });
});
