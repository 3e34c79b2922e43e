// edge/session-storage: how a session lies in its object's storage, as one row that is written behind: a call changes the
// session in memory, and whoever owns this says when to save. What of a text is worth storing is session-text's.

import { ApiError } from "./errors.ts";
import { commonLength, toStored } from "#inference/session-text";
import type { Learning } from "#inference/profile-learning";
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
  user?: string; // whose profile it reads and adds to
  learning?: Learning; // what of the text that has
}

export interface SessionRow {
  format: number;
  revision: number; // counts what was written
  session: StoredSession;
}

const ROW = "session";
/**
 * A deployment replaces running sessions over minutes, so older code may meet what newer code stored. A session of an
 * older format is as if it were not there.
 */
const FORMAT = 4;

/** Thrown where the row is a newer release's. */
export class NewerFormatError extends ApiError {
  constructor() {
    const message = "this session was stored by a newer release that is being deployed; try again";
    super({ status: 503, code: "deploying", message, retryAfterSeconds: 30 });
  }
}

export class SessionStorage {
  readonly #rows: DurableObjectStorage;
  #row: SessionRow | undefined;
  #session: StoredSession | undefined;
  #changedFrom = Infinity;

  constructor(rows: DurableObjectStorage) {
    this.#rows = rows;
  }

  /** The session as it is, null where there is none. @throws NewerFormatError */
  read(): StoredSession | null {
    return this.#session ?? (this.#session = this.readRow()?.session) ?? null;
  }

  /** The session as it was saved last. @throws NewerFormatError */
  readRow(): SessionRow | null {
    this.#row ??= this.#rows.kv.get<SessionRow>(ROW);
    if (!this.#row || this.#row.format < FORMAT) return null;
    if (this.#row.format > FORMAT) throw new NewerFormatError();
    return this.#row;
  }

  /** Whether there is something to save. */
  get isDirty(): boolean {
    return this.#session !== undefined && this.#session !== this.#row?.session;
  }

  /** From where on the text may differ from what is saved; Infinity where it does not. */
  get changedFrom(): number {
    return this.#changedFrom;
  }

  /** Changes the session, in memory alone; what of it is learned stays as it is. */
  change(session: StoredSession): void {
    const before = this.read();
    this.#changedFrom = Math.min(this.#changedFrom, before ? sameUpTo(before, session) : 0);
    this.#session = before?.learning ? { ...session, learning: before.learning } : session;
  }

  /** Changes what is learned, which alone is no reason to save. */
  changeLearning(learning: Learning): void {
    if (!this.#session) return;
    const { isDirty } = this;
    this.#session = { ...this.#session, learning };
    if (this.#row && !isDirty) this.#row = { ...this.#row, session: this.#session };
  }

  /** Writes the row; what is answered meanwhile need not wait until it is on disk where `allowUnconfirmed` is set. */
  save(options: { allowUnconfirmed: boolean }): void {
    if (!this.#session) return;
    const stored = toStored(this.#session);
    const revision = (this.#row?.revision ?? 0) + 1;
    void this.#rows.put<SessionRow>(ROW, { format: FORMAT, revision, session: stored }, options);
    // what is remembered beyond the row is the same text
    this.#row = { format: FORMAT, revision, session: this.#session };
    this.#changedFrom = Infinity;
  }

  /** Nobody finds the session any more; the object's rows are still to be deleted. */
  forget(): void {
    this.#session = undefined;
    this.#row = undefined;
    this.#changedFrom = Infinity;
    this.#rows.kv.delete(ROW);
  }
}

/** The position up to which two texts of a session are surely the same. */
function sameUpTo(a: SessionText, b: SessionText): number {
  if (a.start > b.start) return 0; // read anew from its beginning
  const gone = b.start - a.start;
  return b.start + commonLength(a.text.slice(gone), b.text, 0);
}
