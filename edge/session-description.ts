// edge/session-description: what a session tells of itself.

import { endOf } from "./session-edit.ts";
import type { StoredSession } from "./session-storage.ts";

export interface SessionDescription {
  model: string;
  version: string;
  text: string; // what is retained of it
  start: number; // the position where that begins
  position: number; // where it ends
  learn: boolean;
  user?: string;
  createdAt: number;
  expiresAt: number;
}

/** The session without its states. */
export function describeSession(session: StoredSession): SessionDescription {
  const { model, version, text, start, learn, user, createdAt, expiresAt } = session;
  const writer = user === undefined ? {} : { user };
  return { model, version, text, start, position: endOf(session), learn, ...writer, createdAt, expiresAt }; // prettier-ignore
}
