// What a writer's profile knows beyond a session, what it forgets, and whose it is.

import { beforeEach, describe, expect, it } from "vitest";
import { call, createSession, predict, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore
import { end, offered, storedOf, type } from "./profile-support.ts";

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const TEXTS = [
  "",
  "the united ",
  "Dear Kow",
  "the ",
  "our people of the un",
  "Dear Kowalski, the ",
  "Z",
];
const words = (answer: { body: any }) => answer.body.predictions.map(({ word }: any) => word);

describe("a writer's user words", () => {
  it("are offered and completed in later sessions and calls", async () => {
    await type("anna", "Dear Kowalski, the Zyxquor is ready. Zyxquor is great.");
    expect(words(await predict({ text: "Zyx", user: "anna" }))[0]).toBe("Zyxquor");
    expect(words(await predict({ text: "Dear ", user: "anna" }))).toContain("Kowalski");
    const id = await createSession({ user: "anna" });
    expect(words(await predictIn(id, { text: "the Zyx" }))[0]).toBe("Zyxquor");
    expect(words(await predict({ text: "Zyx" }))).not.toContain("Zyxquor");
  });

  it("raise what followed in their n-grams, in a sum of 1", async () => {
    await type("anna", "the world of union. the world of union. the world is Kowalski.");
    const limit = 100;
    const probability = async (text: string, word: string, user?: string) =>
      (await predict({ text, user, limit })).body.predictions.find((p: any) => p.word === word)?.probability ?? 0; // prettier-ignore
    for (const [text, word] of [
      ["the world ", "of"],
      ["world ", "is"],
      ["the ", "world"],
    ] as const)
      expect(await probability(text, word, "anna")).toBeGreaterThan(await probability(text, word));
    const { body } = await predict({ text: "the u", user: "anna", limit });
    const sum = body.predictions.reduce((sum: number, p: any) => sum + p.probability, 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it("change nothing for somebody without a profile", async () => {
    const before = await offered(undefined, TEXTS);
    await type("anna", "Dear Kowalski, the Zyxquor is ready.");
    expect(await offered(undefined, TEXTS)).toEqual(before);
    expect(await offered("bela", TEXTS)).toEqual(before);
  });
});

describe("forgetting", () => {
  const KEPT = "Dear Kowalski, the union is great. our people of the united states.";

  it("a word leaves what there would be had it never been typed", async () => {
    await type("anna", `${KEPT} the Zyxquor people, ZYXQUOR of the zyxquor union`);
    await type("bela", `${KEPT} the people, of the union`);
    expect(await storedOf("anna")).not.toBe(await storedOf("bela"));
    expect((await call("DELETE", "/v1/profiles/anna?word=Zyxquor")).status).toBe(204);
    expect(await storedOf("anna")).toBe(await storedOf("bela"));
    expect(await offered("anna", TEXTS)).toEqual(await offered("bela", TEXTS));
  });

  it("all leaves nothing", async () => {
    const never = await offered("bela", TEXTS);
    await type("anna", KEPT);
    expect(await offered("anna", TEXTS)).not.toEqual(never);
    await call("DELETE", "/v1/profiles/anna");
    expect(await storedOf("anna")).toBe(await storedOf("bela"));
    expect(await offered("anna", TEXTS)).toEqual(never);
  });

  it("reaches sessions that are open, and what they have not told yet", async () => {
    const id = await createSession({ user: "anna", text: "Dear Kowalski " });
    await predictIn(id, { text: "the Zyxquor is Zyxquor. " });
    await call("DELETE", "/v1/profiles/anna?word=zyxquor");
    await predictIn(id, { text: "our Nowak " });
    await end(id);
    const { body } = await call("GET", "/v1/profiles/anna");
    expect(body.words.map(({ word }: any) => word).sort()).toEqual([".", "Dear", "Kowalski", "Nowak", "is", "our", "the"]); // prettier-ignore
  });
});

describe("taking a profile along", () => {
  it("gives the same predictions and the same bytes elsewhere", async () => {
    await type("anna", "Dear Kowalski, the Zyxquor is ready 42 times. İé🙂 Straße's end", { reject: "States" }); // prettier-ignore
    const { body } = await call("GET", "/v1/profiles/anna/export");
    expect((await call("PUT", "/v1/profiles/bela", body)).status).toBe(204);
    expect(await storedOf("bela")).toBe(await storedOf("anna"));
    expect(await offered("bela", TEXTS)).toEqual(await offered("anna", TEXTS));
    expect((await call("GET", "/v1/profiles/bela/export")).body).toEqual(body);
    expect(JSON.stringify(body)).not.toContain("42");
  });
});
