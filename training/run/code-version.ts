// training/run/code-version: which release of this program wrote a file.

import { readFileSync } from "node:fs";

const manifest = new URL("../../package.json", import.meta.url);

/** The version in package.json. */
export const CODE_VERSION = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string })
  .version;
