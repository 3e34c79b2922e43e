// cli/commands/deploy: `afterword deploy`: checks, then puts up what cdk.json describes.

import type { ModelConfig, StackConfig } from "#config/project";
import { OUTPUTS } from "#config/stack-outputs";
import { runCdk } from "#ops/cdk";
import { deployStack } from "#ops/deploy";
import { openConfig } from "#ops/deployment";
import { deployEdge, wranglerFor } from "#ops/edge-only";
import { UsageError } from "../command.ts";
import type { Command, CommandResult } from "../command.ts";
import { formatFinding } from "../finding.ts";
import { ProgressLine } from "../progress.ts";

export const deploy: Command = {
  summary: "Checks the accounts, then deploys what cdk.json describes.",
  options: {
    yes: { help: "change permissions without asking" },
    "edge-only": { help: "only the edge, with wrangler and without AWS" },
  },
  examples: ["deploy", "deploy --yes --json", "deploy --edge-only"],
  async run(args) {
    const config = openConfig();
    if (args.has("edge-only")) return deployEdgeOnly(config);
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

async function deployEdgeOnly({ cloudflare, models }: StackConfig): Promise<CommandResult> {
  if (!cloudflare) {
    throw new UsageError("cdk.json names no cloudflare account; add one as docs/deploy.md says");
  }
  const url = await deployEdge(cloudflare, wranglerFor(cloudflare.accountId));
  const store = `https://${cloudflare.accountId}.r2.cloudflarestorage.com/${cloudflare.bucketName}`;
  return {
    json: { edge_url: url ?? null, edge_store: store },
    text: `the edge is at ${url ?? "the address that wrangler printed"}, its models are at ${store}`,
    next:
      `npx afterword publish --run RUN --name ${models[0]!.name} --store ${store}, with the keys of an R2 API token for ` +
      "that bucket as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  };
}
