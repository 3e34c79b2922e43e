import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { Predictor } from "../../inference/predictor.ts";
import edgeModule from "../../kernels/build/edge.wasm";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";
import { call, createSession, predict, fallAsleep, predictAtOnce, predictIn, publish, savedIn, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const stubOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromString(id));

/** What the session holds in storage once it is evicted. */
function storedIn(id: string): Promise<string[]> {
  return runInDurableObject(stubOf(id), (_, { storage }) =>
    [...storage.kv.list()].map(([key]) => key),
  );
}

describe("a session", () => {
  it("says what it is", async () => {
    const { status, body } = await call("POST", "/v1/sessions", { text: "the united" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      object: "session",
      model: "default",
      version: VERSION_A,
      text: "the united",
      start: 0,
      position: 10,
    });
    expect(body.expires - body.created).toBe(24 * 60 * 60);
    expect((await call("GET", `/v1/sessions/${body.id}`)).body).toEqual(body);
  });

  it("answers what the whole text in one call answers, wherever the text was cut", async () => {
    const text = 'The State of the "Union" is a year. People, our people\n\nand the uni';
    const random = seededRandom(5);
    for (let round = 0; round < 5; round++) {
      const id = await createSession();
      let answer;
      for (let at = 0; at < text.length;) {
        const length = 1 + Math.floor(random() * 12);
        answer = await predictIn(id, { text: text.slice(at, at + length), limit: 100 });
        at += length;
        const whole = await predictAtOnce({ text: text.slice(0, at), limit: 100 });
        expect(answer.body.predictions).toEqual(whole.body.predictions);
      }
      expect(answer!.body.position).toBe(text.length);
    }
  });

  it("stores the state of its text, bit for bit", async () => {
    const text = "The people of the world, and the State of our Union. The unit is ";
    const id = await createSession();
    for (const character of text) await predictIn(id, { text: character });
    await predictIn(id, { at: 20, text: text.slice(20, 50) });
    await predictIn(id, { text: text.slice(50) });
    const predictor = new Predictor(LanguageModel.open(edgeModule, writeEdgeFile(makeTinyModel())));
    const { state } = predictor.commit(predictor.start(), text);
    const stored = await savedIn(stubOf(id));
    expect(stored!.points.at(-1)!.state).toEqual(state);
  });

  it("is not there for a release that stores otherwise; for an older one, not yet", async () => {
    const statuses = [];
    for (const change of [-1, 1]) {
      const id = await createSession({ text: "the people " });
      await runInDurableObject(stubOf(id), (_, { storage }) => {
        const row = storage.kv.get<{ format: number }>("session")!;
        storage.kv.put("session", { ...row, format: row.format + change });
      });
      await evictDurableObject(stubOf(id));
      const { status, body } = await predictIn(id, { text: "of" });
      statuses.push([status, body.error.code]);
      if (change < 0) {
        await runDurableObjectAlarm(stubOf(id));
        expect(await storedIn(id)).toEqual([]);
      } else {
        // its alarm neither fails nor ends it: the newer release has it again soon
        expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
        expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
        expect(await storedIn(id)).toEqual(["session"]);
      }
    }
    expect(statuses).toEqual([
      [404, "session_not_found"],
      [503, "deploying"],
    ]);
  });

  it("answers the same call twice the same and advances once", async () => {
    const id = await createSession({ text: "the state" });
    const first = await predictIn(id, { at: 9, text: " of the" });
    const second = await predictIn(id, { at: 9, text: " of the" });
    expect(second.body).toEqual(first.body);
    expect((await call("GET", `/v1/sessions/${id}`)).body.text).toBe("the state of the");
  });

  it("advances once when the same call arrives many times at once", async () => {
    const id = await createSession({ text: "the state" });
    const calls = Array.from({ length: 10 }, () =>
      predictIn(id, { at: 9, text: " of our union " }),
    );
    const bodies = (await Promise.all(calls)).map(({ body }) => body);
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    expect(bodies[0].position).toBe(23);
  });

  it("answers the same where many sessions have a word to read at once", async () => {
    const texts = [
      "the",
      "our people and",
      "of a state",
      "in",
      "unit",
      "a great union",
      "the",
      "is",
    ];
    const ids = await Promise.all(texts.map((text) => createSession({ text: text.slice(0, -1) })));
    const answers = await Promise.all(
      ids.map((id, at) => predictIn(id, { text: texts[at]!.slice(-1) })),
    );
    for (const [at, { body }] of answers.entries()) {
      const alone = await predictAtOnce({ text: texts[at]! });
      expect(body.predictions).toEqual(alone.body.predictions);
    }
  });

  it.each([
    ["short", "our people ", 40],
    ["long", "our people ".repeat(300), 8],
  ])("loses no text when %s calls arrive at once", async (_, text, calls) => {
    const id = await createSession();
    await Promise.all(Array.from({ length: calls }, () => predictIn(id, { text })));
    const { body } = await call("GET", `/v1/sessions/${id}`);
    expect(body.position).toBe(calls * text.length);
    expect(text.repeat(calls).slice(body.start)).toBe(body.text);
  });

  it("takes back a word, and the space that had ended it", async () => {
    const id = await createSession({ text: "the united states " });
    for (const at of [17, 16, 10, 3, 0]) {
      const { body } = await predictIn(id, { at, text: "", limit: 100 });
      const whole = await predictAtOnce({ text: "the united states ".slice(0, at), limit: 100 });
      expect(body.predictions).toEqual(whole.body.predictions);
    }
  });

  it("follows any edits, evictions among them", async () => {
    const random = seededRandom(11);
    const pieces = [
      "the ",
      "uni",
      "ted",
      " states",
      ". ",
      "our\n\n",
      "People",
      " ",
      "é",
      "🙂",
      "",
      "'s",
    ];
    const id = await createSession();
    let text = "";
    for (let step = 0; step < 150; step++) {
      const appends = random() < 0.5;
      const at = appends ? text.length : Math.floor(random() * (text.length + 1));
      const piece = pieces[Math.floor(random() * pieces.length)]!;
      text = text.slice(0, at) + piece;
      if (random() < 0.1) await fallAsleep(stubOf(id));
      const body = { text: piece, limit: 20, ...(!appends && { at }) };
      const answer = await predictIn(id, body);
      if (step % 5 > 0) continue;
      const { body: whole } = await predictAtOnce({ text, limit: 20 });
      expect({ text, ...answer.body }).toEqual({ text, ...whole });
    }
  });

  it("survives the eviction of its object", async () => {
    const id = await createSession({ text: "the state of " });
    const before = await predictIn(id, { text: "" });
    await fallAsleep(stubOf(id));
    expect((await predictIn(id, { text: "" })).body).toEqual(before.body);
  });

  it("never sees another session's text", async () => {
    const [ours, theirs] = [await createSession({ text: "our " }), await createSession()];
    await predictIn(theirs, { text: "people of the world " });
    expect((await call("GET", `/v1/sessions/${ours}`)).body.text).toBe("our ");
    expect((await predictIn(ours, { text: "" })).body.predictions).toEqual(
      (await predictAtOnce({ text: "our " })).body.predictions,
    );
  });
});

