// bench/typing/debian-packages: programs of others, from Debian's packages, unpacked into a folder of their own and not installed.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What each program needs. */
const PACKAGES = {
  presage: ["presage", "libpresage1v5", "libpresage-dev", "libpresage-data", "libtinyxml2.6.2v5"],
  onboard: ["onboard", "onboard-data"],
  irstlm: ["irstlm", "libirstlm1"],
};

export interface Program {
  root: string; // holds usr/ and etc/
  libraries: Record<string, string>; // the environment in which its programs find their libraries
}

/**
 * Fetches a program once for all runs of this machine.
 * @throws Error where apt-get or a package cannot be had
 */
export function fetchProgram(name: keyof typeof PACKAGES): Program {
  const root = join(tmpdir(), "afterword-bench", name);
  const downloads = join(root, "downloads");
  if (!existsSync(join(root, "usr"))) {
    mkdirSync(downloads, { recursive: true });
    run("apt-get", ["download", ...PACKAGES[name]], downloads);
    for (const file of readdirSync(downloads)) run("dpkg", ["-x", file, root], downloads);
  }
  return { root, libraries: { LD_LIBRARY_PATH: join(root, "usr/lib/x86_64-linux-gnu") } };
}

/** Runs a command to its end. @throws Error with the last that it said where it fails */
export function run(
  command: string,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): void {
  try {
    execFileSync(command, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    const said = stderr?.toString().trim().split("\n").at(-1);
    throw new Error(`${command}: ${said || message}`, { cause: error });
  }
}
