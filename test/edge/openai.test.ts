// OpenAI's own client, as published, against the running Worker.

import { createHash } from "node:crypto";
import OpenAI, {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  NotFoundError,
} from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorker, VERSION } from "./running-worker.ts";
import type { RunningWorker } from "./running-worker.ts";

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

  it("gets each error as the class it has for it, and does not retry what cannot work", async () => {
    const stranger = new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: "sk-wrong" });
    const cases = [
      [() => client.completions.create({ ...SETTINGS, temperature: 3 }), BadRequestError, { code: "invalid_value", param: "temperature" }],
      [() => stranger.models.list(), AuthenticationError, { code: "invalid_api_key" }],
      [() => client.completions.create({ ...SETTINGS, model: "gpt-4" }), NotFoundError, { code: "model_not_found", param: "model" }],
      [() => client.models.retrieve("nobody"), NotFoundError, { code: "model_not_found" }],
      [() => client.post("/sessions/x/predict", { body: { text: "" } }), NotFoundError, { code: "session_not_found" }],
    ] as const; // prettier-ignore
    for (const [call, kind, fields] of cases) {
      const error = await call().then(() => null, (thrown: unknown) => thrown); // prettier-ignore
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ ...fields, requestID: expect.any(String) });
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
    const stream = await client.completions.create({ ...SETTINGS, max_tokens: 4_096, stream: true }); // prettier-ignore
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 3) break;
    const controller = new AbortController();
    const aborted = client.completions.create({ ...SETTINGS, max_tokens: 4_096 }, { signal: controller.signal }); // prettier-ignore
    controller.abort();
    await expect(aborted).rejects.toBeInstanceOf(APIUserAbortError);
    expect((await client.completions.create(SETTINGS)).choices).toHaveLength(1);
  });
});
