// Calls whose answer was lost are made again, and editors send their whole text: neither may depend on how long the text is.

import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { call, createSession, predictAtOnce, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

const WORDS = "the people of the united states and the state of our union . ".split(" ");
const LONG = Array.from({ length: 6_000 }, (_, at) => WORDS[(at * at) % 13]).join(" ");
const LENGTHS = [7_000, 9_000, 10_000, 12_000, 20_000];

const stubOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromString(id));

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

describe("a call that is made again", () => {
  it.each(LENGTHS)("with a text of %i characters changes nothing", async (length) => {
    const id = await createSession();
    const change = { at: 0, text: LONG.slice(0, length) };
    const first = await predictIn(id, change);
    expect(first.status).toBe(200);
    expect(await predictIn(id, change)).toMatchObject({ status: 200, body: first.body });
    await evictDurableObject(stubOf(id));
    expect(await predictIn(id, change)).toMatchObject({ status: 200, body: first.body });
    expect(first.body).toEqual((await predictAtOnce(change)).body);
  });

  it.each(LENGTHS)("behind a text, with %i characters more, changes nothing", async (length) => {
    const id = await createSession({ text: LONG.slice(0, 5_000) });
    const change = { at: 5_000, text: LONG.slice(5_000, 5_000 + length) };
    const first = await predictIn(id, change);
    expect(await predictIn(id, change)).toMatchObject({ status: 200, body: first.body });
    const more = await predictIn(id, { ...change, text: change.text + " uni" });
    const whole = LONG.slice(0, 5_000 + length) + " uni";
    expect(more.body).toEqual((await predictAtOnce({ text: whole })).body);
  });

  it("after later ones is the last of them again, where the text had not changed", async () => {
    const id = await createSession();
    const [first, second] = [LONG.slice(0, 9_000), LONG.slice(9_000, 18_000)];
    await predictIn(id, { at: 0, text: first });
    await predictIn(id, { at: 9_000, text: second });
    const { body } = await predictIn(id, { at: 18_000, text: " uni" });
    await predictIn(id, { at: 9_000, text: second });
    expect((await predictIn(id, { at: 18_000, text: " uni" })).body).toEqual(body);
  });

  it("with another text than what is gone is refused, or read anew from the beginning", async () => {
    const id = await createSession({ text: LONG.slice(0, 5_000) });
    const text = LONG.slice(5_000, 20_000);
    await predictIn(id, { at: 5_000, text });
    const { status, body } = await predictIn(id, { at: 5_000, text: text.replace("people", "peoples") }); // prettier-ignore
    expect([status, body.error.code]).toEqual([409, "position_not_retained"]);
    const other = LONG.slice(0, 20_000).replace("people", "peoples");
    const answer = await predictIn(id, { at: 0, text: other });
    expect(answer.body).toEqual((await predictAtOnce({ text: other })).body);
  });
});

describe("a text that is sent whole", () => {
  it("is taken at every length, letter by letter", async () => {
    const id = await createSession();
    for (let end = 9_900; end < 10_100; end += 20) {
      const text = LONG.slice(0, end);
      const { status, body } = await predictIn(id, { at: 0, text });
      expect([status, body.position]).toEqual([200, end]);
      if (end % 100 > 0) continue;
      expect(body).toEqual((await predictAtOnce({ text })).body);
    }
  });

  it.each(["", "the united", "\n", LONG.slice(100, 15_000)])(
    "replaces a session of any length: %#",
    async (text) => {
      const id = await createSession({ text: LONG.slice(0, 30_000), learn: false });
      const answer = await predictIn(id, { at: 0, text, learn: true });
      expect(answer).toMatchObject({ status: 200, body: { position: text.length } });
      expect(answer.body).toEqual((await predictAtOnce({ text })).body);
      const { body: session } = await call("GET", `/v1/sessions/${id}`);
      expect(session.text).toBe(text.slice(session.start));
    },
  );
});
