// What a session's user words, the neural cache and rejections make of its predictions.

import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { SessionStorage } from "../../edge/session-storage.ts";
import { call, createSession, fallAsleep, predict, predictAtOnce, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "../edge/support.ts"; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

interface Prediction {
  word: string;
  probability: number;
  insert: string;
}

const evict = (id: string) => fallAsleep(env.SESSIONS.get(env.SESSIONS.idFromString(id)));

async function predictionsIn(id: string, change: object): Promise<Prediction[]> {
  const { status, body } = await predictIn(id, { limit: 100, ...change });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.predictions;
}

const probabilityOf = (word: string, predictions: Prediction[]) =>
  predictions.find((prediction) => prediction.word === word)?.probability ?? 0;
const total = (predictions: Prediction[]) =>
  predictions.reduce((sum, { probability }) => sum + probability, 0);

const TEXT = "The people of Łódź and Mr. Kowalski. The people of the ";

/** Those that go on with the letters typed; words that may follow them begin with a space. */
const completions = (predictions: Prediction[]) =>
  predictions.filter(({ insert }) => !insert.startsWith(" "));

describe("a session's user words", () => {
  it("come again more probably", async () => {
    const own = await predictionsIn(await createSession({ text: TEXT }), { text: "" });
    const others = (await predict({ text: TEXT, limit: 100 })).body.predictions;
    expect(probabilityOf("people", own)).toBeGreaterThan(probabilityOf("people", others));
    expect(probabilityOf("uniform", own)).toBeLessThan(probabilityOf("uniform", others));
  });

  it("are offered though no vocabulary has them, in the case they were written", async () => {
    const own = await predictionsIn(await createSession({ text: TEXT }), { text: "" });
    const found = own.filter(({ word }) => word === "Kowalski" || word === "Łódź");
    expect(found.map(({ insert }) => insert).sort()).toEqual(["Kowalski", "Łódź"]);
    expect(total(own)).toBeLessThan(1.00001);
    expect(own).toEqual(own.toSorted((a, b) => b.probability - a.probability));
  });

  it("are never suggested where they are longer than any word", async () => {
    const [key, name] = ["x".repeat(201), "y".repeat(200)];
    const id = await createSession({ text: `The ${key} and ${name} of ` });
    const found = (await predictionsIn(id, { text: "" })).map(({ word }) => word);
    expect(found).toContain(name);
    expect(found).not.toContain(key);
  });

  it("are completed from their first letters, which nothing else begins with", async () => {
    const id = await createSession({ text: TEXT });
    expect(await predictionsIn(id, { text: "Kow" })).toMatchObject([
      { word: "Kowalski", insert: "alski" },
    ]);
    expect(completions((await predict({ text: `${TEXT}Kow` })).body.predictions)).toEqual([]);
    const lower = await predictionsIn(id, { at: TEXT.length, text: "ł" });
    expect(lower).toMatchObject([{ word: "Łódź", insert: "ódź" }]);
  });

  it("share the probability with words of the vocabulary that begin so too", async () => {
    const id = await createSession({ text: "Our Unilever of the " });
    const own = await predictionsIn(id, { text: "uni" });
    expect(own.map(({ word }) => word).sort()).toEqual(["Unilever", "United", "uniform", "union", "unit", "unity"]); // prettier-ignore
    // a whole word's share goes to what follows it, of which the mere marks are not offered
    expect(total(own)).toBeCloseTo(1, 5);
    const between = await predictionsIn(id, { at: 20, text: "" });
    const ratio = (predictions: Prediction[]) => probabilityOf("Unilever", predictions) / probabilityOf("unity", predictions); // prettier-ignore
    expect(ratio(own)).toBeCloseTo(ratio(between), 5);
  });

  it("are followed by other words once they are whole", async () => {
    const id = await createSession({ text: "Unilever is a Unilever" });
    const inside = await predictionsIn(id, { text: "" });
    const behind = await predictionsIn(id, { text: " " });
    expect(inside).toEqual(behind.map((one) => ({ ...one, insert: ` ${one.insert}` })));
  });

  it("lose the capital that a sentence gave them as soon as they are seen without", async () => {
    const id = await createSession({ text: "Zlotys are. Our zlotys are. Zlotys are. In " });
    expect(await predictionsIn(id, { text: "zl" })).toMatchObject([{ word: "zlotys" }]);
  });

  it("are gone when they are taken back, and never another session's", async () => {
    const id = await createSession({ text: TEXT });
    await predictionsIn(id, { at: 14, text: "" });
    expect(completions(await predictionsIn(id, { text: "the Kow" }))).toEqual([]);
    const another = await createSession({ text: "The " });
    expect(completions(await predictionsIn(another, { text: "Kow" }))).toEqual([]);
  });

  it("are remembered after an eviction and under another model, though only the text is stored", async () => {
    const id = await createSession({ text: TEXT });
    const before = await predictionsIn(id, { text: "" });
    await evict(id);
    const stub = env.SESSIONS.get(env.SESSIONS.idFromString(id));
    const stored = await runInDurableObject(stub, (_, { storage }) => new SessionStorage(storage).read()); // prettier-ignore
    expect(stored!.recent.words).toEqual([]);
    expect(await predictionsIn(id, { text: "" })).toEqual(before);
    await publish({ version: VERSION_B, model: { seed: 2 } });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
    try {
      const after = await predictionsIn(id, { text: "" });
      expect(after).not.toEqual(before);
      expect(after).toEqual((await predictAtOnce({ text: TEXT, limit: 100 })).body.predictions);
    } finally {
      vi.useRealTimers();
      await startAfresh();
      await publish({ version: VERSION_A });
    }
  });

  it("are the last ones of a long text, however much of it is taken back or read again", async () => {
    const words = Array.from({ length: 3_000 }, (_, at) => `name${"abcdefghij"[at % 10]}${"klmnopqrst"[(at >> 5) % 10]}`); // prettier-ignore
    const text = `${words.join(" ")} `;
    const id = await createSession({ text });
    for (const back of [0, 7, 40, 250, 1_000, 3_500]) {
      if (back === 250) await evict(id);
      const at = text.length - back;
      const expected = await predictAtOnce({ text: text.slice(0, at), limit: 100 });
      expect(await predictionsIn(id, { at, text: "" })).toEqual(expected.body.predictions);
    }
  });
});

describe("learning nothing", () => {
  it("leaves a session's predictions those of the text alone", async () => {
    const id = await createSession({ learn: false });
    expect((await call("GET", `/v1/sessions/${id}`)).body.learn).toBe(false);
    let text = "";
    for (const piece of [TEXT, "Kow", "alski and K"]) {
      text += piece;
      const { predictions } = (await predict({ text, limit: 100 })).body;
      expect(await predictionsIn(id, { text: piece })).toEqual(predictions);
      await evict(id);
    }
  });

  it("from one call leaves its words out for good, also those that it only began", async () => {
    const id = await createSession({ text: "The people of Łódź and " });
    await predictionsIn(id, { text: "Mr. Kowalski and Wiś", learn: false });
    await predictionsIn(id, { text: "niewska. " });
    const find = async (letters: string) => {
      const { position } = (await call("GET", `/v1/sessions/${id}`)).body;
      const found = await predictionsIn(id, { text: letters });
      await predictionsIn(id, { at: position, text: "" });
      return completions(found).map(({ word }) => word);
    };
    for (const reset of [() => evict(id), () => publish({ version: VERSION_A })]) {
      expect(await find("Kow")).toEqual([]);
      expect(await find("Wiś")).toEqual([]);
      expect(await find("Łó")).toEqual(["Łódź"]);
      await reset();
    }
    await predictionsIn(id, { at: 23, text: "Mr. Kowalski " });
    expect(await find("Kow")).toEqual(["Kowalski"]);
  });

  it("can be left for one call", async () => {
    const id = await createSession({ learn: false });
    await predictionsIn(id, { text: "Mr. Kowalski. ", learn: true });
    await predictionsIn(id, { text: "Mrs. Kowalewska. " });
    expect((await predictionsIn(id, { text: "Kow" })).map(({ word }) => word)).toEqual(["Kowalski"]); // prettier-ignore
  });
});

describe("a rejected word", () => {
  it("is next to impossible, the same however often it is rejected, and the others are as before", async () => {
    const id = await createSession({ text: TEXT });
    const before = await predictionsIn(id, { text: "" });
    const { word } = before[0]!;
    const change = { at: TEXT.length, text: "", reject: word };
    const after = await predictionsIn(id, change);
    expect(probabilityOf(word, after)).toBeLessThan(before[0]!.probability / 1_000);
    expect(after.filter((one) => one.word !== word)).toEqual(before.slice(1));
    expect(await predictionsIn(id, change)).toEqual(after);
    await evict(id);
    expect(await predictionsIn(id, { text: "" })).toEqual(after);
  });

  it("is so inside a word too, whether a vocabulary has it or not", async () => {
    const id = await createSession({ text: "Our Unilever of the uni" });
    for (const word of ["Unilever", "United", "unity"]) {
      const before = await predictionsIn(id, { text: "" });
      const after = await predictionsIn(id, { text: "", reject: word });
      expect(probabilityOf(word, after)).toBeLessThan(probabilityOf(word, before) / 1_000);
    }
  });

  it("recovers over the next fifty words", async () => {
    const rejecting = await createSession({ text: "the state of " });
    const other = await createSession({ text: "the state of " });
    await predictionsIn(rejecting, { text: "", reject: "United" });
    let last = 0;
    for (let words = 0; words < 50; words += 10) {
      const share = probabilityOf("United", await predictionsIn(rejecting, { text: "" }));
      const full = probabilityOf("United", await predictionsIn(other, { text: "" }));
      expect(share / full).toBeGreaterThan(last);
      expect(share / full).toBeLessThan(1);
      last = share / full;
      for (const id of [rejecting, other]) await predictionsIn(id, { text: "a great world is to be in our state today, " }); // prettier-ignore
    }
    for (const id of [rejecting, other]) await predictionsIn(id, { text: "a year in " });
    expect(await predictionsIn(rejecting, { text: "" })).toEqual(await predictionsIn(other, { text: "" })); // prettier-ignore
  });

  it("is wanted after all once it was typed, and not while it is only begun", async () => {
    const [rejecting, other] = [await createSession({ text: "the state of " }), await createSession({ text: "the state of " })]; // prettier-ignore
    await predictionsIn(rejecting, { text: "", reject: "United" });
    for (const id of [rejecting, other]) await predictionsIn(id, { text: "the Uni" });
    const share = async (id: string) =>
      probabilityOf("United", await predictionsIn(id, { text: "" }));
    expect(await share(rejecting)).toBeLessThan((await share(other)) / 100);
    for (const id of [rejecting, other]) await predictionsIn(id, { text: "ted of " });
    expect(await predictionsIn(rejecting, { text: "" })).toEqual(await predictionsIn(other, { text: "" })); // prettier-ignore
  });

  it("that alone begins so comes behind the words that may follow the letters", async () => {
    const id = await createSession({ text: "Mr. Zbigniew and Zbigniew in " });
    await predictionsIn(id, { text: "Zb" });
    const after = await predictionsIn(id, { text: "", reject: "Zbigniew", limit: 5 });
    expect(after).toHaveLength(5);
    expect(after[0]!.word).not.toBe("Zbigniew");
  });

  it("stays rejected when text is taken back, and counts the words from there", async () => {
    const id = await createSession({ text: "the state of " });
    await predictionsIn(id, { text: "", reject: "United" });
    const before = probabilityOf("United", await predictionsIn(id, { text: "" }));
    await predictionsIn(id, { at: 10, text: "" });
    expect(probabilityOf("United", await predictionsIn(id, { text: "of " }))).toBeLessThan(10 * before); // prettier-ignore
  });

  it.each([
    [{ text: "", reject: "" }, "reject"],
    [{ text: "", reject: "x".repeat(201) }, "reject"],
    [{ text: "", reject: ["the"] }, "reject"],
    [{ text: "", reject: "States of America" }, "reject"],
    [{ text: "", reject: "." }, "reject"],
    [{ text: "", reject: " " }, "reject"],
    [{ text: "", learn: "no" }, "learn"],
    [{ text: "", cache: false }, "cache"],
  ])("that %j is a 400 that names the field", async (body, param) => {
    const answer = await predictIn(await createSession(), body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.param).toBe(param);
  });
});
