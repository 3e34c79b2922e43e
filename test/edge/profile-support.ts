// test/edge/profile-support: what lies in writers' profiles, and sessions that add to them.

import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { call, createSession, predict, predictIn } from "./support.ts";

export const profileStub = (user: string, owner: string | null = null) =>
  env.PROFILES.get(env.PROFILES.idFromName(JSON.stringify([owner, user])));

/** All that is stored of a writer, as text. */
export function storedOf(user: string, owner: string | null = null): Promise<string> {
  return runInDurableObject(profileStub(user, owner), async (_, { storage }) => {
    const rows = [...storage.kv.list()].map(([key, value]) => {
      return [key, value instanceof Uint8Array ? value.toHex() : value];
    });
    return JSON.stringify([rows, await storage.getAlarm()]);
  });
}

/** A session that typed a text and has ended. */
export async function type(user: string, text: string, more: object = {}): Promise<void> {
  const id = await createSession({ user });
  const { status, body } = await predictIn(id, { at: 0, text, ...more });
  if (status !== 200) throw new Error(JSON.stringify(body));
  await end(id);
}

export const end = (id: string) => call("DELETE", `/v1/sessions/${id}`);

/** What a writer is offered, after some texts, in a session and without one. */
export async function offered(user: string | undefined, texts: string[]) {
  const answers = [];
  for (const text of texts) {
    const { body } = await predict({ text, user, limit: 30 });
    const id = await createSession({ user });
    const inSession = await predictIn(id, { at: 0, text, limit: 30, learn: false });
    await end(id);
    answers.push([body.predictions, inSession.body.predictions]);
  }
  return answers;
}
