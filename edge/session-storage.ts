// edge/session-storage: how a session lies in its object's storage. What of a text is worth storing is session-text's.
//
// The points of a text hold the network's states, tens of kilobytes, and only change where a word ends; so there are two
// rows, of which a call writes one:
//
//   "session"   everything, as of the last call that changed the stored points
//   "typed"     all but the points, as of the last call, if it has the revision of that; older otherwise

import { ApiError } from "./errors.ts";
import { toStored } from "#inference/session-text";
import type { SessionText } from "#inference/session-state";

/** Whose key began the session; null in an open deployment. */
export type Owner = string | null;

export interface StoredSession extends SessionText {
  owner: Owner;
  model: string;
  version: string; // that the points' states belong to
  createdAt: number; // milliseconds since 1970
  expiresAt: number;
  ttlSeconds: number;
  learn: boolean; // where a call does not say
}

interface Whole {
  format: number;
  revision: number; // counts what was written under this key
  session: StoredSession;
}

interface Typed {
  revision: number; // of the whole that lends its points
  session: Omit<StoredSession, "points">;
}

const WHOLE = "session";
const TYPED = "typed";
/**
 * A deployment replaces running sessions over minutes, so older code may meet what newer code stored. A session of an
 * older format is as if it were not there.
 */
const FORMAT = 3;

export class SessionStorage {
  readonly #rows: SyncKvStorage;
  #session: StoredSession | undefined;
  #revision = 0;
  #points: SessionText["points"] = []; // that are stored

  constructor(rows: SyncKvStorage) {
    this.#rows = rows;
  }

  read(): StoredSession | undefined {
    if (this.#session) return this.#session;
    const whole = this.#rows.get<Whole>(WHOLE);
    if (!whole || whole.format < FORMAT) return undefined;
    if (whole.format > FORMAT) {
      const message =
        "this session was stored by a newer release that is being deployed; try again";
      throw new ApiError({ status: 503, code: "deploying", message, retryAfterSeconds: 30 });
    }
    const typed = this.#rows.get<Typed>(TYPED);
    const isLater = typed?.revision === whole.revision;
    this.#revision = whole.revision;
    this.#points = whole.session.points;
    return (this.#session = { ...whole.session, ...(isLater && typed.session) });
  }

  write(session: StoredSession): void {
    const stored = toStored(session);
    const { points, ...rest } = stored;
    const known = this.#points;
    if (points.length === known.length && points.every((point, at) => point === known[at])) {
      this.#rows.put<Typed>(TYPED, { revision: this.#revision, session: rest });
    } else {
      const whole = { format: FORMAT, revision: ++this.#revision, session: stored };
      this.#rows.put<Whole>(WHOLE, whole);
      this.#points = points;
    }
    this.#session = session;
  }

  /** Nobody finds the session any more; the object's rows are still to be deleted. */
  forget(): void {
    this.#session = undefined;
    this.#points = [];
    this.#rows.delete(WHOLE);
  }
}
