import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cardKey, currentKey, decodePointer, edgeKey, suppressedKey } from "#model/layout";
import { verifyModel } from "../../edge/load-model.ts";
import { makeEdgeStart } from "../edge-start.ts";
import { call, createSession, predict, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const health = async () => (await call("GET", "/health")).body;
const servedVersion = async () => (await predict({ text: "the" })).body.version;
const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

beforeEach(async () => {
  await startAfresh();
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Points at a file with the header of a model of so many words; the rest of it is not what the pointer says. */
async function publishLarge(vocabularySize: number): Promise<void> {
  const { start, fileBytes } = makeEdgeStart({ config: { vocabularySize, hiddenSize: 1 } });
  const file = new Uint8Array(fileBytes);
  file.set(start);
  await env.MODELS.put(edgeKey("default", VERSION_B), file);
  const pointer = await (await env.MODELS.get(currentKey("default")))!.json<object>();
  const large = { ...pointer, version: VERSION_B, bytes: fileBytes };
  await env.MODELS.put(currentKey("default"), JSON.stringify(large));
}

describe("without a model", () => {
  it("answers 503 with Retry-After, and says so in /health", async () => {
    for (const answer of [await predict({ text: "the" }), await call("POST", "/v1/sessions", {})]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect(answer.body.error).toMatchObject({ type: "server_error", code: "no_model" });
    }
    expect(await health()).toEqual({ status: "no_model", access: "open", models: [], error: null });
    expect((await call("GET", "/v1/models")).body.data).toEqual([]);
  });

  it("serves as soon as one is published", async () => {
    await predict({ text: "the" });
    await publish({ version: VERSION_A });
    expect(await servedVersion()).toBe(VERSION_A);
    expect(await health()).toMatchObject({ status: "ok", models: [{ version: VERSION_A }] });
  });

  it("says 404 to its name where there are others", async () => {
    await publish({ version: VERSION_A, name: "other" });
    expect((await predict({ text: "the" })).status).toBe(404);
  });
});

describe("a model's card", () => {
  it("says what its current version is and what was measured of it", async () => {
    await publish({ version: VERSION_A });
    const { status, body } = await call("GET", "/v1/models/default/card");
    expect(status).toBe(200);
    expect(body).toEqual({
      model: "default",
      version: VERSION_A,
      created_at: "2026-11-23T19:00:00.000Z",
      promoted_at: "2026-11-23T20:00:00.000Z",
      vocabulary_size: 33,
      hidden_size: 20,
      layers: 2,
      tokenizer: "text",
      metrics: {},
    });
  });

  it("holds the numbers of what was measured, and no more", async () => {
    await publish({ version: VERSION_A });
    const key = cardKey("default", VERSION_A);
    const stored = (await (await env.MODELS.get(key))!.json()) as object;
    const metrics = { test_perplexity: 73.5, keystroke_savings: 0.44, notes: "none" };
    await env.MODELS.put(key, JSON.stringify({ ...stored, metrics }));
    const { body } = await call("GET", "/v1/models/default/card");
    expect(body.metrics).toEqual({ test_perplexity: 73.5, keystroke_savings: 0.44 });
  });

  it("is a 404 where there is none", async () => {
    await publish({ version: VERSION_A });
    await env.MODELS.delete(cardKey("default", VERSION_A));
    for (const name of ["default", "nobody", "%20"]) {
      const { status, body } = await call("GET", `/v1/models/${name}/card`);
      expect(status).toBe(404);
      expect(body.error.param).toBe("model");
    }
  });
});

describe("a new current version", () => {
  beforeEach(async () => {
    await publish({ version: VERSION_A });
    await servedVersion();
    await publish({ version: VERSION_B, model: { seed: 2 } });
  });

  it("is served within 30 seconds", async () => {
    expect(await servedVersion()).toBe(VERSION_A);
    passSeconds(30);
    expect(await servedVersion()).toBe(VERSION_B);
  });

  it("is loaded in the background first, so that nobody waits", async () => {
    passSeconds(11);
    expect(await servedVersion()).toBe(VERSION_A); // ...and this began to load the other
    await vi.waitFor(async () => expect(await servedVersion()).toBe(VERSION_B));
  });

  it("fails no request, and none is answered by two versions", async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => createSession({ text: "the " })));
    passSeconds(11);
    const seen = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const calls = ids.map((id) => predictIn(id, { at: 4, text: "state of the " }));
      for (const { status, body } of await Promise.all(calls)) {
        expect(status).toBe(200);
        seen.add(`${body.version} ${JSON.stringify(body.predictions)}`);
      }
    }
    expect([...seen].map((answer) => answer.slice(0, VERSION_A.length)).sort()).toEqual([
      VERSION_A,
      VERSION_B,
    ]);
  });
});

