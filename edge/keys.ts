// edge/keys: who a request's API key belongs to, and what it may be used for. Knows hashes of keys, never the keys.
//
// API_KEY_HASHES holds one or more entries, separated by white space or commas:
//
//   [owner:]sha256[;models=a|b][;scope=predict][;origins=https://a.example|https://b.example]
//
//   owner     keys of one owner reach the same sessions, so a key is changed by adding the new one, then removing the old
//   models    the models that the key knows of; all where it is left out
//   scope     "predict": predictions and sessions alone, for keys that are given to others
//   origins   the pages that may use the key, for keys that lie in pages
//
// Without entries the deployment is open.

import { MODEL_NAME } from "#model/layout";
import { ApiError } from "./errors.ts";

export interface ApiKey {
  id: string; // the first bytes of its hash: tells keys apart, and tells nothing of the key
  owner: string;
  sha256: Uint8Array<ArrayBuffer>;
  models: string[] | null; // null: all
  predictsOnly: boolean;
  origins: string[] | null; // null: any
}

const ID_DIGITS = 16;
const encoder = new TextEncoder();
const ENTRY = /^(?:(?<owner>[\w.-]+):)?(?<sha256>[0-9a-f]{64})(?<limits>(?:;[a-z]+=[^;]+)*)$/i;
/** What a predict-only key may ask for. */
const PREDICTION_PATH = /^\/v1\/(?:predict|feedback|sessions|sessions\/.*|models|models\/[^/]+)$/;

let parsed: { hashes: string; keys: ApiKey[] } = { hashes: "", keys: [] };

/** The keys of a deployment; none where it is open. Throws where an entry is not one: nobody comes in by a slip of the pen. */
export function readKeys(hashes = ""): ApiKey[] {
  if (parsed.hashes !== hashes) {
    const entries = hashes.split(/[\s,]+/).filter((entry) => entry !== "");
    parsed = { hashes, keys: entries.map(readEntry) };
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

function readEntry(entry: string, index: number): ApiKey {
  const { owner, sha256, limits = "" } = ENTRY.exec(entry)?.groups ?? {};
  if (!sha256) fail(index, 'is not "[owner:]<sha256 in hex>", with ;models= ;scope= ;origins= behind it or not'); // prettier-ignore
  const hex = sha256.toLowerCase();
  const found: Record<string, string[]> = {};
  for (const limit of limits.split(";").slice(1)) {
    const [name, values] = [limit.slice(0, limit.indexOf("=")), limit.slice(limit.indexOf("=") + 1)]; // prettier-ignore
    if (!["models", "scope", "origins"].includes(name)) fail(index, `has ${name}=, which is none of models=, scope=, origins=`); // prettier-ignore
    found[name] = values.split("|");
  }
  const { models = null, scope = null, origins = null } = found;
  const wrong = models?.find((name) => !MODEL_NAME.test(name));
  if (wrong !== undefined) fail(index, `has "${wrong}", which is no model's name, in models=`);
  if (scope && scope.join() !== "predict") fail(index, `has scope=${scope.join("|")}; the only one is scope=predict`); // prettier-ignore
  return {
    id: hex.slice(0, ID_DIGITS),
    owner: owner ?? hex,
    sha256: Uint8Array.fromHex(hex),
    models,
    predictsOnly: scope !== null,
    origins,
  };
}

function fail(index: number, reason: string): never {
  const message = `API_KEY_HASHES: entry ${index + 1} ${reason}; set the secret again`;
  throw new ApiError({ status: 500, code: "misconfigured", message });
}
