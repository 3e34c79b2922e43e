// edge/keys: who a request's API key belongs to. Knows hashes of keys, never the keys.
//
// API_KEY_HASHES holds one or more entries `[owner:]sha256`, separated by white space or commas. Keys with the same
// owner reach the same sessions, so a key is changed by adding the new one, then removing the old. Without entries the
// deployment is open.

import { ApiError } from "./errors.ts";

interface Key {
  owner: string;
  sha256: Uint8Array;
}

/** A page cannot set headers on a WebSocket: its key comes among the protocols, behind this. */
const PROTOCOL_PREFIX = "key.";

const encoder = new TextEncoder();
const ENTRY = /^(?:(?<owner>[\w.-]+):)?(?<sha256>[0-9a-f]{64})$/i;

/** Whether requests need no key. */
export function isOpen(hashes: string | undefined): boolean {
  return entriesOf(hashes).length === 0;
}

/** The owner of a request's key, null in an open deployment; throws where a key is missing or wrong. */
export async function authenticate(
  headers: Headers,
  hashes: string | undefined,
): Promise<string | null> {
  const keys = readKeys(hashes);
  if (keys.length === 0) return null;
  const given = givenKey(headers);
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(given ?? ""));
  let owner: string | null = null;
  // all are compared, each in constant time: how long it takes tells nothing
  for (const key of keys) if (crypto.subtle.timingSafeEqual(digest, key.sha256)) owner = key.owner;
  if (given !== null && owner !== null) return owner;
  const message = given
    ? "the API key is not one of this deployment's"
    : "send an API key: Authorization: Bearer <key>";
  throw new ApiError({ status: 401, code: "invalid_api_key", message });
}

function givenKey(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+)\s*$/i.exec(headers.get("authorization") ?? "");
  if (bearer) return bearer[1]!;
  const protocols = (headers.get("sec-websocket-protocol") ?? "").split(/\s*,\s*/);
  const key = protocols.find((protocol) => protocol.startsWith(PROTOCOL_PREFIX));
  return key?.slice(PROTOCOL_PREFIX.length) ?? null;
}

function readKeys(hashes: string | undefined): Key[] {
  return entriesOf(hashes).map((entry, index) => {
    const match = ENTRY.exec(entry);
    if (!match) {
      // nobody may come in because of a slip of the pen
      const message = `API_KEY_HASHES: entry ${index + 1} is not "[owner:]<sha256 in hex>"; set the secret again`;
      throw new ApiError({ status: 500, code: "misconfigured", message });
    }
    const { owner, sha256 } = match.groups!;
    return { owner: owner ?? sha256!.toLowerCase(), sha256: Uint8Array.fromHex(sha256!) };
  });
}

function entriesOf(hashes = ""): string[] {
  return hashes.split(/[\s,]+/).filter((entry) => entry !== "");
}
