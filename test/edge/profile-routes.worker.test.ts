// Whose a profile is, what its routes refuse, and how large it gets.

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { placeOf } from "../../edge/placement.ts";
import { end, offered, storedOf, type } from "./profile-support.ts";
import { call, callerOf, createSession, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const sha256 = async (key: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))).toHex();
const DAY = "2026-11-25";
const profileOf = (...phrases: [string, number][]) => ({
  format: 1,
  days: [{ day: DAY, phrases: phrases.map(([words, count]) => ({ words, count })), rejected: [] }],
});

describe("a profile of one owner", () => {
  it("is reachable for no other, by any route", async () => {
    const hashes = await Promise.all(["a", "b"].map(sha256));
    const API_KEY_HASHES = `alice:${hashes[0]} bob:${hashes[1]}`;
    const [alice, bob] = ["a", "b"].map((key) => callerOf({ API_KEY_HASHES }, { authorization: `Bearer ${key}` })); // prettier-ignore
    const text = "the Zyxquor is great. ";
    const { body: session } = await alice!("POST", "/v1/sessions", { user: "anna", text });
    await alice!("DELETE", `/v1/sessions/${session.id}`);
    const kept = await storedOf("anna", "alice");
    expect(kept).toContain("profile");
    const nothing = { words: [], days: [], rejected: [], bytes: 0 };
    expect((await bob!("GET", "/v1/profiles/anna")).body).toMatchObject(nothing);
    expect((await bob!("GET", "/v1/profiles/anna/export")).body.days).toEqual([]);
    await bob!("PUT", "/v1/profiles/anna", profileOf(["the Kowalski", 2]));
    await bob!("DELETE", "/v1/profiles/anna");
    for (const user of ["anna", "alice", 'anna"],["alice', "null"]) {
      const { body } = await bob!("POST", "/v1/predict", { text: "Zyx", user: user.replace(/\W+/g, ".") }); // prettier-ignore
      expect(JSON.stringify(body)).not.toContain("Zyxquor");
    }
    expect(await storedOf("anna", "alice")).toBe(kept);
    expect((await call("GET", "/v1/profiles/anna")).body).toMatchObject(nothing);
    expect((await alice!("POST", "/v1/predict", { text: "Zyx", user: "anna" })).body.predictions[0].word).toBe("Zyxquor"); // prettier-ignore
  });

  it("is read and written by its sessions where the key is for predictions alone, and not shown", async () => {
    const API_KEY_HASHES = `page:${await sha256("p")};scope=predict`;
    const page = callerOf({ API_KEY_HASHES }, { authorization: "Bearer p" });
    const text = "the Zyxquor is great. ";
    const { body: session } = await page("POST", "/v1/sessions", { user: "anna", text });
    await page("DELETE", `/v1/sessions/${session.id}`);
    const { body } = await page("POST", "/v1/predict", { text: "Zyx", user: "anna" });
    expect(body.predictions[0].word).toBe("Zyxquor");
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/export"],
      ["PUT", ""],
      ["DELETE", ""],
    ] as const) {
      const refused = await page(method, `/v1/profiles/anna${path}`, method === "PUT" ? profileOf() : undefined); // prettier-ignore
      expect([refused.status, refused.body.error.code]).toEqual([403, "key_not_allowed"]);
    }
  });
});

describe("what is refused", () => {
  const refusals: [string, string, unknown, number, string][] = [
    ["GET", "/v1/profiles/an%20na", undefined, 400, "user"],
    ["GET", `/v1/profiles/${"a".repeat(129)}`, undefined, 400, "user"],
    ["DELETE", "/v1/profiles/anna?word=Zyxquor&from=2026-11-25", undefined, 400, "word"],
    ["DELETE", "/v1/profiles/anna?word=the%20union", undefined, 400, "word"],
    ["DELETE", "/v1/profiles/anna?word=", undefined, 400, "word"],
    ["DELETE", "/v1/profiles/anna?from=2026-11-31", undefined, 400, "from"],
    ["DELETE", "/v1/profiles/anna?from=yesterday", undefined, 400, "from"],
    ["DELETE", "/v1/profiles/anna?from=2026-11-25&to=2026-11-24", undefined, 400, "from"],
    ["DELETE", "/v1/profiles/anna?words=Zyxquor", undefined, 400, "words"],
    ["PUT", "/v1/profiles/anna", { format: 2, days: [] }, 400, "format"],
    ["PUT", "/v1/profiles/anna", profileOf(["the", 0]), 400, "days.0.phrases.0.count"],
    ["PUT", "/v1/profiles/anna", { format: 1, days: [{ day: "2026-13-01", phrases: [], rejected: [] }] }, 400, "days.0.day"], // prettier-ignore
    ["POST", "/v1/predict", { text: "the", user: "" }, 400, "user"],
    ["POST", "/v1/sessions", { user: 7 }, 400, "user"],
  ];
  for (const [method, path, body, status, param] of refusals) {
    it(`${method} ${path.slice(0, 60)} ${JSON.stringify(body ?? "").slice(0, 60)}`, async () => {
      await call("PUT", "/v1/profiles/anna", profileOf(["the Kowalski", 2]));
      const before = await storedOf("anna");
      const answer = await call(method, path, body);
      expect([answer.status, answer.body.error.param]).toEqual([status, param]);
      expect(await storedOf("anna")).toBe(before);
    });
  }
});

