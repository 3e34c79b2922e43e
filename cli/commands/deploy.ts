// cli/commands/deploy: `afterword deploy`: checks, then puts up what cdk.json describes.

import { OUTPUTS } from "#config/stack-outputs";
import { runCdk } from "#ops/cdk";
import { deployStack } from "#ops/deploy";
import { openConfig } from "#ops/deployment";
import type { Command } from "../command.ts";
import { formatFinding } from "../finding.ts";
import { ProgressLine } from "../progress.ts";

export const deploy: Command = {
  summary: "Checks the accounts, then deploys what cdk.json describes.",
  options: { yes: { help: "change permissions without asking" } },
  examples: ["deploy", "deploy --yes --json"],
  async run(args) {
    const config = openConfig();
    const line = new ProgressLine();
    const outputs = await deployStack(config, {
      runCdk,
      isApproved: args.has("yes"),
      onFinding: (finding) => line.print(formatFinding(finding)),
    });
    return {
      json: { stack: config.stackName, region: config.region, outputs },
      text: Object.entries(outputs)
        .map(([name, value]) => `${name.padEnd(26)} ${value}`)
        .join("\n"),
      next:
        "npx afterword corpus push DIR, then npx afterword retrain --watch" +
        (outputs[OUTPUTS.edgeUrl] === undefined
          ? ""
          : `; the edge is at ${outputs[OUTPUTS.edgeUrl]}`),
    };
  },
};
