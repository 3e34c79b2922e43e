// infra/edge-worker/state-keys: the keys that seal the states which clients keep (edge/state-token): of each revision one,
// that of the revision before still opens, so that a change breaks nobody's text.

import { createHash } from "node:crypto";

/**
 * The Worker's STATE_KEYS: the key of this revision, then that of the one before.
 *
 * @example
 * stateKeysOf(seed, 1); // one key
 * stateKeysOf(seed, 2); // the second seals, both open
 */
export function stateKeysOf(seed: string, revision: number): string {
  const keyOf = (number: number) =>
    createHash("sha256")
      .update(number === 1 ? seed : `${seed}:${number}`)
      .digest("base64");
  return [revision, revision - 1]
    .filter((number) => number >= 1)
    .map(keyOf)
    .join(" ");
}