describe("the size of a profile", () => {
  /** Sentences of words that no other has. */
  const sentences = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => `word${(from + at).toString(36)}x the ${(from + at).toString(36)}word is. `).join(""); // prettier-ignore

  it("is 64 kB at most, and the latest sentences stay where an older day must go", async () => {
    const old = profileOf(["the Kowalski", 2]);
    old.days[0]!.day = "2026-11-01";
    await call("PUT", "/v1/profiles/anna", old);
    for (let part = 0; part < 4; part++) await type("anna", sentences(part * 2_000, 1_500));
    const { body } = await call("GET", "/v1/profiles/anna");
    expect(body.bytes).toBeLessThanOrEqual(65_536);
    expect(body.bytes).toBeGreaterThan(50_000);
    expect(body.days).toHaveLength(1);
    expect(body.days[0]).not.toBe("2026-11-01");
    const exported = (await call("GET", "/v1/profiles/anna/export")).body;
    expect((await call("PUT", "/v1/profiles/bela", exported)).status).toBe(204);
    expect(await storedOf("bela")).toBe(await storedOf("anna"));
    expect((await offered("bela", ["the "]))[0]).toEqual((await offered("anna", ["the "]))[0]);
  });

  it("is not imported beyond that", async () => {
    const long = Array.from({ length: 4_000 }, (_, at) => `${at}a${at}b${at} c${at}`);
    const tooMuch = profileOf(...long.map((words): [string, number] => [words, 1]));
    const { status, body } = await call("PUT", "/v1/profiles/anna", tooMuch);
    expect([status, body.error.code]).toEqual([413, "profile_too_large"]);
  });
});

it("reads an export in any order, as the same profile", async () => {
  const day = (day: string, ...phrases: string[]) => ({
    day,
    phrases: phrases.map((words) => ({ words, count: 1 })),
    rejected: [{ word: "States", count: 1 }],
  });
  const days = [day("2026-11-24", "b a", "a b", "a b"), day("2026-11-25", "c"), day("2026-11-25", "d")]; // prettier-ignore
  await call("PUT", "/v1/profiles/anna", { format: 1, days });
  await call("PUT", "/v1/profiles/bela", { format: 1, days: days.toReversed() });
  expect(await storedOf("bela")).toBe(await storedOf("anna"));
});

it("is described by the OpenAPI document", async () => {
  const { paths } = (await call("GET", "/openapi.json")).body;
  expect(Object.keys(paths["/v1/profiles/{user}"])).toEqual(["get", "put", "delete"]);
  expect(Object.keys(paths["/v1/profiles/{user}/export"])).toEqual(["get"]);
});

it("shows a session's user, and none where there is none", async () => {
  const id = await createSession({ user: "anna" });
  expect((await call("GET", `/v1/sessions/${id}`)).body.user).toBe("anna");
  await end(id);
  expect((await call("GET", `/v1/sessions/${await createSession()}`)).body).not.toHaveProperty("user");
}); // prettier-ignore

it("puts objects where the deployment is configured to have them", () => {
  const asked: string[] = [];
  const inEu = { ...env.PROFILES } as DurableObjectNamespace;
  // workerd has no jurisdictions: what would be asked of the platform
  const namespace = { jurisdiction: (name: string) => (asked.push(name), inEu) };
  const place = placeOf(namespace as unknown as DurableObjectNamespace, { JURISDICTION: "eu", LOCATION_HINT: "weur" }); // prettier-ignore
  expect([place.namespace === inEu, place.options, asked]).toEqual([true, { locationHint: "weur" }, ["eu"]]); // prettier-ignore
  const anywhere = placeOf(env.PROFILES, env);
  expect(anywhere).toEqual({ namespace: env.PROFILES, options: undefined });
});
