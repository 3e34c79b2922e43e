// edge/canary-share: which sessions a canary is served to: by their ids alone, so that a session has the same version wherever and
// whenever it is asked.

import type { Canary } from "#model/layout";
import { digestText } from "#inference/text-digest";

/** Whether a session belongs to a canary's share; a larger share has the sessions of a smaller one too. */
export function isChosen(session: string, { version, share }: Pick<Canary, "version" | "share">) {
  const digest = digestText(`${version} ${session}`);
  const mixed = Math.imul(Number.parseInt(digest.slice(0, 8), 16) ^ 0x5bd1e995, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32 < share;
}
