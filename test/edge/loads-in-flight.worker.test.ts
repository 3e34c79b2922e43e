// Models that are asked for at the same moment have one memory to share.

import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { currentKey, edgeKey } from "#model/layout";
import { MAX_MODEL_BYTES } from "#inference/memory-plan";
import { call, predict, publish, startAfresh, VERSION_A } from "./support.ts";

const LARGE = { vocabularySize: 60_000, hiddenSize: 640, layers: 1, forgetBias: 0, tied: true };
const NAMES = ["one", "two", "three"];

beforeAll(async () => {
  await startAfresh();
  const [first, ...others] = NAMES as [string, ...string[]];
  await publish({ version: VERSION_A, name: first, model: { config: LARGE } });
  for (const keyOf of [(name: string) => edgeKey(name, VERSION_A), currentKey]) {
    const bytes = await (await env.MODELS.get(keyOf(first)))!.bytes();
    for (const name of others) await env.MODELS.put(keyOf(name), bytes);
  }
});

it("load no more together than the isolate has room for, and all in the end", async () => {
  const ask = (model: string) => predict({ text: "the ", model });
  const answers = await Promise.all(NAMES.map(ask));
  for (const { status, body } of answers) {
    expect([200, 503]).toContain(status);
    if (status === 503) expect(body.error.message).toContain("try again");
  }
  const { models } = (await call("GET", "/health")).body;
  const bytes = models.reduce((sum: number, { memory_bytes }: any) => sum + memory_bytes, 0);
  expect(models.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(MAX_MODEL_BYTES);
  for (const name of NAMES) expect((await ask(name)).status).toBe(200);
});
