// test/infra/sample-template: the stack of the sample configuration as a template, without what only a deployment needs: the
// Worker's bundle and that of the edge's function.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import type { Compute } from "#config/hardware";
import { parseConfig } from "#config/project";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";

/** What test/slow/synth does: bundling the edge's function, and checking against CloudFormation's schemas. */
export const LEFT_OUT = {
  "aws:cdk:bundling-stacks": [],
  "@aws-cdk/core:validateAgainstDefaultRules": false,
};

/** @param compute what its jobs run on; on `cpu`, of the largest size */
export async function sampleTemplate(compute: Compute): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), "template-"));
  try {
    const workerFormPath = join(folder, "worker.form");
    await writeFile(workerFormPath, "the Worker");
    const { instanceTypes: _, ...limits } = SAMPLE.training;
    const training = compute === "cpu" ? { ...limits, compute, maxVcpus: 16 } : SAMPLE.training;
    const context = { ...recommendedFlags, ...LEFT_OUT };
    const app = new App({ context, outdir: join(folder, "out") });
    const config = parseConfig({ ...SAMPLE, training });
    return Template.fromStack(new AfterwordStack(app, { config, workerFormPath }));
  } finally {
    await rm(folder, { recursive: true });
  }
}
