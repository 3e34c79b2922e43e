// infra/app: what `cdk` runs: reads cdk.json's configuration, makes the stack, and has cdk-nag check it.

import { App, Validations } from "aws-cdk-lib";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { CONTEXT_KEY, parseConfig } from "./config.ts";
import type { StackConfig } from "./config.ts";
import { AfterwordStack } from "./stack.ts";

const app = new App({ context: recommendedFlags });
new AfterwordStack(app, readContext());
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