describe("a long session", () => {
  const WORDS = "the people of the united states and the state of our union . ".split(" ");
  const LONG = Array.from({ length: 5_000 }, (_, at) => WORDS[(at * at) % 13]).join(" ");

  it("keeps the end of its text and predicts from all of it", async () => {
    const id = await createSession({ text: LONG });
    const { body: session } = await call("GET", `/v1/sessions/${id}`);
    expect(session.position).toBe(LONG.length);
    expect(session.start).toBeGreaterThan(0);
    expect(session.text).toBe(LONG.slice(session.start));
    expect(session.text.length).toBeGreaterThanOrEqual(8_000);
    expect(session.text.length).toBeLessThan(12_000);
    expect((await predictIn(id, { text: "" })).body.predictions).toEqual(
      (await predictAtOnce({ text: LONG })).body.predictions,
    );
  });

  it("goes back as far as its text is retained, also after an eviction", async () => {
    const id = await createSession({ text: LONG, learn: false });
    await evictDurableObject(stubOf(id));
    const { start } = (await call("GET", `/v1/sessions/${id}`)).body;
    for (const at of [LONG.length - 1, LONG.length - 3_000, start + 1]) {
      expect((await predictIn(id, { at, text: " uni" })).body.predictions).toEqual(
        (await predict({ text: LONG.slice(0, at) + " uni" })).body.predictions,
      );
    }
  });

  it("refuses to edit what is no longer retained, and says what is", async () => {
    const id = await createSession({ text: LONG });
    const { start } = (await call("GET", `/v1/sessions/${id}`)).body;
    for (const at of [start, start - 1, 1]) {
      const { status, headers, body } = await predictIn(id, { at, text: "x" });
      expect(status).toBe(409);
      expect(headers.get("x-should-retry")).toBe("false");
      expect(body.error).toMatchObject({ code: "position_not_retained", param: "at" });
      expect(body.error).toMatchObject({ start, position: LONG.length });
    }
    expect((await call("GET", `/v1/sessions/${id}`)).body.text).toBe(LONG.slice(start));
  });

  it("does not grow without end, however often it is evicted", async () => {
    const id = await createSession();
    let session;
    for (let part = 0; part < 12; part++) {
      await predictIn(id, { text: LONG.slice(part * 1_800, (part + 1) * 1_800) });
      await fallAsleep(stubOf(id));
      session = (await call("GET", `/v1/sessions/${id}`)).body;
      expect(session.text.length).toBeLessThan(17_000);
    }
    expect(session.position).toBe(21_600);
    expect((await predictIn(id, { text: "" })).body.predictions).toEqual(
      (await predictAtOnce({ text: LONG.slice(0, 21_600) })).body.predictions,
    );
  });

  it("refuses text without white space before it fills the storage", async () => {
    const id = await createSession({ text: "x".repeat(60_000) });
    const { status, body } = await predictIn(id, { text: "x".repeat(60_000) });
    expect(status).toBe(413);
    expect(body.error.code).toBe("text_too_long");
    expect((await call("GET", `/v1/sessions/${id}`)).body.position).toBe(60_000);
  });
});

