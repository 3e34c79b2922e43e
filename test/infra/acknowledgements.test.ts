// Each finding of cdk-nag that the stack answers for is looked at: taken away, its answer is missed.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "#config/project";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { LEFT_OUT } from "./sample-template.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "answers-"));
  await writeFile(join(folder, "worker.form"), "the Worker");
});
afterAll(() => rm(folder, { recursive: true }));

describe("an acknowledgement of cdk-nag's findings that is taken away", () => {
  const ruleOf = (id: string) => /^AwsSolutions-\w+/.exec(id)?.[0]; // the CDK acknowledges findings of its own too
  const { acknowledge } = Validations.prototype;
  afterEach(() => vi.restoreAllMocks());

  /** Makes the stack; `isHeard` says of each acknowledgement whether it is heard. */
  function synthesize(name: string, isHeard: (id: string) => boolean): void {
    vi.spyOn(Validations.prototype, "acknowledge").mockImplementation(function (
      this: Validations,
      ...acknowledgements
    ) {
      acknowledge.apply(
        this,
        acknowledgements.filter(({ id }) => isHeard(id)),
      );
    });
    const app = new App({
      context: { ...recommendedFlags, ...LEFT_OUT },
      outdir: join(folder, name),
    });
    const stack = new AfterwordStack(app, { config: parseConfig(SAMPLE), workerFormPath: join(folder, "worker.form") }); // prettier-ignore
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    Template.fromStack(stack);
  }

  it("stops the synthesis, whichever it is: each is looked at, and none is left over", () => {
    const ids = new Set<string>();
    synthesize("all", (id) => Boolean(ids.add(id)));
    const rules = new Set(Array.from(ids, ruleOf).filter((rule) => rule !== undefined));
    expect(rules.size).toBeGreaterThan(4);
    for (const rule of rules) {
      const without = () => synthesize(`without-${rule}`, (id) => ruleOf(id) !== rule);
      expect(without, rule).toThrow(rule);
    }
    process.exitCode = undefined; // which each has set
  }, 120_000);
});
