// edge/profile: one writer's profile, in an object that is named by the key's owner and the writer. What is in it is
// inference/writer-profile's, its bytes are profile-format's; its rows:
//
//   profile      the bytes; no such row where nothing is known
//   sessions     the writer's sessions that read it, and the last change that each has told of
//
// Sessions hold what was read, and may have more to tell. Before anything is forgotten they are asked for that, and told to read
// again; so it is not there when the request is answered, and cannot come back behind it.

import { DurableObject } from "cloudflare:workers";
import { applyChange, DAY_MS, dayOf, forgetDays, forgetWord } from "#inference/writer-profile";
import type { WriterProfile } from "#inference/writer-profile";
import type { NumberedChange } from "#inference/profile-learning";
import type { Environment } from "./environment.ts";
import { logError } from "./errors.ts";
import { decodeProfile, fitProfile } from "./profile-format.ts";

/** What was typed is forgotten after so many days. */
export const RETENTION_DAYS = 400;
const [PROFILE_ROW, SESSIONS_ROW] = ["profile", "sessions"];
/** Of more sessions than these, those that came first are let go of. */
const MAX_SESSIONS = 200;

/** By the session's id, the number of its last change. */
type Sessions = Record<string, number>;

export interface ProfileReading {
  tag: string; // another one when the profile has changed
  bytes: Uint8Array | null; // null where it is the one that the reader has
}

/** A session, as its profile knows it. */
interface LearningSession {
  flushProfile(profileId: string): Promise<NumberedChange[]>;
}

/** What is to be forgotten: a word, some days, or all. */
export type Forgetting = { word: string } | { from: number; to: number } | "all";

export class Profile extends DurableObject<Environment> {
  readonly #instance = crypto.randomUUID();
  #revision = 0;

  /** The profile; a session that reads it is asked before anything is forgotten. */
  read(tag: string | null, session?: { id: string; sequence: number }): ProfileReading {
    if (session) this.#register(session);
    const current = `${this.#instance} ${this.#revision}`;
    return { tag: current, bytes: tag === current ? null : this.#bytes() };
  }

  /** Takes changes that it does not have yet; false where it does not know the session any more. */
  async learn(id: string, changes: NumberedChange[]): Promise<boolean> {
    const sessions = this.#sessions();
    const last = sessions[id];
    if (last === undefined) return false;
    const profile = this.#profile();
    const fresh = changes.filter(({ sequence }) => sequence > last);
    for (const change of fresh) applyChange(profile, change);
    if (fresh.length === 0) return true;
    this.ctx.storage.kv.put(SESSIONS_ROW, { ...sessions, [id]: fresh.at(-1)!.sequence });
    await this.#save(profile);
    return true;
  }

  /** A session has ended, and tells nothing more. */
  end(id: string): void {
    const { [id]: ended, ...others } = this.#sessions();
    if (ended !== undefined) this.#saveSessions(others);
  }

  /** Leaves the profile as if what is forgotten had never been typed. */
  async forget(forgetting: Forgetting): Promise<void> {
    await this.#flush();
    const profile = this.#profile();
    if (forgetting === "all") profile.clear();
    else if ("word" in forgetting) forgetWord(profile, forgetting.word);
    else forgetDays(profile, forgetting.from, forgetting.to);
    await this.#save(profile);
  }

  /** Makes it the profile that was exported elsewhere. */
  async replace(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#save(decodeProfile(bytes));
  }

  /** The last day is too long ago. */
  override async alarm(): Promise<void> {
    await this.#save(this.#profile());
  }

  /** Has all sessions tell what they have, and lets go of them: whoever goes on reads the profile again. */
  async #flush(ids = Object.keys(this.#sessions())): Promise<void> {
    if (ids.length === 0) return;
    const told = await Promise.allSettled(ids.map((id) => this.#flushSession(id)));
    const profile = this.#profile();
    const sessions = this.#sessions();
    for (const [index, id] of ids.entries()) {
      const answer = told[index]!;
      if (answer.status === "rejected") continue;
      const last = sessions[id] ?? Infinity; // it ended meanwhile, and has told all
      for (const change of answer.value) if (change.sequence > last) applyChange(profile, change);
      delete sessions[id];
    }
    this.#saveSessions(sessions);
    await this.#save(profile);
    const failed = told.find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  async #flushSession(id: string): Promise<NumberedChange[]> {
    const { SESSIONS } = this.env;
    const session = SESSIONS.get(SESSIONS.idFromString(id)) as unknown as LearningSession;
    return session.flushProfile(this.ctx.id.toString());
  }

  #register({ id, sequence }: { id: string; sequence: number }): void {
    const sessions = this.#sessions();
    if (id in sessions) return;
    this.#saveSessions({ ...sessions, [id]: sequence });
    const [first, ...others] = Object.keys(sessions);
    if (others.length >= MAX_SESSIONS) this.ctx.waitUntil(this.#flush([first!]).catch(logError));
  }

  #sessions(): Sessions {
    return this.ctx.storage.kv.get<Sessions>(SESSIONS_ROW) ?? {};
  }

  #saveSessions(sessions: Sessions): void {
    if (Object.keys(sessions).length > 0) this.ctx.storage.kv.put(SESSIONS_ROW, sessions);
    else this.ctx.storage.kv.delete(SESSIONS_ROW);
  }

  #bytes(): Uint8Array {
    return this.ctx.storage.kv.get<Uint8Array>(PROFILE_ROW) ?? new Uint8Array();
  }

  #profile(): WriterProfile {
    return decodeProfile(this.#bytes());
  }

  /** Stores a profile without what is too old or too much; its alarm is set for when its last day is too old. */
  async #save(profile: WriterProfile): Promise<void> {
    forgetDays(profile, 0, dayOf(Date.now()) - RETENTION_DAYS);
    const bytes = fitProfile(profile);
    const { storage } = this.ctx;
    this.#revision++;
    if (bytes.length === 0) {
      storage.kv.delete(PROFILE_ROW);
      await storage.deleteAlarm();
      return;
    }
    storage.kv.put(PROFILE_ROW, bytes);
    const end = (Math.max(...profile.keys()) + RETENTION_DAYS) * DAY_MS;
    if ((await storage.getAlarm()) !== end) await storage.setAlarm(end);
  }
}
