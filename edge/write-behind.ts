// edge/write-behind: when a session is saved. Calls are answered from memory; what they changed is
//
//   noted at a socket     with every change, where the session has one: that survives the object's sleep
//   written as a row      some minutes after the first change while somebody types over a socket; without one, seconds after
//                         the last; when a socket closes; and where the change is too large for a note
//
// An object that is killed in between wakes with an older text. It knows that by its alarm, which is set while there may be
// something to save: until a call says where it stands, the text is uncertain.

import { applyJournal, writeJournal } from "./session-journal.ts";
import type { Journal } from "./session-journal.ts";
import { NewerFormatError } from "./session-storage.ts";
import type { SessionStorage, StoredSession } from "./session-storage.ts";

/** What a socket keeps while its object sleeps. */
export interface Attachment<Caller> {
  caller: Caller;
  journal?: Journal;
}

/** So long after the first change a session with sockets is saved. */
const SOCKET_PERIOD_MS = 150_000;
/** An object without sockets may sleep 10 s after its last call, and forgets. */
const CALL_PERIOD_MS = 9_000;
const QUIET_MS = 3_000;
/** Somebody who types without a pause is saved after this. */
const MAX_UNSAVED_MS = 60_000;
/** A session of a newer release is looked at again after this. */
const NEWER_FORMAT_MS = 3_600_000;

export class WriteBehind {
  readonly #ctx: DurableObjectState;
  readonly #storage: SessionStorage;
  readonly #beforeSave: () => void;
  #alarmAt: number | null = null;
  #changes = 0;
  #changedAt = 0;
  #savedAt = Date.now();
  /** Whether an older text than the last one may be all that is left. */
  isUncertain = false;

  /** @param beforeSave may still note what belongs to the session's row */
  constructor(ctx: DurableObjectState, storage: SessionStorage, beforeSave: () => void) {
    this.#ctx = ctx;
    this.#storage = storage;
    this.#beforeSave = beforeSave;
  }

  /** Goes on from the row, and from what was noted since. */
  async wake(): Promise<void> {
    this.#alarmAt = await this.#ctx.storage.getAlarm();
    const row = this.#readRow();
    if (!row) return;
    const journals = this.#ctx.getWebSockets().map((socket) => attachmentOf(socket)?.journal);
    const ours = journals.filter((journal) => journal?.revision === row.revision);
    const journal = ours.reduce((a, b) => ((b?.changes ?? 0) > (a?.changes ?? -1) ? b : a), undefined); // prettier-ignore
    if (journal && journal.changes > 0) this.#storage.change(applyJournal(row, journal));
    this.#changes = journal?.changes ?? 0;
    this.isUncertain = !journal && this.#alarmAt !== null && this.#alarmAt < row.session.expiresAt;
  }

  /** A new session, saved at once. */
  async create(session: StoredSession): Promise<void> {
    this.#storage.change(session);
    this.#storage.save({ allowUnconfirmed: false });
    await this.#ctx.storage.setAlarm((this.#alarmAt = session.expiresAt));
  }

  /** A change, to be saved later; `socket` is the one it came over. */
  async change(session: StoredSession, socket = this.#openSockets()[0]): Promise<void> {
    this.#storage.change(session);
    this.isUncertain = false;
    this.#changedAt = Date.now();
    const isNoted = socket !== undefined && this.#note(session, socket);
    if (socket !== undefined && !isNoted) this.save();
    const period = socket ? SOCKET_PERIOD_MS : CALL_PERIOD_MS;
    const latest = Math.min(this.#changedAt + period, session.expiresAt);
    if (this.#alarmAt === null || this.#alarmAt > latest) await this.#setAlarm(latest);
  }

  /** A socket has closed, and what it kept is gone. */
  async socketClosed(socket: WebSocket): Promise<void> {
    const others = this.#openSockets().filter((other) => other !== socket);
    if (this.#storage.isDirty) this.save();
    const session = this.#storage.read();
    if (others.length === 0 && session) await this.#setAlarm(session.expiresAt);
  }

  /** The alarm, of a session that has not expired. */
  async alarm(session: StoredSession): Promise<void> {
    const now = Date.now();
    const isQuiet = now - this.#changedAt >= QUIET_MS;
    const hasSockets = this.#openSockets().length > 0;
    const period = hasSockets ? SOCKET_PERIOD_MS : CALL_PERIOD_MS;
    const isTyping = now - this.#changedAt < (hasSockets ? SOCKET_PERIOD_MS : QUIET_MS);
    const isDue = hasSockets || isQuiet || now - this.#savedAt >= MAX_UNSAVED_MS;
    if (this.#storage.isDirty && isDue) this.save();
    await this.#setAlarm(Math.min(isTyping ? now + period : Infinity, session.expiresAt));
  }

  /** Where the row is a newer release's, its alarm is left to that. */
  async postpone(): Promise<void> {
    await this.#setAlarm(Date.now() + NEWER_FORMAT_MS);
  }

  /** The session is gone. */
  async forget(): Promise<void> {
    this.#storage.forget();
    this.#alarmAt = null;
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
  }

  /** Writes the row. */
  save(beforeSave = this.#beforeSave): void {
    beforeSave();
    this.#storage.save({ allowUnconfirmed: true });
    this.#savedAt = Date.now();
    this.#changes = 0;
    const session = this.#storage.read()!;
    const [socket] = this.#openSockets();
    // notes of the row before no longer count: this one says that there is nothing to note
    const journal = socket && writeJournal(this.#storage, session, 0);
    if (journal) socket.serializeAttachment({ ...attachmentOf(socket), journal });
  }

  #note(session: StoredSession, socket: WebSocket): boolean {
    const journal = writeJournal(this.#storage, session, ++this.#changes);
    if (!journal) return false;
    socket.serializeAttachment({ ...attachmentOf(socket), journal });
    return true;
  }

  #readRow() {
    try {
      return this.#storage.readRow();
    } catch (error) {
      if (error instanceof NewerFormatError) return null; // whoever calls is told
      throw error;
    }
  }

  async #setAlarm(at: number): Promise<void> {
    if (this.#alarmAt === at) return;
    this.#alarmAt = at;
    // an answer does not wait until this is on disk
    await this.#ctx.storage.setAlarm(at, { allowUnconfirmed: true });
  }

  #openSockets(): WebSocket[] {
    return this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }
}

function attachmentOf(socket: WebSocket): Attachment<object> | null {
  return socket.deserializeAttachment() as Attachment<object> | null;
}
