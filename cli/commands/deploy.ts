// cli/commands/deploy: `afterword deploy`: checks, then puts up what cdk.json describes.

import type { ModelConfig, StackConfig } from "#config/project";
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
      next: nextSteps(config, outputs[OUTPUTS.edgeUrl]),
    };
  },
};

/** The commands in the order in which they work, with the names of this configuration. */
function nextSteps({ models }: StackConfig, edgeUrl: string | undefined): string {
  const [{ name, corpus }] = models as [ModelConfig];
  const which = models.length === 1 ? "" : ` --model ${name}`;
  const steps = [
    `npx afterword corpus push DIR --name ${corpus}`,
    `npx afterword retrain${which} --watch`,
  ];
  if (edgeUrl !== undefined) steps.push(`AFTERWORD_URL=${edgeUrl} npx afterword predict "the "`);
  return steps.join(", then ");
}
