// lsp/document-sessions: a session for each document that is written in; those of documents left long ago are closed.

import type { Session } from "#client/session";

const MAX_SESSIONS = 4; // a model in this process has its memory in each
/** So much text before the cursor is read, and up to twice as much: it begins where it did while somebody types on. */
const CONTEXT = 10_000;

export class DocumentSessions {
  readonly #open: () => Session;
  readonly #sessions = new Map<string, Session>(); // the one that was used last stands last

  constructor(open: () => Session) {
    this.#open = open;
  }

  /** The session of a document. */
  of(uri: string): Session {
    const session = this.#sessions.get(uri) ?? this.#open();
    this.#sessions.delete(uri);
    this.#sessions.set(uri, session);
    if (this.#sessions.size > MAX_SESSIONS) this.close(this.#sessions.keys().next().value!);
    return session;
  }

  close(uri: string): void {
    this.#sessions.get(uri)?.close();
    this.#sessions.delete(uri);
  }
}

/** The end of a text that a model is asked about. */
export function contextOf(before: string): string {
  const start = Math.floor(before.length / CONTEXT - 1) * CONTEXT;
  return start <= 0 ? before : before.slice(start).replace(/^\S*\s/u, ""); // from a word's beginning
}
