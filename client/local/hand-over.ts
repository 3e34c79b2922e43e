// client/local/hand-over: from a server to a model in the page, in the middle of a word where need be.

import type { Session } from "../session.ts";
import type { Backend } from "../types.ts";

/**
 * Has a session answered by a model in the page as soon as that is loaded; until then, and where it cannot be, by whoever does
 * now.
 *
 * @example
 * await handOver(session, openLocal({ server: { url } }));
 * @returns whether the session is answered in the page
 */
export async function handOver(session: Session, opening: Promise<Backend>): Promise<boolean> {
  const local = await opening.catch(() => null);
  if (!local) return false;
  const former = session.backend;
  session.backend = local;
  former.close();
  return true;
}
