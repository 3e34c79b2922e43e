import { beforeAll, describe, expect, it, vi } from "vitest";
import { call, callerOf, publish, startAfresh, VERSION_A } from "./support.ts";

const [ALICE, ALICE_NEW, BOB] = ["alice-key-1", "alice-key-2", "bob-key"];

let hashes: string;
const as = (key: string, API_KEY_HASHES = hashes) =>
  callerOf({ API_KEY_HASHES }, { authorization: `Bearer ${key}` });

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  const [alice, aliceNew, bob] = await Promise.all([ALICE, ALICE_NEW, BOB].map(sha256));
  hashes = `alice:${alice}, alice:${aliceNew}\n${bob}`;
});

describe("a deployment with keys", () => {
  it("answers each of them, and says in /health that it needs one", async () => {
    for (const key of [ALICE, ALICE_NEW, BOB]) {
      expect((await as(key)("POST", "/v1/predict", { text: "the" })).status).toBe(200);
    }
    const { status, body } = await callerOf({ API_KEY_HASHES: hashes })("GET", "/health");
    expect(status).toBe(200);
    expect(body).toEqual({ status: "ok", access: "key" });
    expect((await as(ALICE)("GET", "/health")).body.models).toHaveLength(1);
    expect((await call("GET", "/health")).body.access).toBe("open");
  });

  it.each([
    ["no key", {}],
    ["a wrong key", { authorization: "Bearer alice-key-3" }],
    ["an empty key", { authorization: "Bearer " }],
    ["another scheme", { authorization: `Basic ${ALICE}` }],
    ["a hash for a key", { authorization: `Bearer ${"0".repeat(64)}` }],
  ])("refuses %s on every route but the public ones", async (_, headers) => {
    const caller = callerOf({ API_KEY_HASHES: hashes }, headers as Record<string, string>);
    for (const [method, path] of [
      ["POST", "/v1/predict"],
      ["POST", "/v1/sessions"],
      ["GET", "/v1/models"],
      ["GET", "/v1/nothing"],
      ["POST", "/tokenize"],
      ["POST", "/tokenize/"],
      ["POST", "/v1/completions/"],
      ["GET", "/tokenizer_info/"],
    ] as const) {
      const { status, headers, body } = await caller(method, path, method === "POST" ? {} : undefined); // prettier-ignore
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toBe("Bearer");
      expect(body.error).toMatchObject({ type: "invalid_request_error", code: "invalid_api_key" });
    }
    expect((await caller("GET", "/openapi.json")).status).toBe(200);
    expect((await caller("GET", "/")).status).toBe(200);
  });

  it("lets nobody reach another's session", async () => {
    const { body } = await as(ALICE)("POST", "/v1/sessions", { text: "our people" });
    const path = `/v1/sessions/${body.id}`;
    for (const stranger of [as(BOB), call]) {
      for (const answer of [
        await stranger("GET", path),
        await stranger("POST", `${path}/predict`, { text: "" }),
        await stranger("DELETE", path),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.body.error.code).toBe("session_not_found");
      }
    }
    const found = await as(ALICE_NEW)("GET", path); // the same owner's other key
    expect(found.body.text).toBe("our people");
  });

  it("is closed, not open, when an entry is no hash", async () => {
    for (const wrong of ["alice:123", `${hashes},x`]) {
      const { status, body } = await as(ALICE, wrong)("POST", "/v1/predict", { text: "the" });
      expect(status).toBe(500);
      expect(body.error.code).toBe("misconfigured");
    }
  });
});

