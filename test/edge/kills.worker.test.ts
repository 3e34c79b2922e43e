// Objects are killed and put to sleep at random moments of somebody's typing, who sends what is missing as the client does:
// the text and the predictions at the end are those of the whole text sent at once.

import { env, exports } from "cloudflare:workers";
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { beforeAll, expect, inject, it } from "vitest";
import { digestText } from "#inference/text-digest";
import { seededRandom } from "../tiny-model.ts";
import { call, createSession, fallAsleep, predictAtOnce, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

const PIECES = ["the ", "uni", "ted", " states", ". ", "our\n\n", " ", "é", "🙂", "Kowalski ", "i\u0307zmir "]; // prettier-ignore
const STEPS = 25;
const CHECKED = 64;

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

type Ask = (change: object) => Promise<{ status: number; body: any }>;

/** Asks over a socket, or by a call where that broke. */
function askerOf(id: string, overSocket: boolean): Ask {
  let socket: WebSocket | null = null;
  const bySocket = async (change: object) => {
    if (!socket || socket.readyState !== WebSocket.OPEN) {
      const headers = { upgrade: "websocket" };
      socket = (await exports.default.fetch(`https://edge.test/v1/sessions/${id}/live`, { headers })).webSocket!; // prettier-ignore
      socket.accept();
    }
    const current = socket;
    const answer = new Promise<any>((resolve, reject) => {
      current.addEventListener("message", ({ data }) => resolve(JSON.parse(data as string)), { once: true }); // prettier-ignore
      current.addEventListener("close", () => reject(new Error("closed")), { once: true });
    });
    current.send(JSON.stringify(change));
    const body = await answer;
    return { status: body.status ?? 200, body };
  };
  return async (change) => {
    try {
      if (overSocket) return await bySocket(change);
    } catch {
      socket = null;
    }
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = await predictIn(id, change).catch(() => null); // killed with the request
      if (answer && answer.status < 500) return answer;
    }
    throw new Error("the session does not answer");
  };
}

/** The session has `text` now, of which it surely had `known`. */
async function send(ask: Ask, text: string, known: number): Promise<any> {
  let at = known;
  for (let attempt = 0; attempt < 5; attempt++) {
    const length = Math.min(CHECKED, at);
    const before = length > 0 && { before: { length, digest: digestText(text.slice(at - length, at)) } }; // prettier-ignore
    const { status, body } = await ask({ at, text: text.slice(at), limit: 20, ...before });
    if (status === 200) return body;
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: expect.stringMatching(/^(position_past_end|text_differs)$/) }); // prettier-ignore
    at = body.error.code === "position_past_end" ? body.error.position : 0;
  }
  throw new Error("the session never took the text");
}

it(`loses nothing in ${inject("editScripts")} typed texts`, async () => {
  for (let seed = 1; seed <= inject("editScripts"); seed++) {
    const random = seededRandom(seed);
    const id = await createSession();
    const stub = () => env.SESSIONS.get(env.SESSIONS.idFromString(id)); // a killed object's is broken
    const ask = askerOf(id, seed % 2 === 0);
    let text = "";
    for (let step = 0; step < STEPS; step++) {
      const at = random() < 0.7 ? text.length : Math.floor(random() * (text.length + 1));
      text = text.slice(0, at) + PIECES[Math.floor(random() * PIECES.length)]!;
      const accident = Math.floor(random() * 8);
      const answer = send(ask, text, at);
      if (accident === 0) await abortAllDurableObjects();
      await answer.catch(() => send(ask, text, at));
      if (accident === 1) await abortAllDurableObjects();
      if (accident === 2) await evictDurableObject(stub());
      if (accident === 3) await fallAsleep(stub());
    }
    const { predictions, position } = await send(ask, text, text.length);
    const { body: session } = await call("GET", `/v1/sessions/${id}`);
    expect({ seed, position, text: session.text }).toEqual({ seed, position: text.length, text });
    const whole = await predictAtOnce({ text, limit: 20 });
    expect({ seed, predictions }).toEqual({ seed, predictions: whole.body.predictions });
    await call("DELETE", `/v1/sessions/${id}`);
  }
}, 7_200_000);
