// edge/keys: who a request's API key belongs to, and what it may be used for. Knows hashes of keys, never the keys.
// API_KEY_HASHES is a list as model/key-entries says; without entries the deployment is open.

import { readKeyEntry, splitKeyEntries } from "#model/key-entries";
import type { KeyEntry } from "#model/key-entries";
import { ApiError } from "./errors.ts";

export interface ApiKey extends Omit<KeyEntry, "sha256"> {
  id: string; // the first bytes of its hash: tells keys apart, and tells nothing of the key
  sha256: Uint8Array<ArrayBuffer>;
}

const ID_DIGITS = 16;
const encoder = new TextEncoder();
/** What a predict-only key may ask for. */
const PREDICTION_PATH = /^\/v1\/(?:predict|feedback|sessions|sessions\/.*|models|models\/[^/]+)$/;

let parsed: { hashes: string; keys: ApiKey[] } = { hashes: "", keys: [] };

/** The keys of a deployment; none where it is open. Throws where an entry is not one: nobody comes in by a slip of the pen. */
export function readKeys(hashes = ""): ApiKey[] {
  if (parsed.hashes !== hashes) {
    parsed = { hashes, keys: splitKeyEntries(hashes).map(readKey) };
  }
  return parsed.keys;
}

/** Whether requests need no key. */
export function isOpen(hashes: string | undefined): boolean {
  return readKeys(hashes).length === 0;
}

/** The key that is given, null where it is none of these. */
export async function findKey(keys: ApiKey[], given: string): Promise<ApiKey | null> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(given));
  let found: ApiKey | null = null;
  // all are compared, each in constant time: how long it takes tells nothing
  for (const key of keys) if (crypto.subtle.timingSafeEqual(digest, key.sha256)) found = key;
  return found;
}

/** Throws where a key may not be used for a request. */
export function checkKey(key: ApiKey, path: string, origin: string | null): void {
  if (key.predictsOnly && !PREDICTION_PATH.test(path)) {
    const message = "this API key is for predictions and sessions alone";
    throw new ApiError({ status: 403, code: "key_not_allowed", message });
  }
  if (key.origins && !(origin !== null && key.origins.includes(origin))) {
    const message = `this API key is for pages of ${key.origins.join(", ")} alone`;
    throw new ApiError({ status: 403, code: "origin_not_allowed", message });
  }
}

function readKey(entry: string, index: number): ApiKey {
  try {
    const { sha256: hex, ...key } = readKeyEntry(entry);
    return { ...key, id: hex.slice(0, ID_DIGITS), sha256: Uint8Array.fromHex(hex) };
  } catch (error) {
    const message = `API_KEY_HASHES: entry ${index + 1} ${(error as Error).message}; set the secret again`;
    throw new ApiError({ status: 500, code: "misconfigured", message });
  }
}
