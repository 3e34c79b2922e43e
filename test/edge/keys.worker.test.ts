// What a key may be used for, and the tickets that take its place in a page's socket.

import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { currentKey } from "#model/layout";
import worker from "../../edge/worker.ts";
import { REFUSED_ENTRIES, TAKEN_ENTRIES } from "../model/key-entries.ts";
import { callerOf, publish, startAfresh, VERSION_A } from "./support.ts";

const FULL = "full-key";
const PAGE = "page-key";
const MAIL = "mail-key";
let API_KEY_HASHES: string;

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  await publish({ version: VERSION_A, name: "mail" });
  const [full, page, mail] = await Promise.all([FULL, PAGE, MAIL].map(sha256));
  API_KEY_HASHES = [
    `team:${full}`,
    `team:${page};scope=predict;origins=https://a.example|https://b.example`,
    `mail:${mail};models=mail`,
  ].join(" ");
});
afterEach(() => vi.useRealTimers());

const as = (key: string, headers = {}) =>
  callerOf({ API_KEY_HASHES }, { authorization: `Bearer ${key}`, ...headers });

describe("a key for some models", () => {
  it("knows of no others", async () => {
    const ask = as(MAIL);
    const { body: list } = await ask("GET", "/v1/models");
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual(["mail"]);
    const text = "the ";
    const requests: [string, string, object?][] = [
      ["POST", "/v1/predict", { text }],
      ["POST", "/v1/sessions", { text }],
      ["POST", "/v1/completions", { prompt: text }],
      ["POST", "/v1/score", { text }],
      ["POST", "/v1/tokenize", { prompt: text }],
      ["POST", "/v1/detokenize", { tokens: [1] }],
      ["GET", "/v1/models/default"],
      ["GET", "/v1/models/default/card"],
      ["GET", "/v1/models/default/file"],
    ];
    for (const [method, path, body] of requests) {
      const answer = await ask(method, path, body);
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 404, "model_not_found"]);
      if (body) expect((await ask(method, path, { ...body, model: "mail" })).status).toBeLessThan(300); // prettier-ignore
    }
  });

  it("does not see what /health says of them", async () => {
    expect((await as(MAIL)("GET", "/health")).body).toEqual({ status: "ok", access: "key" });
    expect((await as(FULL)("GET", "/health")).body.models.length).toBeGreaterThan(0);
  });
});

describe("a key that lies in a page", () => {
  it("is for that page's origin", async () => {
    expect((await as(PAGE, { origin: "https://b.example" })("POST", "/v1/predict", { text: "the" })).status).toBe(200); // prettier-ignore
    for (const headers of [{}, { origin: "https://evil.example" }, { origin: "null" }]) {
      const { status, body } = await as(PAGE, headers)("POST", "/v1/predict", { text: "the" });
      expect([status, body.error.code]).toEqual([403, "origin_not_allowed"]);
    }
  });

  it("predicts, and does nothing else", async () => {
    const ask = as(PAGE, { origin: "https://a.example" });
    const { status, body: session } = await ask("POST", "/v1/sessions", { text: "the " });
    expect(status).toBe(201);
    expect((await ask("POST", `/v1/sessions/${session.id}/predict`, { text: "u" })).status).toBe(200); // prettier-ignore
    for (const [method, path] of [
      ["POST", "/v1/completions"],
      ["POST", "/completions"],
      ["POST", "/v1/score"],
      ["POST", "/tokenize"],
      ["GET", "/v1/models/default/file"],
      ["GET", "/v1/models/default/card"],
    ] as const) {
      const { status } = await ask(method, path, method === "POST" ? {} : undefined);
      expect([path, status >= 403]).toEqual([path, true]);
    }
  });
});

describe("a list of keys", () => {
  const ask = (hashes: string) => callerOf({ API_KEY_HASHES: hashes }, { authorization: `Bearer ${FULL}` })("GET", "/v1/models"); // prettier-ignore

  it.each(TAKEN_ENTRIES)("with %s is one", async (entry) => {
    expect((await ask(entry)).status).toBe(401); // the key is another
  });

  it.each(REFUSED_ENTRIES)("with %s closes the deployment, and says why", async (entry, reason) => {
    const { status, body } = await ask(entry);
    expect([status, body.error.code]).toEqual([500, "misconfigured"]);
    expect(body.error.message).toContain(reason);
  });
});

describe("a socket's ticket", () => {
  const open = async (id: string, protocols: string, configuration = {}) => {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": protocols };
    const request = new Request(`https://edge.test/v1/sessions/${id}/live`, { headers });
    const bindings = { ...env, API_KEY_HASHES, ...configuration };
    return worker.fetch(request, bindings, createExecutionContext());
  };
  const begin = async (key: string) => {
    const { body } = await as(key)("POST", "/v1/sessions", { text: "the " });
    return body.id as string;
  };
  const ticketFor = async (key: string, id: string) =>
    (await as(key)("POST", `/v1/sessions/${id}/ticket`)).body;

  it("opens the session that it was issued for, and no other", async () => {
    const [id, other] = [await begin(FULL), await begin(FULL)];
    const { ticket, expires_in } = await ticketFor(FULL, id);
    expect(expires_in).toBe(60);
    expect(ticket).not.toContain(FULL);
    const response = await open(id, `afterword, ticket.${ticket}`);
    expect(response.status).toBe(101);
    expect(response.headers.get("sec-websocket-protocol")).toBe("afterword");
    expect((await open(other, `afterword, ticket.${ticket}`)).status).toBe(401);
  });

  it("is worth nothing altered, after a minute, after its key is gone, or on another route", async () => {
    const id = await begin(FULL);
    const { ticket } = await ticketFor(FULL, id);
    const [key, end, mac] = ticket.split(".");
    for (const wrong of ["", "x", `${key}.${Number(end) + 60}.${mac}`, `${key}.${end}.AAAA`, `${key}.${end}`, `0.${end}.${mac}`]) {
      expect((await open(id, `afterword, ticket.${wrong}`)).status).toBe(401);
    } // prettier-ignore
    const others = { API_KEY_HASHES: await sha256(MAIL) };
    expect((await open(id, `afterword, ticket.${ticket}`, others)).status).toBe(401);
    const plain = callerOf({ API_KEY_HASHES }, { "sec-websocket-protocol": `ticket.${ticket}` });
    expect((await plain("GET", `/v1/sessions/${id}`)).status).toBe(401);
    const withKey = callerOf({ API_KEY_HASHES }, { "sec-websocket-protocol": `key.${FULL}` });
    expect((await withKey("GET", "/v1/models")).status).toBe(401);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await open(id, `afterword, ticket.${ticket}`)).status).toBe(401);
  });

  it("is not issued for another's session", async () => {
    const id = await begin(FULL);
    expect((await as(MAIL)("POST", `/v1/sessions/${id}/ticket`)).status).toBe(404);
  });
});

describe("a damaged pointer", () => {
  it.each(['{"version":"x"', "null", "[]", '{"version":"../../x"}', ""])(
    "such as %s takes down no other model",
    async (json) => {
      await env.MODELS.put(currentKey("broken"), json);
      const { status, body } = await as(FULL)("GET", "/v1/models");
      expect(status).toBe(200);
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual(["default", "mail"]);
      for (const path of ["", "/card", "/file"]) {
        const answer = await as(FULL)("GET", `/v1/models/broken${path}`);
        expect([answer.status, answer.body.error.code]).toEqual([503, "model_broken"]);
        expect(answer.body.error.message).not.toContain("Cannot read");
      }
      await env.MODELS.delete(currentKey("broken"));
    },
  );
});

async function sha256(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(digest).toHex();
}
