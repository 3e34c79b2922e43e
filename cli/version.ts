// cli/version: which version of the program this is.

import { readFileSync } from "node:fs";

/** As the package says. */
export function readVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
