// cli/commands/doctor: `afterword doctor`: is everything there that deploying and training need, and what to do where it is not.

import { DEPLOY_CHECKS, examine, TRAINING_CHECKS } from "#ops/doctor";
import { openConfig } from "#ops/deployment";
import type { Command } from "../command.ts";
import { formatFinding } from "../finding.ts";
import { ProgressLine } from "../progress.ts";

export const doctor: Command = {
  summary: "Checks credentials, quotas, bootstrap, image, Cloudflare token and bucket.",
  options: {},
  examples: ["doctor", "doctor --json"],
  async run() {
    const config = openConfig();
    const line = new ProgressLine();
    const findings = await examine(config, [...DEPLOY_CHECKS, ...TRAINING_CHECKS], (finding) =>
      line.print(formatFinding(finding)),
    );
    const failed = findings.filter(({ status }) => status === "failed");
    return {
      json: { healthy: failed.length === 0, findings },
      text:
        failed.length === 0
          ? "everything that is needed is there"
          : `to mend: ${failed.map(({ check }) => check).join(", ")}`,
      failed: failed.length > 0,
    };
  },
};
