// ops/cloudflare: Cloudflare's official client with the few resources that the doctor asks. What a refusal means is
// config/cloudflare's.

import { APIConnectionError, APIError } from "cloudflare/error";
import { BaseBuckets } from "cloudflare/resources/r2/buckets/buckets";
import { BaseRoutes } from "cloudflare/resources/workers/routes";
import { BaseScripts } from "cloudflare/resources/workers/scripts/scripts";
import { BaseSubdomains } from "cloudflare/resources/workers/subdomains";
import { createClient } from "cloudflare/tree-shakable";
import { explainRefusal, kindOf } from "#config/cloudflare";
import type { Permission, RefusalKind } from "#config/cloudflare";

/** The client of a token; the environment's CLOUDFLARE_API_BASE_URL stands for another address of the API. */
export function openCloudflare(token: string) {
  return createClient({
    apiToken: token,
    baseURL: process.env.CLOUDFLARE_API_BASE_URL,
    logLevel: "off",
    maxRetries: 1,
    resources: [BaseBuckets, BaseRoutes, BaseScripts, BaseSubdomains],
  });
}

export type Cloudflare = ReturnType<typeof openCloudflare>;

/** How a call ended: what it answered, or why it was refused. */
export type Outcome<T> =
  { result: T; kind?: undefined } | { result?: undefined; kind: RefusalKind; message: string };

/** Makes a call; a refusal is an outcome like any other. @throws Error where Cloudflare cannot be reached */
export async function attempt<T>(
  call: string,
  needs: Permission,
  answer: Promise<T>,
): Promise<Outcome<T>> {
  try {
    return { result: await answer };
  } catch (error) {
    if (error instanceof APIConnectionError) {
      throw new Error("Cloudflare's API cannot be reached; check the network", { cause: error });
    }
    if (!(error instanceof APIError) || error.status === undefined) throw error;
    const refusal = { status: error.status as number, errors: error.errors };
    return { kind: kindOf(refusal), message: explainRefusal(call, refusal, needs) };
  }
}
