// infra/app: what `cdk` runs: reads cdk.json's configuration, makes the stack, and has cdk-nag check it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { CONTEXT_KEY } from "#config/errors";
import { parseConfig } from "#config/project";
import type { StackConfig } from "#config/project";
import { AfterwordStack } from "./stack.ts";
import { bundleWorker, writeWorkerForm } from "./worker-upload.ts";

// `npm exec -c` hands its command on to every npx below it, such as the CDK's that bundles the edge's function
delete process.env.npm_config_call;

const app = new App({ context: recommendedFlags });
const config = readContext();
const folder = mkdtempSync(join(tmpdir(), "afterword-"));
try {
  const { cloudflare } = config;
  const workerFormPath = cloudflare && (await writeWorkerForm(await bundleWorker(), cloudflare, folder)); // prettier-ignore
  new AfterwordStack(app, { config, workerFormPath });
} finally {
  rmSync(folder, { recursive: true }); // the assets have their own copy
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/** A mistake in cdk.json is its writer's, not the program's: the sentence is enough, without a stack. */
function readContext(): StackConfig {
  try {
    return parseConfig(app.node.tryGetContext(CONTEXT_KEY));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
