// test/client/packed-client: the package as it would be published, installed in an empty project.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildClient } from "../../client/build.ts";

const NPM = { npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

export interface PackedClient {
  folder: string;
  /** Runs a program there and answers what it prints; throws where it fails. */
  run(program: string, words: string[], environment?: Record<string, string>): string;
  remove(): void;
}

/** Builds, packs and installs it; `libraries` are linked beside it. */
export async function installClient(libraries: string[] = []): Promise<PackedClient> {
  await buildClient();
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  const run = (program: string, words: string[], environment: Record<string, string> = {}) => {
    const env = { ...process.env, ...NPM, ...environment };
    return execFileSync(program, words, { cwd: folder, env, encoding: "utf8" });
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const packed = run("npm", ["pack", "--json", "--pack-destination", folder, join(process.cwd(), "client")]); // prettier-ignore
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  run("npm", ["install", "--omit=peer", join(folder, filename)]);
  for (const name of libraries) {
    const target = join(folder, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules", name), target);
  }
  return { folder, run, remove: () => rmSync(folder, { recursive: true }) };
}
