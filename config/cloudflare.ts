// config/cloudflare: what Cloudflare's refusals mean and what to do about them: the function that deploys the edge, the
// doctor and the command line say the same. Calls nothing.

/** What a token must be allowed, as the dashboard calls it. */
export type Permission =
  | "Account · Workers Scripts · Edit"
  | "Account · Workers R2 Storage · Edit"
  | "Zone · Workers Routes · Edit";

export const SCRIPTS: Permission = "Account · Workers Scripts · Edit";
export const R2: Permission = "Account · Workers R2 Storage · Edit";
export const ROUTES: Permission = "Zone · Workers Routes · Edit";

const R2_NOT_ENABLED = 10042;

/** What the official client's APIError tells. */
export interface Refusal {
  status: number;
  errors: { code?: number; message?: string }[];
}

/** What a refusal is about. */
export type RefusalKind = "r2 not enabled" | "permission" | "not found" | "unavailable" | "other";

/** Told by Cloudflare's own codes first: the same status stands for a lacking permission and for a product that is off. */
export function kindOf({ status, errors }: Refusal): RefusalKind {
  if (errors.some(({ code }) => code === R2_NOT_ENABLED)) return "r2 not enabled";
  if (status === 401 || status === 403) return "permission";
  if (status === 404) return "not found";
  return status === 429 || status >= 500 ? "unavailable" : "other";
}

/** What to do about R2 that is not enabled. */
export const ENABLE_R2 =
  "open R2 in Cloudflare's dashboard once and enable it (dash.cloudflare.com, Storage & databases, R2)";

/**
 * A refusal as a sentence: to what, why, and what to do where that is known.
 *
 * explainRefusal("create R2 bucket", error, R2); // "the Cloudflare token lacks the permission …"
 */
export function explainRefusal(call: string, refusal: Refusal, needs: Permission): string {
  const reasons = refusal.errors.map(({ code, message }) => `${message} (${code})`).join("; ");
  const fact = `${call}: Cloudflare answered ${refusal.status}: ${reasons || "no reason given"}`;
  const kind = kindOf(refusal);
  if (kind === "r2 not enabled") return `${ENABLE_R2}, then deploy again: ${fact}`;
  if (kind === "permission") {
    return `the Cloudflare token lacks the permission "${needs}"; add it in the dashboard, then deploy again: ${fact}`;
  }
  if (kind === "unavailable") return `Cloudflare is busy or failing; deploy again: ${fact}`;
  return fact;
}
