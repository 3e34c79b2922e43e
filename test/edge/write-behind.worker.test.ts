// What a session stores and when, and what is left of it after its object slept or was killed.

import { env, exports } from "cloudflare:workers";
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"; // prettier-ignore
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { digestText } from "#inference/text-digest";
import { seededRandom } from "../tiny-model.ts";
import { call, createSession, predictAtOnce, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const stubOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromString(id));
const textOf = async (id: string) => (await call("GET", `/v1/sessions/${id}`)).body.text;
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** The stored row's revision: how often it was written. */
const rowsOf = (id: string) =>
  runInDurableObject(stubOf(id), (_, { storage }) => storage.kv.get<{ revision: number }>("session")!.revision); // prettier-ignore

async function connect(id: string) {
  const { webSocket: socket } = await exports.default.fetch(
    `https://edge.test/v1/sessions/${id}/live`,
    { headers: { upgrade: "websocket" } },
  );
  socket!.accept();
  const waiting: ((message: any) => void)[] = [];
  socket!.addEventListener("message", ({ data }) => waiting.shift()?.(JSON.parse(data as string)));
  const ask = (message: object) => {
    socket!.send(JSON.stringify(message));
    return new Promise<any>((resolve) => waiting.push(resolve));
  };
  return { socket: socket!, ask };
}

const TEXT = "our people of the united states and the state of the world ".repeat(20);

describe("typing over a socket", () => {
  it("writes one row in two and a half minutes, and one when the socket closes", async () => {
    const id = await createSession();
    const { ask, socket } = await connect(id);
    for (let at = 0; at < 300; at++) {
      pass(500);
      await ask({ at, text: TEXT[at] });
    }
    expect(await rowsOf(id)).toBe(1);
    await runDurableObjectAlarm(stubOf(id));
    expect(await rowsOf(id)).toBe(2);
    for (let at = 300; at < 310; at++) await ask({ at, text: TEXT[at] });
    socket.close(1000);
    await vi.waitFor(async () => expect(await rowsOf(id)).toBe(3));
    await evictDurableObject(stubOf(id));
    expect(await textOf(id)).toBe(TEXT.slice(0, 310));
  });

  it("survives the sleep of its object without a row", async () => {
    const id = await createSession({ text: "the state " });
    const { ask } = await connect(id);
    let text = "the state ";
    const random = seededRandom(3);
    for (let step = 0; step < 60; step++) {
      const at = random() < 0.6 ? text.length : Math.floor(random() * (text.length + 1));
      const piece = ["uni", "ted ", "", "İé🙂 ", "states. "][Math.floor(random() * 5)]!;
      text = text.slice(0, at) + piece;
      const reject = random() < 0.1 ? "States" : undefined;
      const answer = await ask({ at, text: piece, limit: 20, reject, learn: random() < 0.8 });
      if (random() < 0.4) await evictDurableObject(stubOf(id));
      const again = await ask({ at: text.length, text: "", limit: 20 });
      expect(again.predictions).toEqual(answer.predictions);
    }
    expect(await textOf(id)).toBe(text);
    expect(await rowsOf(id)).toBe(1);
  });

  it("writes what is too much for a note at once", async () => {
    const id = await createSession();
    const { ask } = await connect(id);
    const long = TEXT.repeat(8);
    await ask({ at: 0, text: long });
    await evictDurableObject(stubOf(id));
    const answer = await ask({ at: long.length, text: "" });
    expect(answer.predictions).toEqual((await predictAtOnce({ text: long })).body.predictions);
  });

  it("is noted at whichever of two sockets it came over", async () => {
    const id = await createSession();
    const [first, second] = [await connect(id), await connect(id)];
    await first.ask({ text: "the " });
    await second.ask({ text: "united " });
    await evictDurableObject(stubOf(id));
    await first.ask({ text: "states " });
    await evictDurableObject(stubOf(id));
    await predictIn(id, { text: "of " });
    await evictDurableObject(stubOf(id));
    expect(await textOf(id)).toBe("the united states of ");
    second.socket.close(1000);
    await vi.waitFor(async () => expect(await rowsOf(id)).toBe(2));
    await evictDurableObject(stubOf(id));
    expect((await first.ask({ text: "" })).position).toBe(21);
  });
});

describe("typing by calls", () => {
  it("writes a row when nobody types any more, and one a minute before", async () => {
    const id = await createSession();
    let alarms = 0;
    for (let at = 0; at < 130; at++) {
      pass(1_000);
      await predictIn(id, { at, text: TEXT[at] });
      if (at % 8 === 7) alarms += Number(await runDurableObjectAlarm(stubOf(id)));
    }
    expect(alarms).toBe(16);
    expect(await rowsOf(id)).toBe(3);
    pass(8_000);
    await runDurableObjectAlarm(stubOf(id));
    expect(await rowsOf(id)).toBe(4);
    await evictDurableObject(stubOf(id));
    expect((await predictIn(id, { text: "" })).body.position).toBe(130);
  });
});

describe("an object that was killed", () => {
  /** A session of which only the first words were saved. */
  async function loseText(): Promise<string> {
    const id = await createSession({ text: "the united " });
    await predictIn(id, { at: 11, text: "states of " });
    await abortAllDurableObjects();
    return id;
  }

  it("says where its text ends now, and goes on from there", async () => {
    const id = await loseText();
    const { status, body } = await predictIn(id, { at: 21, text: "the" });
    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: "position_past_end", start: 0, position: 11 });
    const answer = await predictIn(id, { at: 11, text: "states of the" });
    expect(answer.body).toEqual((await predictAtOnce({ text: "the united states of the" })).body);
  });

  it("appends nothing to a text that may not be the last one", async () => {
    const id = await loseText();
    const { status, body } = await predictIn(id, { text: "the" });
    expect([status, body.error.code, body.error.position]).toEqual([409, "text_uncertain", 11]);
    const before = { length: 7, digest: digestText("united ") };
    expect((await predictIn(id, { text: "states", before })).status).toBe(200);
    expect((await predictIn(id, { text: " of" })).body.position).toBe(20);
  });

  it("appends where nothing was lost", async () => {
    const id = await createSession({ text: "the united " });
    await abortAllDurableObjects();
    expect((await predictIn(id, { text: "states" })).status).toBe(200);
    pass(10_000);
    await runDurableObjectAlarm(stubOf(id));
    await abortAllDurableObjects();
    expect((await predictIn(id, { text: " of" })).body.position).toBe(20);
  });
});

describe("a check of what stands before a change", () => {
  it("is a 409 where the session has another text, which stays", async () => {
    const id = await createSession({ text: "the united states" });
    for (const [at, length, text] of [[17, 6, "STATES"], [17, 18, "the united states"], [4, 4, "the."]] as const) {
      const before = { length, digest: digestText(text) };
      const { status, body } = await predictIn(id, { at, text: " of", before });
      expect([status, body.error.code]).toEqual([409, "text_differs"]);
      expect(body.error).toMatchObject({ start: 0, position: 17 });
    } // prettier-ignore
    expect(await textOf(id)).toBe("the united states");
    const before = { length: 6, digest: digestText("states") };
    expect((await predictIn(id, { at: 17, text: " of", before })).status).toBe(200);
  });
});
