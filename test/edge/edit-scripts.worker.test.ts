// Random scripts of edits against the real Durable Object: whatever happened on the way, a session's state and its
// predictions are those of its final text sent at once under the current model, with what was rejected and what was not
// to be learned where that stands in the text now.

import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { currentKey } from "#model/layout";
import { Predictor } from "../../inference/predictor.ts";
import { memoryOf } from "../../inference/user-words.ts";
import { beginText, replaceFrom, settleText } from "../../inference/session-text.ts";
import edgeModule from "../../kernels/build/edge.wasm";
import { publishModel } from "../publish-model.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";
import { call, createSession, fallAsleep, predictIn, savedIn, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const STEPS = 8;
// prettier-ignore
const PIECES = [
  "the ", "uni", "ted", " states", ". ", "our\n\n", "People", " ", "", "'s", "\n", '"', "in a world ", "Kowalski ", "Unil",
  // composed and not, emoji of several code points, marks that stand on what is before them
  "é", "e\u0301", "🙂", "❤️", "👨‍👩‍👧", "🇩🇪", "\u0301", "\ufe0f", "\u200d", "✌🏽 ",
  // letters whose case is longer or another's, apostrophes, what is not seen
  "İst", "i\u0307st", "ıs", "Straße ", "STRASSE", "ﬁ", "’s ", "’", "uni\u00adted", "\u200b", "\u2060",
  // scripts without spaces, from right to left, with ends of sentences of their own
  "日本。", "今日は「", "שלום ", "سلام؟ ", "नमस्ते। ", "Ёлка ",
  // what is judged by what follows
  "U.S", "u.", "s. ", "www.", "me@", "No", "etc", "COVID-1", "9 ", "my_", "var",
];
const REJECTED = ["United", "state", "Kowalski", "the"];
const SEEDS: Record<string, number> = { [VERSION_A]: 1, [VERSION_B]: 2 };

/** One of the two has n-grams in its file, and words that only these know. */
function modelOf(version: string, seed: number) {
  const model = makeTinyModel({ seed });
  return version === VERSION_B ? withTinyNgrams(model, { extraWords: ["Kowalski", "weltering"] }) : model; // prettier-ignore
}

const predictors = new Map(
  Object.entries(SEEDS).map(([version, seed]) => {
    const network = LanguageModel.open(edgeModule, writeEdgeFile(modelOf(version, seed)));
    return [version, new Predictor(network)];
  }),
);
const pointers = new Map<string, object>();
let current = VERSION_A;

beforeAll(async () => {
  await startAfresh();
  for (const version of [VERSION_B, VERSION_A]) {
    const master = modelOf(version, SEEDS[version]!);
    pointers.set(version, await publishModel(env.MODELS, { version, master }));
  }
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

/** The other version becomes current, or a canary that half of the sessions are served. */
async function changeModel(isCanary = false): Promise<void> {
  const other = current === VERSION_A ? VERSION_B : VERSION_A;
  const canary = { ...pointers.get(other), share: 0.5, startedAt: "2026-11-24T20:00:00.000Z" };
  if (!isCanary) current = other;
  const pointer = { ...pointers.get(current), ...(isCanary && { canary }) };
  await env.MODELS.put(currentKey("default"), JSON.stringify(pointer));
  vi.setSystemTime(Date.now() + 30_000);
}

/** Where in a text a rejection stands, and which characters are not learned: what an edit does to them. */
interface Expectation {
  text: string;
  excludedRanges: boolean[]; // by character
  rejected: { word: string; at: number }[];
}

function edit(
  { text, excludedRanges, rejected }: Expectation,
  { at, piece, learn, reject }: { at: number; piece: string; learn: boolean; reject?: string },
): Expectation {
  const edited = text.slice(0, at) + piece;
  let same = at;
  while (same < edited.length && edited[same] === text[same]) same++;
  const kept = rejected
    .filter(({ word }) => word !== reject)
    .map(({ word, at }) => ({ word, at: Math.min(at, same) }));
  if (reject !== undefined) kept.push({ word: reject, at: edited.length });
  const marks = [
    ...excludedRanges.slice(0, at),
    ...Array.from({ length: piece.length }, () => !learn),
  ];
  return { text: edited, excludedRanges: marks, rejected: kept };
}

/** A new session that is served this version. */
async function createSessionOf(version: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const id = await createSession();
    if ((await predictIn(id, { text: "" })).body.version === version) return id;
    await call("DELETE", `/v1/sessions/${id}`);
  }
  throw new Error(`no new session is served ${version}`);
}

/** The same in a new session of this version, in as few calls as there are places of another kind. */
async function sendAtOnce({ text, excludedRanges, rejected }: Expectation, version: string) {
  const cuts = new Set([text.length, ...rejected.map(({ at }) => at)]);
  excludedRanges.forEach((mark, at) => at > 0 && mark !== excludedRanges[at - 1] && cuts.add(at));
  const id = await createSessionOf(version);
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    await predictIn(id, { text: text.slice(from, cut), learn: !excludedRanges[from] });
    for (const { word, at } of rejected) if (at === cut) await predictIn(id, { text: "", reject: word }); // prettier-ignore
    from = cut;
  }
  const { predictions } = (await predictIn(id, { text: "", limit: 30 })).body;
  await call("DELETE", `/v1/sessions/${id}`);
  return predictions;
}

async function runScript(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const id = await createSession();
  const stub = env.SESSIONS.get(env.SESSIONS.idFromString(id));
  let expected: Expectation = { text: "", excludedRanges: [], rejected: [] };
  for (let step = 0; step < STEPS; step++) {
    const { text } = expected;
    const end = text.length;
    const kind = below(10);
    const at = kind < 5 ? end : kind < 8 ? Math.max(end - 1 - below(4), 0) : below(end + 1);
    const piece = kind === 5 || kind === 6 ? "" : PIECES[below(PIECES.length)]!;
    const learn = below(4) > 0;
    const reject = below(6) === 0 ? REJECTED[below(REJECTED.length)] : undefined;
    const change = { at, text: piece, limit: 3, learn, reject };
    expected = edit(expected, { at, piece, learn, reject });
    const accident = below(12);
    if (accident === 0) await fallAsleep(stub);
    if (accident === 1 && below(4) === 0) await changeModel(below(2) === 0);
    if (accident === 2) await predictIn(id, change); // its answer is lost, the client asks again
    const copies = accident === 3 ? 3 : 1; // the network delivers it several times
    const answers = await Promise.all(Array.from({ length: copies }, () => predictIn(id, change)));
    for (const { status, body } of answers) {
      expect({ seed, step, status, position: body.position }).toEqual({ seed, step, status: 200, position: expected.text.length }); // prettier-ignore
    }
  }
  const { text } = expected;
  const { body: session } = await call("GET", `/v1/sessions/${id}`);
  expect({ seed, text: session.text }).toEqual({ seed, text });
  const { predictions, version } = (await predictIn(id, { text: "", limit: 30 })).body;
  const atOnce = await sendAtOnce(expected, version);
  expect({ seed, predictions }).toEqual({ seed, predictions: atOnce });
  const predictor = predictors.get(version)!;
  const { state } = predictor.commit(predictor.start(), text);
  const stored = await savedIn(stub);
  expect({ seed, state: stored!.points.at(-1)!.state }).toEqual({ seed, state });
  await call("DELETE", `/v1/sessions/${id}`);
}

it(`follows ${inject("editScripts")} random scripts of edits and accidents`, async () => {
  for (let seed = 1; seed <= inject("editScripts"); seed++) await runScript(seed);
}, 7_200_000);

/** What a session's text comes to, sent at once. */
function predictAfter(predictor: Predictor, text: string) {
  const session = settleText(
    replaceFrom(beginText(predictor), { text, learn: true }, predictor),
    predictor,
  );
  const point = session.points.at(-1)!;
  const [before, rest] = [text.slice(0, point.position), text.slice(point.position)];
  return predictor.predict(point, before, rest, 5, memoryOf(session, predictor));
}

it("answers 64 typing sessions through a change of the model, none with a mixture of two", async () => {
  const text = "our people of the united states and the state of the world ";
  const ids = await Promise.all(Array.from({ length: 64 }, () => createSession()));
  const expected = new Map<string, unknown>();
  const expectedAt = (version: string, end: number) => {
    const key = `${version} ${end}`;
    if (!expected.has(key))
      expected.set(key, predictAfter(predictors.get(version)!, text.slice(0, end)));
    return expected.get(key);
  };
  const seen = new Set<string>();
  for (let at = 0; at < text.length; at += 8) {
    if (at === 24) await changeModel();
    const calls = ids.map((id) => predictIn(id, { at, text: text.slice(at, at + 8) }));
    for (const { status, body } of await Promise.all(calls)) {
      expect(status).toBe(200);
      expect(body.predictions).toEqual(expectedAt(body.version, body.position));
      seen.add(body.version);
    }
  }
  expect([...seen].sort()).toEqual([VERSION_A, VERSION_B]);
});
