// cli/commands/destroy: `afterword destroy`: takes the stack down, and says what it keeps.

import { runCdk } from "#ops/cdk";
import { destroyStack, keptByDestroy } from "#ops/deploy";
import { openConfig } from "#ops/deployment";
import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";

export const destroy: Command = {
  summary: "Takes the deployed stack down; corpora, runs and models stay.",
  options: { yes: { help: "do it; without it, only say what would be kept" } },
  examples: ["destroy", "destroy --yes"],
  async run(args) {
    const config = openConfig();
    const kept = await keptByDestroy(config);
    if (!args.has("yes")) {
      const edge = config.cloudflare ? ", and the edge Worker with its sessions" : "";
      throw new UsageError(
        `destroy takes down stack "${config.stackName}": jobs, schedules, alarms and logs${edge}; add --yes to do it. ` +
          `It keeps ${kept.map((item) => item.split(":")[0]).join("; ")}`,
      );
    }
    await destroyStack(config, runCdk);
    return {
      json: { stack: config.stackName, kept },
      text: [
        `stack "${config.stackName}" is gone; this was kept:`,
        ...kept.map((item) => `  ${item}`),
      ].join("\n"),
    };
  },
};