describe("a new version that is broken", () => {
  const cut = (file: Uint8Array<ArrayBuffer>) => file.slice(0, -1000);
  const altered = (file: Uint8Array<ArrayBuffer>) => {
    file[file.length - 5000]! ^= 1;
    return file;
  };
  const noise = (file: Uint8Array<ArrayBuffer>) => file.fill(7);

  it.each([
    ["cut off", cut, "bytes, its pointer says"],
    ["altered", altered, "sha256"],
    ["something else", noise, "not a safetensors file"],
  ])("leaves the old one serving when it is %s", async (_, damage, reason) => {
    await publish({ version: VERSION_A });
    const before = (await predict({ text: "the" })).body;
    const id = await createSession({ text: "the" });
    await publish({ version: VERSION_B, model: { seed: 2 }, damage });
    passSeconds(30);
    expect((await predict({ text: "the" })).body).toEqual(before);
    expect((await predictIn(id, { text: "" })).body.version).toBe(VERSION_A);
    const { status, models, error } = await health();
    expect(status).toBe("degraded");
    expect(models).toMatchObject([{ version: VERSION_A }]);
    expect(error).toContain(reason);
  });

  it("is given up for the next one that works", async () => {
    await publish({ version: VERSION_A });
    await servedVersion();
    await publish({ version: VERSION_B, damage: cut });
    passSeconds(30);
    await servedVersion();
    await publish({ version: "20261123-220000-cccccc" });
    passSeconds(30);
    expect(await servedVersion()).toBe("20261123-220000-cccccc");
    expect((await health()).status).toBe("ok");
  });

  it("is a 503 that says why where there is no old one", async () => {
    await publish({ version: VERSION_A, damage: altered });
    const { status, headers, body } = await predict({ text: "the" });
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("5");
    expect(body.error.code).toBe("model_broken");
    expect(await health()).toMatchObject({
      status: "no_model",
      models: [],
      error: expect.stringContaining("sha256"),
    });
  });

  it("is refused by its header when it would not fit an isolate, though its file would", async () => {
    await publish({ version: VERSION_A });
    await servedVersion();
    await publishLarge(500_000);
    passSeconds(30);
    expect(await servedVersion()).toBe(VERSION_A);
    expect((await health()).error).toMatch(/^default: the model takes [\d.]+ MB of memory/);
  });

  it("leaves the old one serving when the pointer is damaged, names a file that is missing, or is gone", async () => {
    await publish({ version: VERSION_A });
    await servedVersion();
    const pointer = await (await env.MODELS.get(currentKey("default")))!.text();
    for (const wrong of ["{", "{}", pointer.replace(VERSION_A, VERSION_B)]) {
      await env.MODELS.put(currentKey("default"), wrong);
      passSeconds(30);
      expect(await servedVersion()).toBe(VERSION_A);
      expect((await health()).status).toBe("degraded");
    }
    await env.MODELS.delete(currentKey("default"));
    passSeconds(30);
    expect(await servedVersion()).toBe(VERSION_A);
    expect((await health()).error).toContain("current.json is gone");
  });
});

describe("a version that has no room beside others", () => {
  const pointer = async () => decodePointer(await (await env.MODELS.get(currentKey("default")))!.text()); // prettier-ignore

  it("takes that of a model not asked for lately, and of its own older version once it is known to be whole", async () => {
    await publish({ version: VERSION_A });
    await publish({ version: VERSION_A, name: "other" });
    await predict({ text: "the", model: "other" });
    await servedVersion();
    expect((await health()).models).toHaveLength(2);
    await publishLarge(413_000);
    passSeconds(30);
    expect(await servedVersion()).toBe(VERSION_A);
    const { models, error } = await health();
    expect(models).toMatchObject([{ name: "default", version: VERSION_A }]);
    expect(error).toContain("its pointer says");
  });

  it("is read through before the older one goes", async () => {
    await publish({ version: VERSION_A });
    await expect(verifyModel(env.MODELS, "default", await pointer())).resolves.toBeUndefined();
    await publish({ version: VERSION_B, damage: (file) => file.fill(0, -4) });
    await expect(verifyModel(env.MODELS, "default", await pointer())).rejects.toThrow("sha256");
  });
});

describe("many requests to a new isolate", () => {
  it("share one load", async () => {
    await publish({ version: VERSION_A });
    const get = vi.spyOn(env.MODELS, "get");
    const answers = await Promise.all(Array.from({ length: 20 }, () => predict({ text: "the" })));
    for (const { status } of answers) expect(status).toBe(200);
    const keys = get.mock.calls.map(([key]) => key);
    const file = edgeKey("default", VERSION_A);
    const copied = file; // into the cache, once it is loaded
    expect(keys).toEqual([currentKey("default"), suppressedKey("default"), file, copied]);
    get.mockRestore();
  });
});
