// ops/doctor/docker: whether the training image can be built here.

import { spawnSync } from "node:child_process";
import type { Verdict } from "./verdict.ts";

const MAX_MS = 20_000;

export async function checkDocker(): Promise<Verdict> {
  const program = process.env.CDK_DOCKER ?? "docker"; // as the CDK finds it
  const words = ["version", "--format", "{{.Server.Version}}"];
  const { status, stdout, error } = spawnSync(program, words, {
    encoding: "utf8",
    timeout: MAX_MS,
  });
  if (status === 0) return { status: "ok", message: `${program} ${stdout.trim()}` };
  return {
    status: "failed",
    message: error
      ? `there is no ${program} here`
      : `${program} is here, and its daemon does not answer`,
    advice: "install and start Docker, or name another with CDK_DOCKER: deploying builds an image",
  };
}
