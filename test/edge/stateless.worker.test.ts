// Stateless calls cost their new words, answer the same bits, and remember nothing for anybody else.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { callerOf, predict, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts";

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});
afterEach(() => vi.restoreAllMocks());

const TEXT = "our people of the united states and the state of the world. ".repeat(8);

/** Counts the words that are read. */
function countWords() {
  const trace = vi.spyOn(LanguageModel.prototype, "trace");
  return () => trace.mock.calls.reduce((sum, [, ids]) => sum + [...ids].length, 0);
}

it("reads only what is new of a text that grows, and of one that is taken back", async () => {
  await predict({ text: TEXT });
  const words = countWords();
  await predict({ text: TEXT + "united " });
  expect(words()).toBeLessThanOrEqual(3);
  await predict({ text: TEXT + "united states o" });
  await predict({ text: TEXT });
  expect(words()).toBeLessThanOrEqual(9);
});

it("answers what a text that was never seen is answered", async () => {
  for (let end = 3; end < TEXT.length; end += 37) {
    const text = TEXT.slice(0, end);
    const warm = await predict({ text, limit: 50 });
    const other = callerOf({ API_KEY_HASHES: `x${end}:${await sha256("k")}` }, { authorization: "Bearer k" }); // prettier-ignore
    const cold = await other("POST", "/v1/predict", { text, limit: 50 });
    expect(warm.body.predictions).toEqual(cold.body.predictions);
  }
});

it("remembers nothing across owners or versions", async () => {
  await predict({ text: TEXT });
  const words = countWords();
  const alice = callerOf({ API_KEY_HASHES: `alice:${await sha256("k")}` }, { authorization: "Bearer k" }); // prettier-ignore
  await alice("POST", "/v1/predict", { text: TEXT });
  const read = words();
  expect(read).toBeGreaterThan(90);
  await publish({ version: VERSION_B, model: { seed: 2 } });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
  const { body } = await alice("POST", "/v1/predict", { text: TEXT });
  vi.useRealTimers();
  expect(body.version).toBe(VERSION_B);
  expect(words() - read).toBeGreaterThan(90);
});

async function sha256(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(digest).toHex();
}
