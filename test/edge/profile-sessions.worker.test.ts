// What sessions add to a writer's profile, and when: text counts once, as it finally is.

import { env, exports } from "cloudflare:workers";
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"; // prettier-ignore
import { beforeEach, expect, inject, it, vi } from "vitest";
import { seededRandom } from "../tiny-model.ts";
import { end, storedOf, type } from "./profile-support.ts";
import { call, createSession, fallAsleep, predict, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const stubOf = (id: string) => env.SESSIONS.get(env.SESSIONS.idFromString(id));
const phrasesOf = async (user: string) => {
  const { body } = await call("GET", `/v1/profiles/${user}/export`);
  return body.days.flatMap(({ phrases }: any) => phrases.map(({ words, count }: any) => `${count} ${words}`)); // prettier-ignore
};

it("counts a text once, however often its calls are repeated", async () => {
  const id = await createSession({ user: "anna" });
  for (let time = 0; time < 3; time++) {
    await predictIn(id, { at: 0, text: "the Zyxquor is great. " });
    await predictIn(id, { at: 22, text: "our union " });
    await fallAsleep(stubOf(id));
  }
  expect(await phrasesOf("anna")).toEqual(["1 <eos> our union", "1 <eos> the Zyxquor is great ."]);
  await end(id);
  expect(await phrasesOf("anna")).toHaveLength(2);
});

it("counts an edited text as it finally is", async () => {
  const id = await createSession({ user: "anna", text: "the Zyxquor is great. our uni" });
  await predictIn(id, { at: 4, text: "Kowalski is great. " });
  await fallAsleep(stubOf(id));
  expect(await phrasesOf("anna")).toEqual(["1 <eos> the Kowalski is great ."]);
  await predictIn(id, { at: 0, text: "" });
  await end(id);
  expect(await storedOf("anna")).toBe(await storedOf("bela"));
});

it("counts a word whose last letters come later once, and as a whole", async () => {
  const id = await createSession({ user: "anna", text: "the Zyx" });
  await fallAsleep(stubOf(id));
  await predictIn(id, { text: "quor is" });
  await fallAsleep(stubOf(id));
  expect(await phrasesOf("anna")).toEqual(["1 <eos> the Zyxquor is"]);
  await end(id);
});

it("learns nothing that is not to be learned", async () => {
  const id = await createSession({ user: "anna", learn: false, text: "my Secret is " });
  await predictIn(id, { text: "the union ", learn: true });
  await end(id);
  expect(await phrasesOf("anna")).toEqual(["1 the union"]);
});

it("writes nothing while somebody types over a socket, and tells it when the socket closes", async () => {
  const id = await createSession({ user: "anna" });
  const { webSocket } = await exports.default.fetch(`https://edge.test/v1/sessions/${id}/live`, { headers: { upgrade: "websocket" } }); // prettier-ignore
  webSocket!.accept();
  const text = "the Zyxquor ";
  for (const [at, letter] of [...text].entries()) {
    const answer = new Promise((resolve) => webSocket!.addEventListener("message", resolve, { once: true })); // prettier-ignore
    webSocket!.send(JSON.stringify({ at, text: letter }));
    await answer;
  }
  expect(await phrasesOf("anna")).toEqual([]);
  webSocket!.close(1000);
  await vi.waitFor(async () => expect(await phrasesOf("anna")).toEqual(["1 <eos> the Zyxquor"]));
});

it("tells what is typed when nobody types any more, and offers it elsewhere", async () => {
  const id = await createSession({ user: "anna" });
  await predictIn(id, { at: 0, text: "Dear Zyxquor" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 });
  await runDurableObjectAlarm(stubOf(id));
  vi.useRealTimers();
  const { body } = await predict({ text: "Zy", user: "anna" });
  expect(body.predictions[0].word).toBe("Zyxquor");
  const rejected = await predictIn(id, { text: " the", reject: "States" });
  expect(rejected.status).toBe(200);
  await end(id);
  expect((await call("GET", "/v1/profiles/anna")).body.rejected).toEqual([{ word: "States", count: 1 }]); // prettier-ignore
});

it("keeps what a long text has let go of, and counts it once", async () => {
  const id = await createSession({ user: "anna" });
  const sentence = "our people of the united states and the Zyxquor of the world. ";
  let text = "";
  for (let part = 0; part < 10; part++) {
    await predictIn(id, { at: text.length, text: sentence.repeat(40) });
    text += sentence.repeat(40);
    await fallAsleep(stubOf(id));
  }
  await predictIn(id, { at: 0, text });
  await predictIn(id, { at: text.length - 10, text: "" });
  await end(id);
  const [whole, cut] = [sentence.trim().replace(".", " ."), sentence.slice(0, -10).trim()];
  expect(await phrasesOf("anna")).toEqual([`399 <eos> ${whole}`, `1 <eos> ${cut}`].sort((a, b) => Number(a.slice(-1) === ".") - Number(b.slice(-1) === "."))); // prettier-ignore
});

it("counts all of a text that is sent at once, however long", async () => {
  const sentence = "our people of the united states and the Zyxquor of the world. ";
  const phrase = `<eos> ${sentence.trim().replace(".", " .")}`;
  await type("anna", sentence.repeat(600));
  expect(await phrasesOf("anna")).toEqual([`600 ${phrase}`]);
  await end(await createSession({ user: "bela", text: sentence.repeat(600) }));
  expect(await storedOf("bela")).toBe(await storedOf("anna"));
  const id = await createSession({ user: "anna" });
  for (let part = 0; part < 6; part++)
    await predictIn(id, { at: part * sentence.length * 50, text: sentence.repeat(50) });
  await end(id);
  expect(await phrasesOf("anna")).toEqual([`900 ${phrase}`]);
});

it("goes on under another model", async () => {
  const id = await createSession({ user: "anna", text: "the Zyxquor. " });
  await publish({ version: VERSION_B, model: { seed: 2, tokenizer: "whitespace" } });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
  await predictIn(id, { text: "our union" });
  await end(id);
  vi.useRealTimers();
  expect(await phrasesOf("anna")).toEqual(["1 <eos> the Zyxquor. our union"]);
});

it("forgets days, and what was typed on others stays", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-20T12:00:00Z") });
  await type("anna", "the Kowalski union.");
  await type("bela", "the Kowalski union.");
  vi.setSystemTime(Date.parse("2026-11-23T12:00:00Z"));
  await type("anna", "the Zyxquor union.");
  await call("DELETE", "/v1/profiles/anna?from=2026-11-22&to=2026-11-24");
  expect(await storedOf("anna")).toBe(await storedOf("bela"));
  vi.setSystemTime(Date.parse("2028-11-23T12:00:00Z"));
  await runDurableObjectAlarm(env.PROFILES.get(env.PROFILES.idFromName('[null,"anna"]')));
  vi.useRealTimers();
  expect(await phrasesOf("anna")).toEqual([]);
});

