// infra/edge-worker/cloudflare: Cloudflare's official client with the few resources that the edge needs, its refusals as
// sentences. Knows no Worker of ours.

import { APIConnectionError, APIError } from "cloudflare/error";
import { BaseBuckets } from "cloudflare/resources/r2/buckets/buckets";
import { BaseRoutes } from "cloudflare/resources/workers/routes";
import { BaseScripts } from "cloudflare/resources/workers/scripts/scripts";
import { BaseSettings } from "cloudflare/resources/workers/scripts/settings";
import { BaseSubdomain } from "cloudflare/resources/workers/scripts/subdomain";
import { BaseSubdomains } from "cloudflare/resources/workers/subdomains";
import { BaseTokens as AccountTokens } from "cloudflare/resources/accounts/tokens/tokens";
import { BaseTokens as UserTokens } from "cloudflare/resources/user/tokens/tokens";
import { createClient } from "cloudflare/tree-shakable";
import { explainRefusal, kindOf } from "#config/cloudflare";
import type { Permission, RefusalKind } from "#config/cloudflare";

/** How Cloudflare is reached. */
export interface CloudflareOptions {
  token: string;
  api?: string; // @default Cloudflare's own
}

/**
 * The client; it makes a call again where Cloudflare is busy or failing.
 *
 * @example
 * const cloudflare = openCloudflare({ token });
 */
export function openCloudflare({ token, api }: CloudflareOptions) {
  return createClient({
    apiToken: token,
    baseURL: api,
    logLevel: "off",
    resources: [
      AccountTokens,
      BaseBuckets,
      BaseRoutes,
      BaseScripts,
      BaseSettings,
      BaseSubdomain,
      BaseSubdomains,
      UserTokens,
    ],
  });
}

/** Cloudflare's own client, set up for this deployment. */
export type Cloudflare = ReturnType<typeof openCloudflare>;

/**
 * Cloudflare said no, or could not be asked. The message says to what, why, and what to do where that is known.
 *
 * @example
 * if (error instanceof RefusedError && error.kind === "unavailable") throw error; // may pass
 */
export class RefusedError extends Error {
  readonly kind: RefusalKind;

  constructor(message: string, kind: RefusalKind, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Waits for an answer; a refusal is explained. @param call what is asked for, e.g. `upload the Worker`
 *
 * @example
 * const verified = cloudflare.user.tokens.verify();
 * const { id } = await asked("verify the token", "Account · Workers Scripts · Edit", verified);
 * @throws RefusedError where Cloudflare refuses or cannot be reached
 */
export async function asked<T>(call: string, needs: Permission, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof APIConnectionError) {
      const message = `${call}: cannot reach Cloudflare; deploy again`;
      throw new RefusedError(message, "unavailable", { cause: error });
    }
    if (!(error instanceof APIError) || error.status === undefined) throw error;
    const refusal = { status: error.status as number, errors: error.errors };
    throw new RefusedError(explainRefusal(call, refusal, needs), kindOf(refusal), { cause: error });
  }
}

/**
 * The same, with null for what is not there.
 *
 * @example
 * const removed = cloudflare.workers.routes.delete(routeId, { zone_id: zoneId });
 * await found("remove the route", ROUTES, removed); // null where there is none
 */
export async function found<T>(
  call: string,
  needs: Permission,
  answer: Promise<T>,
): Promise<T | null> {
  try {
    return await asked(call, needs, answer);
  } catch (error) {
    if (error instanceof RefusedError && error.kind === "not found") return null;
    throw error;
  }
}

/**
 * The token's id; tokens belong to an account or to a user.
 *
 * @example
 * const accessKeyId = await verifyToken(openCloudflare({ token }), accountId);
 * @throws RefusedError where the token is none, or not active
 */
export async function verifyToken(cloudflare: Cloudflare, accountId: string): Promise<string> {
  for (const verify of [
    () => cloudflare.accounts.tokens.verify({ account_id: accountId }),
    () => cloudflare.user.tokens.verify(),
  ]) {
    try {
      const { id, status } = await asked("verify the token", "Account · Workers Scripts · Edit", verify()); // prettier-ignore
      if (status === "active") return id;
    } catch (error) {
      // not a token of that kind, or none at all: the next one tells
      if (!(error instanceof RefusedError) || error.kind === "unavailable") throw error;
    }
  }
  throw new RefusedError(
    "Cloudflare does not know the API token, or it has expired; make one and put it into the secret",
    "permission",
  );
}
