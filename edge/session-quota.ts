// edge/session-quota: how many sessions were begun in a day, in one object for each owner of keys, in an open deployment for each
// network. Counted in memory and written behind, so that a session costs no row more.

import { DurableObject } from "cloudflare:workers";
import type { Environment } from "./environment.ts";
import { ApiError, logError } from "./errors.ts";
import { placeOf } from "./placement.ts";

const ROW = "day";
const DAY_MS = 24 * 60 * 60 * 1000; // of UTC
/** An object may sleep 10 s after its last call, and forgets. */
const SAVE_MS = 8_000;

interface Day {
  number: number; // of days since 1970
  begun: number;
}

export class SessionQuota extends DurableObject<Environment> {
  #day = this.ctx.storage.kv.get<Day>(ROW) ?? { number: 0, begun: 0 };
  #isSaved = true;

  /** Counts one more session; false where so many were begun today already. */
  async take(limit: number): Promise<boolean> {
    const number = today();
    if (this.#day.number !== number) this.#day = { number, begun: 0 };
    if (this.#day.begun >= limit) return false;
    this.#day.begun++;
    if (this.#isSaved) {
      this.#isSaved = false;
      await this.ctx.storage.setAlarm(Date.now() + SAVE_MS);
    }
    return true;
  }

  /** Saves the count, and lets go of it when its day is over. */
  override async alarm(): Promise<void> {
    const { number } = this.#day;
    this.#isSaved = true;
    if (number !== today()) return this.ctx.storage.deleteAll();
    this.ctx.storage.kv.put(ROW, this.#day);
    await this.ctx.storage.setAlarm((number + 1) * DAY_MS);
  }
}

/**
 * Counts a session that is begun; one that cannot be counted is let go on.
 * @param key of whoever begins it, null where nobody is known
 * @throws ApiError 429 where the day's sessions are used up
 */
export async function takeFromQuota(
  { SESSION_QUOTAS, SESSIONS_PER_DAY, ...env }: Environment,
  key: string | null,
): Promise<void> {
  const limit = Number(SESSIONS_PER_DAY);
  if (key === null || limit === 0) return;
  const { namespace, options } = placeOf(SESSION_QUOTAS, env);
  const id = namespace.idFromName(key);
  const quota = (namespace as unknown as DurableObjectNamespace<SessionQuota>).get(id, options);
  const isWithin = await quota.take(limit).catch((error: unknown) => {
    logError(error);
    return true;
  });
  if (isWithin) return;
  const message = `${limit} sessions were begun today, as many as a day has; go on with those there are, or tomorrow (UTC)`;
  const retryAfterSeconds = Math.ceil(((today() + 1) * DAY_MS - Date.now()) / 1000);
  throw new ApiError({ status: 429, code: "session_quota_exceeded", message, retryAfterSeconds });
}

function today(): number {
  return Math.floor(Date.now() / DAY_MS);
}