it(`is what was typed after ${inject("editScripts")} texts with accidents`, async () => {
  const PIECES = ["the ", "uni", "ted", " Zyxquor", ". ", "our\n\n", " ", "é", "🙂", "Kowalski "];
  for (let seed = 1; seed <= inject("editScripts"); seed++) {
    const random = seededRandom(seed);
    const id = await createSession({ user: `anna${seed}` });
    let text = "";
    const send = async (at: number, piece: string) => {
      for (let attempt = 0; attempt < 5; attempt++) {
        const answer = await predictIn(id, { at, text: piece }).catch(() => null);
        if (answer?.status === 200) return;
        if (answer?.status === 409) return void (await predictIn(id, { at: 0, text }));
      }
    };
    for (let step = 0; step < 12; step++) {
      const at = random() < 0.6 ? text.length : Math.floor(random() * (text.length + 1));
      const piece = PIECES[Math.floor(random() * PIECES.length)]!;
      text = text.slice(0, at) + piece;
      await send(at, piece);
      const accident = Math.floor(random() * 6);
      if (accident === 0) await abortAllDurableObjects();
      if (accident === 1) await evictDurableObject(stubOf(id));
      if (accident === 2) await fallAsleep(stubOf(id));
    }
    await predictIn(id, { at: 0, text });
    await end(id);
    await type(`bela${seed}`, text);
    expect([seed, await storedOf(`anna${seed}`)]).toEqual([seed, await storedOf(`bela${seed}`)]);
    await runInDurableObject(stubOf(id), async (_, { storage }) => expect((await storage.list()).size).toBe(0)); // prettier-ignore
  }
}, 600_000);
