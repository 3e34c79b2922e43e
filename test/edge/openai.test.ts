// OpenAI's own client, as published, against the running Worker.

import { createHash } from "node:crypto";
import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { currentKey } from "#model/layout";
import { startWorker, VERSION } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";

let worker: RunningWorker;
let client: OpenAI;

beforeAll(async () => {
  const hash = createHash("sha256").update("sk-test").digest("hex");
  worker = await startWorker({ API_KEY_HASHES: hash });
  client = new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: "sk-test" });
});
afterAll(() => worker.close());

const SETTINGS = { model: "default", prompt: "The State of the", seed: 3, max_tokens: 8 };

describe("the openai client", () => {
  it("creates a completion", async () => {
    const { data, request_id } = await client.completions.create(SETTINGS).withResponse();
    expect(data.object).toBe("text_completion");
    expect(data.choices[0]!.finish_reason).toBe("length");
    expect(data.usage).toEqual({ prompt_tokens: 4, completion_tokens: 8, total_tokens: 12 });
    expect(request_id).toMatch(/^[\w-]{10,}$/);
  });

  it("streams the same text, and its usage", async () => {
    const whole = await client.completions.create(SETTINGS);
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    let text = "";
    let usage;
    for await (const chunk of await client.completions.create({ ...SETTINGS, ...options })) {
      text += chunk.choices[0]?.text ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.text);
    expect(usage).toEqual(whole.usage);
  });

  it("lists and retrieves models", async () => {
    const listed = [];
    for await (const model of client.models.list()) listed.push(model);
    expect(listed).toMatchObject([{ id: "default", owned_by: "afterword", version: VERSION }]);
    expect(await client.models.retrieve("default")).toEqual(listed[0]);
  });

  // of the client's classes, 403 and 422 cannot come: keys open everything, and what cannot be read is a 400
  it("gets each error as the class it has for it", async () => {
    const as = (options: object) => new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: "sk-test", maxRetries: 0, ...options }); // prettier-ignore
    const broken = { version: VERSION, sha256: "0".repeat(64), bytes: 1, promotedAt: "", sequence: 1 }; // prettier-ignore
    await worker.put(currentKey("broken"), JSON.stringify(broken));
    const { id } = await client.post<{ id: string }>("/sessions", { body: { text: "the" } });
    const once = as({});
    const cases = [
      [() => client.completions.create({ ...SETTINGS, temperature: 3 }), BadRequestError, { status: 400, code: "invalid_value", param: "temperature" }],
      [() => as({ apiKey: "sk-wrong" }).models.list(), AuthenticationError, { status: 401, code: "invalid_api_key" }],
      [() => client.completions.create({ ...SETTINGS, model: "gpt-4" }), NotFoundError, { status: 404, code: "model_not_found", param: "model" }],
      [() => client.models.retrieve("nobody"), NotFoundError, { status: 404, code: "model_not_found" }],
      [() => client.post("/sessions/x/predict", { body: { text: "" } }), NotFoundError, { status: 404, code: "session_not_found" }],
      [() => client.post(`/sessions/${id}/predict`, { body: { at: 9, text: "" } }), ConflictError, { status: 409, code: "position_past_end" }],
      [() => client.completions.create({ ...SETTINGS, prompt: "the ".repeat(20_000) }), APIError, { status: 413, code: "text_too_long" }],
      [() => client.post("/predict", { body: "the", headers: { "content-type": "text/plain" } }), APIError, { status: 415, code: "unsupported_media_type" }],
      [() => once.completions.create({ ...SETTINGS, model: "broken" }), InternalServerError, { status: 503, code: "model_broken" }],
    ] as const; // prettier-ignore
    for (const [call, kind, fields] of cases) {
      const error = await call().then(() => null, (thrown: unknown) => thrown); // prettier-ignore
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ ...fields, requestID: expect.any(String) });
    }
    await expect(as({ timeout: 1 }).completions.create({ ...SETTINGS, max_tokens: 4_096 })).rejects.toBeInstanceOf(APIConnectionTimeoutError); // prettier-ignore
    await expect(as({ baseURL: "http://127.0.0.1:9/v1" }).models.list()).rejects.toBeInstanceOf(APIConnectionError); // prettier-ignore
  });

  it("is told to wait when it asks too often", async () => {
    const hash = createHash("sha256").update("sk-test").digest("hex");
    const limited = await startWorker({ API_KEY_HASHES: hash }, 5);
    try {
      const eager = new OpenAI({ baseURL: `${limited.url}/v1`, apiKey: "sk-test", maxRetries: 0 });
      const calls = Array.from({ length: 30 }, () => eager.models.list().then(() => null, (thrown: unknown) => thrown)); // prettier-ignore
      const refused = (await Promise.all(calls)).filter((error) => error !== null);
      expect(refused.length).toBeGreaterThan(0);
      for (const error of refused) {
        expect(error).toBeInstanceOf(RateLimitError);
        expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
        expect((error as RateLimitError).headers.get("retry-after")).toBe("10");
      }
    } finally {
      await limited.close();
    }
  });

  it("is told of a conflict once", async () => {
    let calls = 0;
    const counting = new OpenAI({
      baseURL: `${worker.url}/v1`,
      apiKey: "sk-test",
      fetch: (input, init) => {
        calls++;
        return fetch(input as string, init as RequestInit);
      },
    });
    const session = await counting.post<{ id: string }>("/sessions", { body: { text: "the" } });
    calls = 0;
    const conflict = counting.post(`/sessions/${session.id}/predict`, { body: { at: 9, text: "" } }); // prettier-ignore
    await expect(conflict).rejects.toBeInstanceOf(ConflictError);
    expect(calls).toBe(1);
  });

  it("may go away in the middle of a stream", async () => {
    const LONG = { ...SETTINGS, max_tokens: 4_096 };
    let chunks = 0;
    for await (const _ of await client.completions.create({ ...LONG, stream: true })) {
      if (++chunks === 3) break;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await client.completions.create({ ...LONG, stream: true }, { signal });
    chunks = 0;
    for await (const _ of stream) if (++chunks === 3) controller.abort();
    expect(chunks).toBeLessThan(4_096);
    const aborted = client.completions.create(LONG, { signal });
    await expect(aborted).rejects.toBeInstanceOf(APIUserAbortError);
    expect((await client.completions.create(SETTINGS)).choices).toHaveLength(1);
  });
});
