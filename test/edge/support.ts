// test/edge/support: a tiny model in the real local bucket, and calls to the Worker as a client makes them.

import { env, exports } from "cloudflare:workers";
import { createExecutionContext, evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject, waitOnExecutionContext } from "cloudflare:test"; // prettier-ignore
import { vi } from "vitest";
import type { Environment } from "../../edge/environment.ts";
import { forgetModels } from "../../edge/model-registry.ts";
import type { Session } from "../../edge/session.ts";
import { SessionStorage } from "../../edge/session-storage.ts";
import worker from "../../edge/worker.ts";
import type { MasterModel } from "#model/master-file";
import { publishModel } from "../publish-model.ts";
import type { Publication } from "../publish-model.ts";
import { makeTinyModel } from "../tiny-model.ts";
import type { TinyModelOptions } from "../tiny-model.ts";

export const VERSION_A = "20261123-200000-aaaaaa";
export const VERSION_B = "20261123-210000-bbbbbb";

/** The bucket, all sessions, the cache and the isolate's models are as on the first day. */
export async function startAfresh(): Promise<void> {
  await reset();
  // the cache has no call that empties it; what is still being put goes to the one before
  vi.unstubAllGlobals();
  vi.stubGlobal("caches", { default: await caches.open(crypto.randomUUID()) });
  forgetModels();
}

export interface TinyPublication extends Omit<Publication, "master"> {
  model?: TinyModelOptions;
  master?: MasterModel; // in place of a tiny one
}

/** Puts a version into the bucket and points at it. */
export async function publish({
  model = {},
  master = makeTinyModel(model),
  ...publication
}: TinyPublication): Promise<void> {
  await publishModel(env.MODELS, { ...publication, master });
}

export interface Answer {
  status: number;
  headers: Headers;
  body: any; // whatever the API says: each test states what it expects
}

/** One request to the Worker; a string is sent as it is, anything else as JSON. */
export async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  return readAnswer(await exports.default.fetch(requestOf(method, path, body)));
}

/** A caller of a Worker that is configured otherwise, with headers of its own. */
export function callerOf(
  configuration: Partial<Environment>,
  headers: Record<string, string> = {},
) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const request = new Request(requestOf(method, path, body));
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    const context = createExecutionContext();
    const response = await worker.fetch(request, { ...env, ...configuration }, context);
    const answer = await readAnswer(response);
    await waitOnExecutionContext(context);
    return answer;
  };
}

function requestOf(method: string, path: string, body: unknown): Request {
  return new Request(`https://edge.test${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  });
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

export const predict = (body: unknown) => call("POST", "/v1/predict", body);

/** A new session's id. */
export async function createSession(body: object = {}): Promise<string> {
  const { status, body: session } = await call("POST", "/v1/sessions", body);
  if (status !== 201) throw new Error(JSON.stringify(session));
  return session.id;
}

/** What a new session answers that is sent a whole text at once. */
export async function predictAtOnce({
  text,
  limit,
}: {
  text: string;
  limit?: number;
}): Promise<Answer> {
  const id = await createSession({ text });
  const answer = await predictIn(id, { text: "", limit });
  await call("DELETE", `/v1/sessions/${id}`);
  return answer;
}

export const predictIn = (id: string, body: unknown) =>
  call("POST", `/v1/sessions/${id}/predict`, body);

/** Nobody types for some seconds. */
async function fallQuiet(stub: DurableObjectStub<Session>): Promise<void> {
  const isFaked = vi.isFakeTimers();
  if (!isFaked) vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 5_000);
  await runDurableObjectAlarm(stub);
  if (!isFaked) vi.useRealTimers();
}

/** Nobody types for so long that the session's object is put to sleep. */
export async function fallAsleep(stub: DurableObjectStub<Session>): Promise<void> {
  await fallQuiet(stub);
  await evictDurableObject(stub);
}

/** What lies in a session's storage when nobody has typed for a while. */
export async function savedIn(stub: DurableObjectStub<Session>) {
  await fallQuiet(stub);
  return runInDurableObject(stub, (_, { storage }) => new SessionStorage(storage).read());
}
