// test/infra/sample-template: the stack of the sample configuration as a template, without what only a deployment needs: the
// Worker's bundle and those of the functions.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import type { Compute } from "#config/hardware";
import { parseConfig } from "#config/project";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";

/** How long a few syntheses may take on a busy machine. */
export const SYNTHESIS_LIMIT_MS = 240_000;

/** What test/slow/synth does: bundling the functions, and checking against CloudFormation's schemas. */
export const LEFT_OUT = {
  "aws:cdk:bundling-stacks": [],
  "@aws-cdk/core:validateAgainstDefaultRules": false,
};

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}

/** @param compute what its jobs run on; on `cpu`, of the largest size */
export async function sampleTemplate(compute: Compute, { hasEdge = true } = {}): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), "template-"));
  try {
    const workerFormPath = join(folder, "worker.form");
    await writeFile(workerFormPath, "the Worker");
    const { instanceTypes: _, ...limits } = SAMPLE.training;
    const training = compute === "cpu" ? { ...limits, compute, maxVcpus: 16 } : SAMPLE.training;
    const context = { ...recommendedFlags, ...LEFT_OUT };
    const app = new App({ context, outdir: join(folder, "out") });
    const { cloudflare, ...config } = parseConfig({ ...SAMPLE, training });
    const stack = new AfterwordStack(app, {
      config: hasEdge ? { ...config, cloudflare } : config,
      workerFormPath,
    });
    return Template.fromStack(stack);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A template's resources of a type. */
export function resourcesOf(template: Template, type: string): Resource[] {
  return Object.values(template.findResources(type)) as Resource[];
}

/** A text that is put together when the stack is deployed, and has this piece. */
export function endingWith(text: unknown) {
  return { "Fn::Join": ["", Match.arrayWith([text])] };
}
