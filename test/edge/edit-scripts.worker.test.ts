// Random scripts of edits against the real Durable Object: whatever happened on the way, a session's state and its
// predictions are those of its final text sent at once under the current model.

import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { Network } from "#kernels/network";
import { writeEdgeFile } from "#model/edge-file";
import { Predictor } from "../../edge/predictor.ts";
import type { SessionText } from "../../edge/session-text.ts";
import edgeModule from "../../kernels/build/edge.wasm";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";
import { call, createSession, predict, predictIn, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const STEPS = 8;
const PIECES = ["the ", "uni", "ted", " states", ". ", "our\n\n", "People", " ", "é", "🙂", "", "'s", "\n", '"', "in a world "]; // prettier-ignore
const SEEDS: Record<string, number> = { [VERSION_A]: 1, [VERSION_B]: 2 };

const predictors = new Map(
  Object.entries(SEEDS).map(([version, seed]) => {
    const network = Network.open(edgeModule, writeEdgeFile(makeTinyModel({ seed })));
    return [version, new Predictor(network)];
  }),
);
let current = VERSION_A;

beforeAll(async () => {
  await startAfresh();
  await publish({ version: current });
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

async function changeModel(): Promise<void> {
  current = current === VERSION_A ? VERSION_B : VERSION_A;
  await publish({ version: current, model: { seed: SEEDS[current]! } });
  vi.setSystemTime(Date.now() + 30_000);
}

async function runScript(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const id = await createSession();
  const stub = env.SESSIONS.get(env.SESSIONS.idFromString(id));
  let text = "";
  for (let step = 0; step < STEPS; step++) {
    const end = text.length;
    const kind = below(10);
    const at = kind < 5 ? end : kind < 8 ? Math.max(end - 1 - below(4), 0) : below(end + 1);
    const piece = kind === 5 || kind === 6 ? "" : PIECES[below(PIECES.length)]!;
    const change = { at, text: piece, limit: 3 };
    text = text.slice(0, at) + piece;
    const accident = below(12);
    if (accident === 0) await evictDurableObject(stub);
    if (accident === 1 && below(4) === 0) await changeModel();
    if (accident === 2) await predictIn(id, change); // its answer is lost, the client asks again
    const copies = accident === 3 ? 3 : 1; // the network delivers it several times
    const answers = await Promise.all(Array.from({ length: copies }, () => predictIn(id, change)));
    for (const { status, body } of answers) {
      expect({ seed, step, status, position: body.position }).toEqual({ seed, step, status: 200, position: text.length }); // prettier-ignore
    }
  }
  const { body: session } = await call("GET", `/v1/sessions/${id}`);
  expect({ seed, text: session.text }).toEqual({ seed, text });
  const { predictions } = (await predictIn(id, { text: "", limit: 30 })).body;
  expect({ seed, predictions }).toEqual({ seed, predictions: (await predict({ text, limit: 30 })).body.predictions }); // prettier-ignore
  const predictor = predictors.get(current)!;
  const { state } = predictor.settle(predictor.start(), text);
  const stored = await runInDurableObject(stub, (_, { storage }) => storage.kv.get<SessionText>("session")); // prettier-ignore
  expect({ seed, state: stored!.points.at(-1)!.state }).toEqual({ seed, state });
  await call("DELETE", `/v1/sessions/${id}`);
}

it(`follows ${inject("editScripts")} random scripts of edits and accidents`, async () => {
  for (let seed = 1; seed <= inject("editScripts"); seed++) await runScript(seed);
}, 7_200_000);

it("answers 64 typing sessions through a change of the model, none with a mixture of two", async () => {
  const text = "our people of the united states and the state of the world ";
  const ids = await Promise.all(Array.from({ length: 64 }, () => createSession()));
  const expected = new Map<string, unknown>();
  const answerOf = (version: string, end: number) => {
    const key = `${version} ${end}`;
    const predictor = predictors.get(version)!;
    if (!expected.has(key)) expected.set(key, predictor.predict(predictor.start(), "", text.slice(0, end), 5)); // prettier-ignore
    return expected.get(key);
  };
  const seen = new Set<string>();
  for (let at = 0; at < text.length; at += 8) {
    if (at === 24) await changeModel();
    const calls = ids.map((id) => predictIn(id, { at, text: text.slice(at, at + 8) }));
    for (const { status, body } of await Promise.all(calls)) {
      expect(status).toBe(200);
      expect(body.predictions).toEqual(answerOf(body.version, body.position));
      seen.add(body.version);
    }
  }
  expect([...seen].sort()).toEqual([VERSION_A, VERSION_B]);
});
