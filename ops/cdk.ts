// ops/cdk: runs the CDK's own program on this project's app; what it prints goes to stderr.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/** Runs `cdk WORDS…` and returns its exit status. */
export type RunCdk = (words: string[]) => Promise<number>;

// asks nothing of the network but AWS
const QUIET = { CDK_DISABLE_CLI_TELEMETRY: "true", CDK_DISABLE_VERSION_CHECK: "1" };

export const runCdk: RunCdk = async (words) => {
  const manifest = createRequire(import.meta.url).resolve("aws-cdk/package.json");
  const child = spawn(process.execPath, [join(dirname(manifest), "bin/cdk"), ...words], {
    stdio: ["inherit", process.stderr, process.stderr], // it asks before it changes permissions
    // cdk.json starts the app with `node`: the one that runs this
    env: { ...process.env, ...QUIET, PATH: pathWithNode() },
  });
  const [status] = (await once(child, "exit")) as [number | null];
  return status ?? 1;
};

export function deployWords(stackName: string, { isApproved }: { isApproved: boolean }): string[] {
  const approval = isApproved ? "never" : "broadening";
  return ["deploy", stackName, "--no-notices", "--require-approval", approval];
}

export function destroyWords(stackName: string): string[] {
  return ["destroy", stackName, "--no-notices", "--force"];
}

function pathWithNode(): string {
  return [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter);
}
