// How many sessions may be begun in a day.

import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callerOf, publish, startAfresh, VERSION_A } from "./support.ts";

const NETWORK = "203.0.113.7";
const LIMIT = 3;

const from = (address: string, limit = LIMIT) =>
  callerOf({ SESSIONS_PER_DAY: String(limit) }, { "cf-connecting-ip": address });
const begin = from(NETWORK);
const quota = () => env.SESSION_QUOTAS.get(env.SESSION_QUOTAS.idFromName(NETWORK));
const stored = () =>
  runInDurableObject(quota(), async (_, { storage }) => [...storage.kv.list()].length);

async function useUp(): Promise<void> {
  for (let count = 0; count < LIMIT; count++) {
    expect((await begin("POST", "/v1/sessions", {})).status).toBe(201);
  }
}

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 25, 22) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the quota of sessions", () => {
  it("is one network's, and the answer says when there are more", async () => {
    await useUp();
    const { status, headers, body } = await begin("POST", "/v1/sessions", {});
    expect([status, body.error.code]).toEqual([429, "session_quota_exceeded"]);
    expect(body.error.message).toContain(`${LIMIT} sessions were begun today`);
    expect(Number(headers.get("retry-after"))).toBe(2 * 60 * 60);
    expect((await from("198.51.100.9")("POST", "/v1/sessions", {})).status).toBe(201);
    expect((await from("2001:db8:1:2::3")("POST", "/v1/sessions", {})).status).toBe(201);
  });

  it("leaves the sessions that there are as they are", async () => {
    const { body: session } = await begin("POST", "/v1/sessions", { text: "the " });
    for (let count = 0; count < LIMIT; count++) await begin("POST", "/v1/sessions", {});
    const answer = await begin("POST", `/v1/sessions/${session.id}/predict`, { text: "uni" });
    expect([answer.status, answer.body.position]).toEqual([200, 7]);
  });

  it("outlasts the object's sleep, begins anew with the day, and leaves nothing behind", async () => {
    await useUp();
    await runDurableObjectAlarm(quota());
    await evictDurableObject(quota());
    expect((await begin("POST", "/v1/sessions", {})).status).toBe(429);
    expect(await stored()).toBe(1);
    vi.setSystemTime(Date.UTC(2026, 10, 26, 0, 1));
    await runDurableObjectAlarm(quota());
    expect(await stored()).toBe(0);
    await useUp();
  });

  it("of 0 is none", async () => {
    const any = from(NETWORK, 0);
    for (let count = 0; count < 2 * LIMIT; count++) {
      expect((await any("POST", "/v1/sessions", {})).status).toBe(201);
    }
  });
});
