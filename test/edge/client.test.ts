import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AfterwordError, connect } from "../../client/afterword.ts";
import { seededRandom } from "../tiny-model.ts";
import { startWorker } from "./running-worker.ts";
import type { RunningWorker } from "./running-worker.ts";

let worker: RunningWorker;
beforeAll(async () => (worker = await startWorker()));
afterAll(() => worker.close());

const TEXT = "the State of the Union is ";

describe("the client", () => {
  it("predicts without a session", async () => {
    const { predictions } = await connect({ url: worker.url }).predict({ text: TEXT, limit: 3 });
    expect(predictions).toHaveLength(3);
  });

  it("types a text and yields predictions after every letter", async () => {
    const session = await connect({ url: worker.url }).begin();
    let last;
    let count = 0;
    for await (const answer of session.type(TEXT)) {
      expect(answer.position).toBe(++count);
      last = answer;
    }
    const atOnce = await connect({ url: worker.url }).begin({ text: TEXT });
    expect(last!.predictions).toEqual((await atOnce.append("")).predictions);
  });

  it("takes back, edits, resumes and deletes", async () => {
    const client = connect({ url: worker.url });
    const session = await client.begin({ text: "the states" });
    expect((await session.backspace()).position).toBe(9);
    await session.edit(4, "union ");
    const resumed = await client.resume(session.id);
    expect(resumed.position).toBe(10);
    await resumed.delete();
    await expect(session.append("x")).rejects.toMatchObject({ status: 404, code: "session_not_found" }); // prettier-ignore
  });

  it("rejects a word, and keeps words from being learned", async () => {
    const session = await connect({ url: worker.url }).begin({
      text: "Kowalski is ",
      learn: false,
    });
    const { predictions } = await session.append("the uni");
    const [first] = predictions;
    const after = await session.reject(first!.word);
    expect(after.predictions.at(-1)!.word).toBe(first!.word);
    const completed = async () => (await session.append(" Kow")).predictions;
    expect(await completed()).toEqual([]);
    await session.append("alski and Kowalski ", { learn: true });
    expect(await completed()).toMatchObject([{ word: "Kowalski", insert: "alski" }]);
  });

  it("loses and doubles nothing when answers are lost", async () => {
    const random = seededRandom(8);
    const losing: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (random() > 0.3) return answer;
      await answer.arrayBuffer(); // it was done, but nobody hears of it
      throw new TypeError("network error");
    };
    const session = await connect({ url: worker.url, fetch: losing, attempts: 9 }).begin();
    for await (const _ of session.type(TEXT.split(/(?<= )/))) continue;
    const found = await fetch(`${worker.url}/v1/sessions/${session.id}`);
    expect(((await found.json()) as { text: string }).text).toBe(TEXT);
  });

  it("says what was refused, without a second try", async () => {
    let calls = 0;
    const counting: typeof fetch = (input, init) => (calls++, fetch(input, init));
    const client = connect({ url: worker.url, fetch: counting });
    const refused = client.predict({ text: "the", limit: 1_000 });
    await expect(refused).rejects.toBeInstanceOf(AfterwordError);
    await expect(refused).rejects.toMatchObject({ status: 400, param: "limit" });
    expect(calls).toBe(1);
  });

  it("weighs less than 3 kB", () => {
    const wrangler = createRequire(createRequire(import.meta.url).resolve("wrangler"));
    const { transformSync } = wrangler("esbuild") as {
      transformSync(code: string, options: object): { code: string };
    };
    const code = readFileSync("client/afterword.ts", "utf8");
    const small = transformSync(code, { loader: "ts", minify: true, target: "es2022" }).code;
    expect(small.length).toBeLessThan(3_000);
  });
});
