// What one request may ask for, what of it is done once for all answers, and what is charged.

import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { call, callerOf, createSession, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

const WIDE = { vocabularySize: 20_000, hiddenSize: 64, layers: 1, forgetBias: 0, tied: true };

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  await publish({ version: VERSION_A, name: "wide", model: { config: WIDE } });
});
afterEach(() => vi.restoreAllMocks());

/** Counts the words that go through the network. */
function countWords() {
  const consume = vi.spyOn(LanguageModel.prototype, "consume");
  return () => consume.mock.calls.reduce((sum, [, ids]) => sum + [...ids].length, 0);
}

describe("a prompt", () => {
  it("is read once for all answers to it", async () => {
    const prompt = Array.from({ length: 500 }, () => 3);
    const words = countWords();
    for (const more of [{ n: 128 }, { n: 2, best_of: 64 }, { n: 64, stream: true }]) {
      const before = words();
      const { status } = await call("POST", "/v1/completions", { prompt, max_tokens: 1, ...more });
      expect(status).toBe(200);
      expect(words() - before).toBe(501);
    }
  });
});

describe("a request for more work than one may ask for", () => {
  const ids = Array.from({ length: 16_000 }, (_, at) => 3 + (at % 20));
  it.each([
    ["/v1/completions", { prompt: "the", n: 4, max_tokens: 1_024, top_p: 0.99, logprobs: 20, temperature: 2 }],
    ["/v1/completions", { prompt: Array.from({ length: 128 }, () => "the united "), max_tokens: 128 }],
    ["/v1/completions", { prompt: ids, echo: true, logprobs: 20, max_tokens: 0 }],
    ["/v1/score", { text: "a ".repeat(32_000) }],
  ])("is a 400 that names the budget: %s %#", async (path, body) => {
    const words = countWords();
    const { status, body: answer } = await call("POST", path, { ...body, model: "wide" });
    expect([status, answer.error.code]).toEqual([400, "too_much_work"]);
    expect(answer.error.message).toMatch(/a request may ask for \d+/);
    expect(words()).toBe(0);
  }); // prettier-ignore

  it("is a 400 for lists of ids that no text could hold", async () => {
    const tokens = Array.from({ length: 40_000 }, () => 3);
    for (const [path, body] of [["/v1/detokenize", { tokens }], ["/v1/completions", { prompt: tokens, max_tokens: 0 }]] as const) {
      const { status, body: answer } = await call("POST", path, body);
      expect([status, answer.error.code]).toEqual([400, "invalid_value"]);
    } // prettier-ignore
  });
});

describe("work", () => {
  it("is charged beyond the unit that a request counts for, by socket and by call", async () => {
    const limit = vi.fn<RateLimit["limit"]>(async () => ({ success: true }));
    const caller = callerOf({ RATE_LIMIT: { limit } }, { "cf-connecting-ip": "192.0.2.1" });
    const charged = () => {
      const sum = limit.mock.calls.reduce((sum, [{ delta }]) => sum + (delta ?? 1), 0);
      limit.mockClear();
      return sum;
    };
    await caller("POST", "/v1/predict", { text: "the " });
    expect(charged()).toBe(1);
    await caller("POST", "/v1/score", { text: "the state ".repeat(500), model: "wide" });
    const short = charged();
    expect(short).toBeGreaterThan(100);
    await caller("POST", "/v1/score", { text: "the state ".repeat(1_000), model: "wide" });
    expect(charged() / short).toBeCloseTo(2, 1);
  });
});

describe("a long text", () => {
  it("lets other calls of its session go first, and loses neither", async () => {
    const id = await createSession();
    const long = predictIn(id, { text: "our people of the world ".repeat(2_000) });
    const letters = Array.from({ length: 5 }, () => predictIn(id, { text: "x " }));
    const answers = await Promise.all([long, ...letters]);
    for (const { status } of answers) expect(status).toBe(200);
    expect((await call("GET", `/v1/sessions/${id}`)).body.position).toBe(48_010);
  });
});

describe("many short prompts", () => {
  it("let other calls go first, as one long one does", async () => {
    const wait = vi.spyOn(scheduler, "wait");
    const prompt = Array.from({ length: 128 }, () => "the united states ".repeat(25));
    const { status } = await call("POST", "/v1/completions", { prompt, max_tokens: 0, echo: true });
    expect(status).toBe(200);
    expect(wait.mock.calls.length).toBeGreaterThan(prompt.length / 10);
  });
});
