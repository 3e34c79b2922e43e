// edge/tickets: lets a page open a session's socket without its API key, which would travel in a header that no log hides. A
// ticket is for one session and lives a minute.
//
//   <key's id> "." <end, seconds since 1970> "." <HMAC-SHA256 with the key's hash, of session and end, base64url>
//
// Whoever knows a key could make tickets for its own sessions, which that key opens anyway.

import type { ApiKey } from "./keys.ts";

export const TICKET_SECONDS = 60;
/** What a ticket is where no keys are needed. */
const OPEN_TICKET = "open";

const encoder = new TextEncoder();
const base64url = { alphabet: "base64url", omitPadding: true } as const;

/** A ticket for a session's socket. */
export async function issueTicket(key: ApiKey | null, session: string): Promise<string> {
  if (!key) return OPEN_TICKET;
  const end = String(Math.floor(Date.now() / 1000) + TICKET_SECONDS);
  const mac = await crypto.subtle.sign("HMAC", await macKey(key), signedText(session, end));
  return `${key.id}.${end}.${new Uint8Array(mac).toBase64(base64url)}`;
}

/** The key that a ticket was issued to, null where it is none, too old, or for another session. */
export async function redeemTicket(
  keys: ApiKey[],
  ticket: string,
  session: string,
): Promise<ApiKey | null> {
  const [id, end = "", mac = ""] = ticket.split(".");
  const key = keys.find((key) => key.id === id);
  if (!key || !/^\d{1,12}$/.test(end) || Number(end) * 1000 < Date.now()) return null;
  const bytes = decode(mac);
  const isOurs = bytes && (await crypto.subtle.verify("HMAC", await macKey(key), bytes, signedText(session, end))); // prettier-ignore
  return isOurs ? key : null;
}

function signedText(session: string, end: string) {
  return encoder.encode(`socket ticket ${session} ${end}`);
}

function macKey({ sha256 }: ApiKey): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", sha256, algorithm, false, ["sign", "verify"]);
}

function decode(mac: string) {
  try {
    return Uint8Array.fromBase64(mac, { alphabet: "base64url" });
  } catch {
    return null;
  }
}