describe("a bad call to a session", () => {
  it("past the end is a 409 that says where the text ends", async () => {
    const id = await createSession({ text: "the state" });
    const { status, headers, body } = await predictIn(id, { at: 10, text: "x" });
    expect(status).toBe(409);
    expect(headers.get("x-should-retry")).toBe("false");
    expect(body.error).toMatchObject({ code: "position_past_end", param: "at" });
    expect(body.error).toMatchObject({ start: 0, position: 9 });
    expect(body.error.message).toContain("ends at 9");
    expect((await call("GET", `/v1/sessions/${id}`)).body.text).toBe("the state");
  });

  it("with an id that is unknown, deleted or malformed is a 404", async () => {
    const unknown = env.SESSIONS.newUniqueId().toString();
    for (const id of [unknown, "x", "0".repeat(64), "%20", encodeURIComponent("../models")]) {
      for (const answer of [
        await call("GET", `/v1/sessions/${id}`),
        await predictIn(id, { text: "" }),
        await call("DELETE", `/v1/sessions/${id}`),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.body.error).toMatchObject({ code: "session_not_found", param: "id" });
      }
    }
    expect(await storedIn(unknown)).toEqual([]);
  });

  it.each([
    [{ at: -1, text: "" }, "at"],
    [{ at: 1.5, text: "" }, "at"],
    [{ at: "0", text: "" }, "at"],
    [{ at: 0 }, "text"],
    [{ text: "", limit: 0 }, "limit"],
  ])("with %j is a 400 that names the field", async (body, param) => {
    const answer = await predictIn(await createSession(), body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.param).toBe(param);
  });

  it("that begins it with a life too short or too long is a 400", async () => {
    for (const ttl of [0, 10_000_000]) {
      const { status, body } = await call("POST", "/v1/sessions", { ttl_seconds: ttl });
      expect(status).toBe(400);
      expect(body.error.param).toBe("ttl_seconds");
    }
  });
});

describe("a session's end", () => {
  it("leaves nothing behind when it is deleted", async () => {
    const id = await createSession({ text: "the state of" });
    expect(await storedIn(id)).toEqual(["session"]);
    expect((await call("DELETE", `/v1/sessions/${id}`)).status).toBe(204);
    expect((await call("GET", `/v1/sessions/${id}`)).status).toBe(404);
    expect(await storedIn(id)).toEqual([]);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false); // ...as there is none any more
  });

  it("comes when it was not used for its time, and not before", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const id = await createSession({ text: "the state of", ttl_seconds: 100 });
      vi.setSystemTime(Date.now() + 90_000);
      expect((await predictIn(id, { text: " " })).status).toBe(200);
      vi.setSystemTime(Date.now() + 90_000);
      expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
      expect((await call("GET", `/v1/sessions/${id}`)).status).toBe(200);
      vi.setSystemTime(Date.now() + 20_000);
      expect((await call("GET", `/v1/sessions/${id}`)).status).toBe(404); // even before the alarm
      expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
      expect(await storedIn(id)).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a session whose model was replaced", () => {
  it("reads its text again under the new one", async () => {
    await startAfresh();
    await publish({ version: VERSION_A });
    const id = await createSession({ text: "the state of the " });
    const before = await predictIn(id, { text: "" });
    await publish({ version: VERSION_B, model: { seed: 2 } });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
    try {
      const after = await predictIn(id, { text: "" });
      expect(after.body.version).toBe(VERSION_B);
      expect(after.body.predictions).not.toEqual(before.body.predictions);
      expect(after.body.predictions).toEqual(
        (await predictAtOnce({ text: "the state of the " })).body.predictions,
      );
    } finally {
      vi.useRealTimers();
    }
  });
});
