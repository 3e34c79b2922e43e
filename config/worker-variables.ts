// config/worker-variables: what cdk.json says of the Worker's variables, for both of the roads that deploy it.

import type { CloudflareConfig } from "./project.ts";

/**
 * The variables that a configuration sets; the others are as edge/wrangler.jsonc has them.
 *
 * @example
 * workerVariables({ ...cloudflare, jurisdiction: "eu" }).get("JURISDICTION"); // "eu"
 */
export function workerVariables(config: CloudflareConfig): Map<string, string> {
  const { jurisdiction, locationHint, sessionsPerDay } = config;
  const all = {
    JURISDICTION: jurisdiction,
    LOCATION_HINT: locationHint,
    SESSIONS_PER_DAY: sessionsPerDay?.toString(),
  };
  return new Map(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)); // prettier-ignore
}
