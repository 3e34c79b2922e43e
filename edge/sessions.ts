// edge/sessions: the Worker's side of a session: finding its Durable Object by id, and unpacking what it replies.

import type { Environment } from "./environment.ts";
import { ApiError } from "./errors.ts";
import { placeOf } from "./placement.ts";
import type { RpcResult } from "./rpc-result.ts";
import type { Session } from "./session.ts";
import type { SessionDescription } from "./session-description.ts";

// The binding knows no class, as the class imports the environment.
function sessionsOf(namespace: DurableObjectNamespace): DurableObjectNamespace<Session> {
  return namespace as unknown as DurableObjectNamespace<Session>;
}

/** Ids are 256 bits that only this namespace can make: nobody finds a session by guessing. */
export function newSession({ SESSIONS, ...env }: Environment) {
  const { namespace, options } = placeOf(SESSIONS, env);
  const id = namespace.newUniqueId();
  return { id: id.toString(), session: sessionsOf(namespace).get(id, options) };
}

export function findSession(namespace: DurableObjectNamespace, id: string) {
  try {
    return sessionsOf(namespace).get(namespace.idFromString(id));
  } catch {
    // not one of this namespace's ids: mistyped, cut off, or made up
    const message = "no such session; ids are what POST /v1/sessions returned";
    throw new ApiError({ status: 404, code: "session_not_found", message, param: "id" });
  }
}

export function unwrap<Result>(reply: RpcResult<Result>): Result {
  if ("failure" in reply) throw new ApiError(reply.failure);
  return reply.result;
}

export function sessionObject(id: string, description: SessionDescription) {
  const { createdAt, expiresAt, ...rest } = description;
  return {
    id,
    object: "session" as const,
    ...rest,
    created: Math.floor(createdAt / 1000),
    expires: Math.floor(expiresAt / 1000),
  };
}