describe("a rate limit", () => {
  const limiterOf = (success: boolean) => {
    const limit = vi.fn<RateLimit["limit"]>(async () => ({ success }));
    return { limit };
  };

  it("is a 429 that says when to go on", async () => {
    const caller = callerOf({ RATE_LIMIT: limiterOf(false) }, { "cf-connecting-ip": "192.0.2.1" });
    const { status, headers, body } = await caller("POST", "/v1/predict", { text: "the" });
    expect(status).toBe(429);
    expect(headers.get("retry-after")).toBe("10");
    expect(body.error.code).toBe("rate_limit_exceeded");
    expect((await caller("GET", "/health")).status).toBe(429);
    expect((await caller("GET", "/openapi.json")).status).toBe(200);
  });

  it("counts by owner where there are keys, by address where there are none", async () => {
    const limiter = limiterOf(true);
    const address = { "cf-connecting-ip": "192.0.2.1" };
    const withKey = { ...address, authorization: `Bearer ${ALICE_NEW}` };
    await callerOf({ RATE_LIMIT: limiter }, address)("GET", "/v1/models");
    await callerOf({ RATE_LIMIT: limiter, API_KEY_HASHES: hashes }, withKey)("GET", "/v1/models");
    expect(limiter.limit.mock.calls).toEqual([[{ key: "192.0.2.1" }], [{ key: "alice" }]]);
  });

  it("counts all addresses of an IPv6 network as one", async () => {
    const limiter = limiterOf(true);
    for (const address of ["2001:db8:0:7::1", "2001:DB8::7:ffff:0:0:9", "2001:0db8:0000:0007:1:2:3:4", "2001:db8:0:8::1"]) {
      await callerOf({ RATE_LIMIT: limiter }, { "cf-connecting-ip": address })("GET", "/v1/models");
    } // prettier-ignore
    const keys = limiter.limit.mock.calls.map(([{ key }]) => key);
    expect(keys).toEqual([...Array(3).fill("2001:db8:0:7::/64"), "2001:db8:0:8::/64"]);
  });

  it("counts refused keys by address", async () => {
    const limiter = limiterOf(true);
    const headers = { "cf-connecting-ip": "192.0.2.1", authorization: "Bearer guess" };
    await callerOf({ RATE_LIMIT: limiter, API_KEY_HASHES: hashes }, headers)("GET", "/v1/models");
    expect(limiter.limit.mock.calls).toEqual([[{ key: "refused 192.0.2.1" }]]);
  });
});

describe("an edge of this machine alone", () => {
  const ask = (headers: Record<string, string>, LOCAL_ONLY = "yes") =>
    callerOf({ LOCAL_ONLY }, headers)("POST", "/v1/predict", { text: "the" });

  it.each(["127.0.0.1:8787", "localhost", "LOCALHOST:9000", "notes.localhost:1", "[::1]:8787", "127.1.2.3"])("answers %s", async (host) => {
    expect((await ask({ host })).status).toBe(200);
  }); // prettier-ignore

  it.each(["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "localhost.evil.example", "xlocalhost", "192.168.0.2:8787", "[::2]"])("refuses %s, a name that leads to it", async (host) => {
    const { status, body } = await ask({ host });
    expect([status, body.error.code]).toEqual([403, "host_not_allowed"]);
    expect((await ask({ host }, "")).status).toBe(200); // a deployed one has any name
  }); // prettier-ignore

  it("lets pages of this machine read answers, and no others", async () => {
    const host = "127.0.0.1:8787";
    const allowed = async (origin: string) =>
      (await ask({ host, origin })).headers.get("access-control-allow-origin");
    for (const origin of ["http://localhost:5173", "http://127.0.0.1:8787", "https://localhost"]) {
      expect(await allowed(origin)).toBe(origin);
    }
    for (const origin of ["https://page.example", "http://localhost.evil.example", "null"]) {
      expect(await allowed(origin)).toBeNull();
    }
  });
});

describe("pages of other origins", () => {
  const allowedOrigin = async (CORS_ORIGINS: string) => {
    const caller = callerOf({ CORS_ORIGINS }, { origin: "https://page.example" });
    return (await caller("GET", "/health")).headers.get("access-control-allow-origin");
  };

  it("may read answers where the configuration says so", async () => {
    expect(await allowedOrigin("*")).toBe("https://page.example");
    expect(await allowedOrigin("https://a.example https://page.example")).toBe(
      "https://page.example",
    );
    expect(await allowedOrigin("https://a.example")).toBeNull();
    expect(await allowedOrigin("")).toBeNull();
  });

  it("may send whatever headers their client adds", async () => {
    const asked = "authorization, x-stainless-os, x-stainless-retry-count";
    const caller = callerOf(
      { API_KEY_HASHES: hashes },
      {
        origin: "https://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": asked,
      },
    );
    const { status, headers } = await caller("OPTIONS", "/v1/completions");
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-headers")?.split(/, ?/)).toEqual(asked.split(", "));
  });
});

describe("what is kept and logged", () => {
  it("is nothing of a text", async () => {
    const logs = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => {}),
    );
    for (const body of [{ text: "secret text" }, { text: 7 }, '{"text": "secret']) {
      const { headers } = await call("POST", "/v1/predict", body);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    for (const log of logs) {
      expect(log.mock.calls.flat().join(" ")).not.toContain("secret");
      log.mockRestore();
    }
  });

  it("is guarded by the headers of the page", async () => {
    const { headers } = await call("GET", "/");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });
});

async function sha256(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(digest).toHex();
}
