// config/wrangler: where wrangler is, and the environment in which it asks nothing of the network. Runs nothing.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What goes into the environment of a process that runs wrangler. */
export const QUIET_WRANGLER = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CI: "1",
};

/** The file that Node runs; throws where the package is not installed, as in the training image. */
export function findWrangler(): string {
  const manifest = createRequire(import.meta.url).resolve("wrangler/package.json");
  return join(dirname(manifest), "bin/wrangler.js");
}
