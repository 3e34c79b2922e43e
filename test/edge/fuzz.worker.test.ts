// Requests and messages that nobody would write: each gets a status that the OpenAPI document lists for its route, never a 5xx.

import { exports } from "cloudflare:workers";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { seededRandom } from "../tiny-model.ts";
import { call, createSession, publish, startAfresh, VERSION_A } from "./support.ts";

const random = seededRandom(2_026);
const below = (limit: number) => Math.floor(random() * limit);
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

let id: string;
let slowest = 0; // of all, in ms
let paths: Record<string, Record<string, { responses: object }>>;

// oxlint-disable-next-line no-console -- no test asserts a time; this says it to whoever runs many
afterAll(() => console.info(`the slowest answer took ${slowest} ms`));
beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  id = await createSession({ text: "the state " });
  paths = (await call("GET", "/openapi.json")).body.paths;
});

const BODIES: Record<string, object> = {
  "/v1/predict": { text: "the uni", limit: 3, min_probability: 0.1, after: "ted", phrases: true, correct: true, model: "default", user: "anna", state: "AQ" },
  "/v1/sessions": { text: "the", model: "default", ttl_seconds: 60, learn: true, user: "anna" },
  "/v1/sessions/{id}/predict": { at: 4, text: "of ", limit: 3, min_probability: 0, after: " the", phrases: true, correct: true, learn: false, reject: "state" },
  "/v1/completions": { model: "default", prompt: ["the"], max_tokens: 2, temperature: 1, top_p: 0.5, n: 1, best_of: 1, echo: true, logprobs: 1, stop: ["a"], seed: 1, frequency_penalty: 1, presence_penalty: 1, logit_bias: { "3": 1 }, stream: false, stream_options: null, suffix: null }, // prettier-ignore
  "/v1/score": { text: "the state of", model: "default" },
  "/v1/tokenize": { prompt: "the state", model: "default" },
  "/v1/detokenize": { tokens: [1, 2, 3], model: "default" },
  "/v1/profiles/{user}": { format: 1, days: [{ day: "2026-11-25", phrases: [{ words: "the union", count: 2 }], rejected: [] }] },
}; // prettier-ignore

const VALUES = [null, true, false, 0, 1, -1, 0.5, 1e308, -1e308, 2 ** 53, "", " ", "the ", "\0", "\ud800", "🙂".repeat(50), "a".repeat(3_000), "../..", "%00", [], [null], [[]], [[1], ["a"]], [1, 2, 40], ["a", "b"], {}, { a: { b: [] } }, { "1": 5 }, "NaN", "<unk> <eos> <num>", "__proto__", "'\"“”—…"]; // prettier-ignore

function damage(body: object): unknown {
  const kind = below(12);
  if (kind === 0) return oneOf(VALUES);
  if (kind === 1) return JSON.stringify(body).slice(0, below(60));
  if (kind === 2) return `${"[".repeat(2_000)}`;
  const changed: Record<string, unknown> = { ...body };
  for (let times = below(4); times > 0; times--) changed[oneOf(Object.keys(body))] = oneOf(VALUES);
  if (below(6) === 0) changed[oneOf(["extra", "__proto__", "toString", ""])] = oneOf(VALUES);
  if (below(4) === 0) delete changed[oneOf(Object.keys(body))];
  return changed;
}

/** A socket that answers one message at a time. */
async function openSocket() {
  const headers = { upgrade: "websocket" };
  const { webSocket } = await exports.default.fetch(`https://edge.test/v1/sessions/${id}/live`, { headers }); // prettier-ignore
  const socket = webSocket!;
  socket.accept();
  return (message: string | ArrayBuffer) =>
    new Promise<any>((resolve, reject) => {
      socket.addEventListener("message", ({ data }) => resolve(JSON.parse(data as string)), { once: true }); // prettier-ignore
      socket.addEventListener("close", () => reject(new Error("closed")), { once: true });
      socket.send(message);
    });
}

it(`answers ${inject("fuzzedRequests")} random messages of a socket, and keeps it open`, async () => {
  const ask = await openSocket();
  const path = "/v1/sessions/{id}/predict";
  const documented = Object.keys(paths[path]!.post!.responses).map(Number);
  for (let round = 0; round < inject("fuzzedRequests"); round++) {
    const damaged = damage({ ...BODIES[path], id: round });
    const text = typeof damaged === "string" && below(2) > 0 ? damaged : JSON.stringify(damaged);
    const message = below(40) === 0 ? (new TextEncoder().encode(text).buffer as ArrayBuffer) : text;
    const start = Date.now();
    const { status = 200, error } = await ask(message);
    slowest = Math.max(slowest, Date.now() - start);
    const what = `round ${round}: ${text.slice(0, 300)} → ${status}`;
    expect(documented, what).toContain(status);
    if (status !== 200) expect(typeof error.message, what).toBe("string");
  }
  expect((await ask(JSON.stringify({ id: "last", at: 0, text: "the " }))).predictions).toHaveLength(5); // prettier-ignore
}, 1_800_000);

it(`answers ${inject("fuzzedRequests")} random requests with statuses that are documented`, async () => {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method })),
  );
  for (let round = 0; round < inject("fuzzedRequests"); round++) {
    const { path, method } = oneOf(routes);
    const name = below(3) > 0 ? id : encodeURIComponent(oneOf(["x", "🙂", "\0", " ", "a/b", "0".repeat(64)])); // prettier-ignore
    const address = path.replace("{id}", name).replace("{model}", below(2) > 0 ? "default" : name).replace("{user}", below(3) > 0 ? "anna" : name); // prettier-ignore
    const body = BODIES[path] && ["post", "put"].includes(method) ? damage(BODIES[path]) : undefined; // prettier-ignore
    if (method === "delete" && name === id) continue; // the others need it
    const start = Date.now();
    const answer = await call(method.toUpperCase(), address, body);
    slowest = Math.max(slowest, Date.now() - start);
    const documented = Object.keys(paths[path]![method]!.responses).map(Number);
    const what = `round ${round}: ${method} ${address} ${JSON.stringify(body)?.slice(0, 300)} → ${answer.status}`;
    expect(documented, what).toContain(answer.status);
    expect(answer.status, what).toBeLessThan(500);
    if (answer.status >= 400) {
      const { start, position, ...error } = answer.body.error;
      expect(error, what).toEqual({
        message: expect.any(String),
        type: "invalid_request_error",
        param: error.param === null ? null : expect.any(String),
        code: expect.any(String),
      });
      // where the session's text starts and ends, for a caller who is elsewhere
      const kind = error.code.startsWith("position_") ? "number" : "undefined";
      expect([typeof start, typeof position], what).toEqual([kind, kind]);
    }
  }
}, 1_800_000);
