// edge/websocket: what a live session's WebSocket carries: the messages of POST …/predict, answered in their order, each with
// the `id` it was asked with. The session itself sleeps between them; the platform holds the sockets.

import { failInvalid } from "./validation.ts";
import { ApiError, errorBody, failureOf } from "./errors.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import { LiveRequest } from "./schemas/api.ts";
import { LiveFeedback } from "./schemas/feedback.ts";

/** Who calls a session. */
export interface Caller {
  owner: string | null; // of its key; null in an open deployment
  models: string[] | null; // that the key knows of; null: all
  rateKey: string | null; // what its work is charged to
}

/** What a socket is known by after the session slept. */
export interface SocketCaller extends Caller {
  keyId: string | null;
}

/** The protocol that a client offers which sends its key beside it. */
const PROTOCOL = "afterword";
const CALLER_HEADER = "x-afterword-caller";

export const SESSION_ENDED = { code: 4404, reason: "the session was deleted or has expired" };
export const KEY_REVOKED = {
  code: 4401,
  reason: "the API key is no longer one of this deployment's",
};

/** The request as the Worker hands it to the session, which nobody else can reach. */
export function withCaller(request: Request, caller: SocketCaller): Request {
  const headers = new Headers(request.headers);
  headers.set(CALLER_HEADER, JSON.stringify(caller));
  headers.delete("authorization");
  // of the protocols only the one that is answered: the others may hold a key
  const protocols = headers.get("sec-websocket-protocol")?.split(",") ?? [];
  headers.delete("sec-websocket-protocol");
  if (protocols.some((protocol) => protocol.trim() === PROTOCOL)) headers.set("sec-websocket-protocol", PROTOCOL); // prettier-ignore
  return new Request(request, { headers });
}

export function callerOf(request: Request): SocketCaller {
  return JSON.parse(request.headers.get(CALLER_HEADER)!) as SocketCaller;
}

/** The answer that turns a request into a socket. */
export function acceptSocket(request: Request, client: WebSocket): Response {
  const headers = new Headers();
  const protocol = request.headers.get("sec-websocket-protocol");
  if (protocol !== null) headers.set("sec-websocket-protocol", protocol);
  return new Response(null, { status: 101, webSocket: client, headers });
}

/** Sends to whoever is still there: a client may have gone while its message was answered. */
export function sendTo(socket: WebSocket, message: string): void {
  try {
    socket.send(message);
  } catch {
    // closed meanwhile; the client asks again over its next socket
  }
}

/** Closes a socket that may be closed already, with any code that it was reported to be closed with. */
export function closeSocket(socket: WebSocket, code?: number, reason?: string): void {
  try {
    // 1005, 1006 and the like say that there was no code, and may not be sent
    if (code === undefined || !isSendable(code)) socket.close();
    else socket.close(code, reason);
  } catch {
    // nobody is there to be told
  }
}

function isSendable(code: number): boolean {
  return code === 1000 || code === 1001 || (code >= 3000 && code < 5000);
}

/** A message: a change of the text, or feedback; checked as a request's body would be. */
export function readMessage(message: string | ArrayBuffer) {
  if (typeof message !== "string") {
    throw new ApiError({ status: 400, code: "malformed_json", message: "send text, not bytes" });
  }
  if (message.length > MAX_BODY_BYTES) {
    const tooLong = `the message has more than ${MAX_BODY_BYTES} characters`;
    throw new ApiError({ status: 413, code: "body_too_long", message: tooLong });
  }
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    const notJson = "the message is not valid JSON";
    throw new ApiError({ status: 400, code: "malformed_json", message: notJson });
  }
  const isFeedback = typeof json === "object" && json !== null && "feedback" in json;
  const { success, data, error } = (isFeedback ? LiveFeedback : LiveRequest).safeParse(json);
  return success ? data : failInvalid(error);
}

/** An error as a message; the id is that of the message it answers, where it has one. */
export function errorMessage(error: Error, message: string | ArrayBuffer): string {
  const failure = failureOf(error);
  return JSON.stringify({ id: idOf(message), status: failure.status, ...errorBody(failure) });
}

function idOf(message: string | ArrayBuffer): unknown {
  try {
    return (JSON.parse(message as string) as { id?: unknown }).id;
  } catch {
    return undefined; // the error says that it is no JSON
  }
}
