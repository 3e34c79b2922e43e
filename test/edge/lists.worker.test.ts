// Lists with all that may be asked of them: the same over every way to ask as the predictor makes by itself; and the words that a
// deployment suppresses.

import { env, exports } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { writeEdgeFile } from "#model/edge-file";
import { DEFAULT_MODEL_NAME, suppressedKey } from "#model/layout";
import edgeModule from "../../kernels/build/edge.wasm";
import { makeTinyModel } from "../tiny-model.ts";
import { createSession, predict, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const master = makeTinyModel({ spread: 6 });
const TEXTS = ["the ", "the uni", "our people ", "the peoplr", "in a great unity of "];
const OPTIONS = { limit: 5, min_probability: 0.01, after: " the world", phrases: true, correct: true }; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A, master });
});

async function askLive(id: string, message: object): Promise<any> {
  const headers = { upgrade: "websocket" };
  const { webSocket } = await exports.default.fetch(`https://edge.test/v1/sessions/${id}/live`, { headers }); // prettier-ignore
  webSocket!.accept();
  const answer = new Promise<any>(
    (resolve) =>
    webSocket!.addEventListener("message", ({ data }) => resolve(JSON.parse(data as string)), { once: true }), // prettier-ignore
  );
  webSocket!.send(JSON.stringify(message));
  const body = await answer;
  webSocket!.close(1000);
  return body;
}

describe("lists with phrases, corrections and text behind the cursor", () => {
  it.each(TEXTS)("after %j are the same in a session, over its socket and in the page", async (text) => {
    const local = new LocalSession(LanguageModel.open(edgeModule, writeEdgeFile(master)));
    const expected = local.update(text, OPTIONS);
    const called = await predictIn(await createSession(), { text, ...OPTIONS });
    expect(called.body.predictions).toEqual(expected);
    const live = await askLive(await createSession(), { text, ...OPTIONS });
    expect(live.predictions).toEqual(expected);
    const { predictions } = (await predict({ text, ...OPTIONS })).body;
    expect(predictions).toHaveLength(expected.length); // without a neural cache
  }); // prettier-ignore

  it("hold phrases and corrections where they are asked for, and only then", async () => {
    const asked = await Promise.all(TEXTS.map((text) => predict({ text, phrases: true, correct: true }))); // prettier-ignore
    const lists = asked.flatMap(({ body }) => body.predictions);
    expect(lists.some(({ phrase }) => phrase)).toBe(true);
    expect(lists.some(({ corrected }) => corrected)).toBe(true);
    for (const text of TEXTS) {
      for (const item of (await predict({ text })).body.predictions) {
        expect(Object.keys(item).sort()).toEqual(["insert", "probability", "replace", "word"]);
      }
    }
  });

  it("take a text behind the cursor as long as one before it", async () => {
    for (const after of ["x".repeat(60_000), " ".repeat(60_000), "a'".repeat(30_000)]) {
      expect((await predict({ text: "the ", after, limit: 100 })).status).toBe(200);
    }
    expect((await predict({ text: "the ", after: "x".repeat(70_000) })).body.error.param).toBe("after"); // prettier-ignore
  });
});

describe("the words of suppressed.txt", () => {
  const key = suppressedKey(DEFAULT_MODEL_NAME);
  const offered = async (text: string) =>
    (await predict({ text, limit: 100 })).body.predictions.map(
      ({ word }: { word: string }) => word,
    );
  const later = () => vi.setSystemTime(Date.now() + 30_000);
  beforeAll(() => vi.useFakeTimers({ toFake: ["Date"] }));
  afterAll(() => vi.useRealTimers());
  beforeEach(async () => {
    await startAfresh();
    await publish({ version: VERSION_A, master });
  });

  it("are not suggested, from half a minute after the list was written until half a minute after it is gone", async () => {
    expect(await offered("the uni")).toContain("United");
    await env.MODELS.put(key, "# names\nUNITED\r\n\nkowalski\n");
    later();
    expect(await offered("the uni")).not.toContain("United");
    expect(await offered("the ")).not.toContain("United");
    expect((await offered("the uni")).sort()).toEqual(["uniform", "union", "unit", "unity"]);
    await env.MODELS.put(key, "people");
    later();
    expect(await offered("the uni")).toContain("United");
    expect(await offered("the peo")).not.toContain("people");
    await env.MODELS.delete(key);
    later();
    expect(await offered("the peo")).toContain("people");
  });

  it("are not suggested by the next version, nor in a session", async () => {
    await env.MODELS.put(key, "united");
    expect(await offered("the uni")).not.toContain("United");
    await publish({ version: VERSION_B, master });
    later();
    const id = await createSession({ text: "the United " });
    const { body } = await predictIn(id, { text: "United uni", limit: 100 });
    expect(body.version).toBe(VERSION_B);
    expect(body.predictions.map(({ word }: { word: string }) => word)).not.toContain("United");
  });

  it("are missed by no model: with a list that cannot be read, none is served", async () => {
    await env.MODELS.put(key, "a".repeat(1_100_000));
    const { status, body } = await predict({ text: "the " });
    expect({ status, code: body.error.code }).toEqual({ status: 503, code: "model_broken" });
    expect(body.error.message).toContain(key);
  });
});
