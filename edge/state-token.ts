// edge/state-token: the state after a text as a token that the client keeps, so that a call needs no session. Only this
// deployment can read or make one; what a token holds is the caller's own text's state, so using it twice is harmless.
//
//   byte 0        format, 2
//   bytes 1…4     which key sealed it: the first bytes of the key's SHA-256
//   bytes 5…16    initialisation vector, random
//   bytes 17…     AES-256-GCM over the rest, with bytes 0…4 as additional data:
//                   u32 length of JSON, little-endian, and JSON: model, version, owner, where the text stands
//                   UTF-16 of the text's end, little-endian: as JSON, some characters would take six bytes
//                   f32 [L, 2, H], little-endian: the network's state
//
// STATE_KEYS holds one or two keys of 32 bytes in base64, separated by white space: the first seals, both open. To change
// the key, put a new one in front; drop the old one when the tokens it sealed may be forgotten.

import { ApiError } from "./errors.ts";
import type { TextCursor } from "#inference/text-cursor";

/** What a token is bound to: under anything else it does not open. */
export interface Binding {
  model: string;
  version: string;
  owner: string | null;
}

interface SealingKey {
  id: Uint8Array;
  key: CryptoKey;
}

const FORMAT = 2;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const IV_BYTES = 12;
const HEAD_BYTES = 1 + ID_BYTES;
/** So much of the last line decides how a word is inserted after it. */
const BEFORE_CHARACTERS = 500;

const encoder = new TextEncoder();
const imported = new Map<string, Promise<SealingKey[]>>(); // by the secret; there is one

/** A token, or null where no keys are configured. */
export async function sealState(
  secret: string | undefined,
  { point, before, rest }: TextCursor,
  binding: Binding,
): Promise<string | null> {
  const [sealing] = await importKeys(secret);
  if (!sealing) return null;
  const line = before.slice(before.lastIndexOf("\n") + 1).slice(-BEFORE_CHARACTERS);
  const { position, previous, state } = point;
  const units = [line.length, rest.length];
  const json = encoder.encode(JSON.stringify({ ...binding, position, previous, units }));
  const text = encodeUnits(line + rest);
  const content = new Uint8Array(4 + json.length + text.length + state.byteLength);
  new DataView(content.buffer).setUint32(0, json.length, true);
  content.set(json, 4);
  content.set(text, 4 + json.length);
  content.set(new Uint8Array(state.buffer, state.byteOffset, state.byteLength), 4 + json.length + text.length); // prettier-ignore

  const head = Uint8Array.of(FORMAT, ...sealing.id);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: head };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, sealing.key, content));
  const token = new Uint8Array(HEAD_BYTES + IV_BYTES + sealed.length);
  token.set(head);
  token.set(iv, HEAD_BYTES);
  token.set(sealed, HEAD_BYTES + IV_BYTES);
  return token.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What a token holds; throws an error of its own for each way in which it does not open. */
export async function openState(
  secret: string | undefined,
  token: string,
  binding: Binding,
): Promise<TextCursor> {
  const keys = await importKeys(secret);
  const bytes = decodeToken(token);
  const head = bytes.subarray(0, HEAD_BYTES);
  const found = keys.find(({ id }) => id.every((byte, index) => byte === head[1 + index]));
  if (!found) fail("state_foreign", "was not sealed by this deployment, or by a key it no longer has"); // prettier-ignore
  const iv = bytes.subarray(HEAD_BYTES, HEAD_BYTES + IV_BYTES);
  const sealed = bytes.subarray(HEAD_BYTES + IV_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData: head };
  // the tag does not fit: not one bit may differ from what was answered
  const content = await crypto.subtle
    .decrypt(algorithm, found.key, sealed)
    .catch(() => fail("state_altered", "was altered on its way"));
  const length = new DataView(content).getUint32(0, true);
  const json = new TextDecoder().decode(new Uint8Array(content, 4, length));
  const { model, version, owner, position, previous, units } = JSON.parse(json);
  if (owner !== binding.owner) fail("state_foreign", "belongs to another API key");
  if (model !== binding.model) fail("state_foreign", `belongs to the model "${model}"`);
  if (version !== binding.version) {
    const message = `state belongs to version ${version}; ${binding.version} is current now: send the whole text again`;
    throw new ApiError({ status: 409, code: "state_outdated", message, param: "state" });
  }
  const [first, second] = units as [number, number];
  const end = 4 + length + 2 * (first + second);
  const text = decodeUnits(content.slice(4 + length, end));
  const state = new Float32Array(content.slice(end));
  return { point: { position, previous, state }, before: text.slice(0, first), rest: text.slice(first) }; // prettier-ignore
}

function encodeUnits(text: string): Uint8Array {
  const units = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return new Uint8Array(units.buffer);
}

function decodeUnits(bytes: ArrayBuffer): string {
  return Array.from(new Uint16Array(bytes), (unit) => String.fromCharCode(unit)).join("");
}

function decodeToken(token: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    if (bytes[0] === FORMAT && bytes.length > HEAD_BYTES + IV_BYTES) return bytes;
  } catch {
    // characters that no token has
  }
  return fail("state_malformed", "is not a token that POST /v1/predict answered");
}

function importKeys(secret = ""): Promise<SealingKey[]> {
  let keys = imported.get(secret);
  if (!keys) {
    keys = Promise.all(secret.split(/\s+/).filter(Boolean).map(importKey));
    imported.set(secret, keys);
  }
  return keys;
}

async function importKey(base64: string): Promise<SealingKey> {
  const raw = decodeKey(base64);
  const digest = await crypto.subtle.digest("SHA-256", raw);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id: new Uint8Array(digest, 0, ID_BYTES), key };
}

function decodeKey(base64: string): Uint8Array<ArrayBuffer> {
  try {
    const raw = Uint8Array.fromBase64(base64);
    if (raw.length === KEY_BYTES) return raw;
  } catch {
    // not base64: the same slip
  }
  const message = `STATE_KEYS holds a key that is not ${KEY_BYTES} bytes in base64; make one with: openssl rand -base64 ${KEY_BYTES}`;
  throw new ApiError({ status: 500, code: "misconfigured", message });
}

function fail(code: string, reason: string): never {
  throw new ApiError({ status: 400, code, message: `state ${reason}`, param: "state" });
}
