// Objects are killed and put to sleep, sockets closed and pages loaded anew at random moments of somebody's typing with the client:
// the text and the predictions at the end are those of the whole text sent at once.

import { env, exports } from "cloudflare:workers";
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { connect } from "#client/connect";
import { seededRandom } from "../tiny-model.ts";
import { call, fallAsleep, predictAtOnce, publish, startAfresh, VERSION_A } from "./support.ts";
import { closeSockets, WorkerSocket } from "./worker-socket.ts";

const PIECES = ["the ", "uni", "ted", " states", ". ", "our\n\n", " ", "é", "🙂", "Kowalski ", "i\u0307zmir "]; // prettier-ignore
const STEPS = 25;
const TRANSPORTS = ["websocket", "http"] as const;
const LIMIT = { limit: 20 };

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  vi.stubGlobal("WebSocket", WorkerSocket);
  vi.spyOn(console, "error").mockImplementation(() => {}); // each kill is logged, as it should be
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const client = connect({
  url: "https://edge.test",
  fetch: (input, init) => exports.default.fetch(new Request(input as string, init as RequestInit)),
  attempts: 6,
  timeoutMs: 2_000,
});

/** Whether an object was put to sleep: one that a call has not reached yet does not run. */
async function isDone(eviction: Promise<void>): Promise<boolean> {
  try {
    await eviction;
    return true;
  } catch (error) {
    if (/not currently running/.test((error as Error).message)) return false;
    throw error;
  }
}

/** What happens besides the typing, and whether that is a kill. */
async function meetAccident(kind: number, id: string): Promise<boolean> {
  const stub = () => env.SESSIONS.get(env.SESSIONS.idFromString(id)); // a killed object's is broken
  if (kind === 3) closeSockets(1000);
  if (kind === 4) closeSockets(1001);
  if (kind === 0) await abortAllDurableObjects();
  if (kind === 1) return isDone(evictDurableObject(stub()));
  if (kind === 2) return isDone(fallAsleep(stub()));
  return kind === 0;
}

it(`loses nothing in ${inject("kills")} kills and evictions`, async () => {
  let kills = 0;
  for (let seed = 1; kills < inject("kills"); seed++) {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const options = { transport: TRANSPORTS[seed % 2]! };
    let session = await client.open(options);
    let page = new AbortController();
    for (let step = 0; step < STEPS; step++) {
      const { length } = session.text;
      const at = random() < 0.7 ? length : below(length + 1);
      const answer = session.edit(at, PIECES[below(PIECES.length)]!, { ...LIMIT, signal: page.signal }); // prettier-ignore
      answer.catch(() => {}); // the next one carries its text
      const moment = below(4);
      if (moment > 0) await scheduler.wait(below(4)); // during the call
      if (moment > 1) await answer.catch(() => {});
      if (await meetAccident(below(12), session.id)) kills++;
      if (below(20) > 0) continue;
      // the page is loaded anew while a call of the old one is under way: it goes on with what the server has
      page.abort();
      page = new AbortController();
      session = await client.resume(session.id, options);
    }
    const { text } = session;
    const { predictions, position } = await session.append("", LIMIT);
    const { body: found } = await call("GET", `/v1/sessions/${session.id}`);
    expect({ seed, position, text: found.text }).toEqual({ seed, position: text.length, text });
    const whole = await predictAtOnce({ text, ...LIMIT });
    expect({ seed, predictions }).toEqual({ seed, predictions: whole.body.predictions });
    await session.delete();
  }
}, 7_200_000);
