// tooling/lock-integrity: writes the digests that package-lock.json lacks. An installation on one platform locks the optional
// packages of others by version alone; `npm ci` would run them there unchecked. Run after each: `npm run lock`.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A package as the lock has it. */
export interface LockedPackage {
  name?: string; // where it is installed under another
  version?: string;
  integrity?: string;
  link?: boolean;
  inBundle?: boolean; // comes inside another package, whose digest covers it
}

type Packages = Record<string, LockedPackage>;

/**
 * The folders of packages whose content nothing checks, the project's own aside.
 * @example listUnchecked({ "node_modules/a": { version: "1.0.0" } }) // ["node_modules/a"]
 */
export function listUnchecked(packages: Packages): string[] {
  return Object.entries(packages)
    .filter(([folder, { integrity, link, inBundle }]) => folder !== "" && !integrity && !link && !inBundle)
    .map(([folder]) => folder);
} // prettier-ignore

/** What the registry is asked for, e.g. `@esbuild/win32-x64@0.28.2`. */
export function specifierOf(folder: string, { name, version }: LockedPackage): string {
  return `${name ?? folder.slice(folder.lastIndexOf("node_modules/") + 13)}@${version}`;
}

function fetchIntegrity(specifier: string): string {
  const options = ["view", specifier, "dist.integrity", "--json"];
  const integrity: unknown = JSON.parse(execFileSync("npm", options, { encoding: "utf8" }) || "null"); // prettier-ignore
  if (typeof integrity === "string" && integrity.startsWith("sha512-")) return integrity;
  throw new Error(`the registry has no SHA-512 of ${specifier}; install it once where it can be`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? "package-lock.json";
  const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Packages };
  const unchecked = listUnchecked(lock.packages);
  for (const folder of unchecked) {
    const { version, ...rest } = lock.packages[folder]!;
    const integrity = fetchIntegrity(specifierOf(folder, { version, ...rest } as LockedPackage));
    lock.packages[folder] = { ...(version && { version }), integrity, ...rest };
  }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${unchecked.length} digests added to ${file}\n`);
}
