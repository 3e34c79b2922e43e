import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCdk } from "#ops/cdk";
import { deployStack, destroyStack } from "#ops/deploy";
import { openConfig } from "#ops/deployment";
import type { Finding } from "#ops/doctor/verdict";
import { deploy } from "../../cli/commands/deploy.ts";
import { destroy } from "../../cli/commands/destroy.ts";
import { runCommand } from "../cli/run-command.ts";
import {
  configuredModel,
  DEPLOYED,
  describedStack,
  enterProject,
  NO_STACK,
  startAws,
} from "../fakes/aws-server.ts";
import type { AwsStandIn } from "../fakes/aws-server.ts";

let aws: AwsStandIn;
let project: { leave(): Promise<void> };
let programs: string;
beforeAll(async () => {
  aws = await startAws();
  programs = await mkdtemp(join(tmpdir(), "programs-"));
  process.env.CDK_DOCKER = join(programs, "docker");
  await writeFile(process.env.CDK_DOCKER, "#!/bin/sh\necho 28.1.0\n");
  await chmod(process.env.CDK_DOCKER, 0o755);
  project = await enterProject([configuredModel("notes")]);
});
afterAll(async () => {
  await project.leave();
  await aws.close();
  await rm(programs, { recursive: true });
});

let ran: string[][];
beforeEach(() => {
  ran = [];
  aws.answer({
    GetCallerIdentity:
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>" +
      "<Arn>arn:aws:iam::1:user/ops</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
    DescribeStacks: ({ StackName }: { StackName: string }) =>
      describedStack(StackName === "CDKToolkit" ? { BootstrapVersion: "30" } : DEPLOYED),
    GetServiceQuota: { Quota: { Value: 0 } },
  });
});

/** In the CDK's place: keeps what it was asked to do, and ends with this status. */
const cdkEndingWith = (status: number) => async (words: string[]) => {
  ran.push(words);
  return status;
};

describe("deploying", () => {
  it("looks first, then lets the CDK deploy the stack of cdk.json, and tells its outputs", async () => {
    const findings: Finding[] = [];
    const outputs = await deployStack(openConfig(), {
      runCdk: cdkEndingWith(0),
      isApproved: false,
      onFinding: (finding) => findings.push(finding),
    });
    expect(ran).toEqual([["deploy", "Words", "--no-notices", "--require-approval", "broadening"]]);
    expect(outputs).toEqual(DEPLOYED);
    // a quota of 0 does not stop it, and is said
    expect(findings.find(({ check }) => check === "spot quota")!.status).toBe("failed");
  });

  it("asks nothing where that was wanted", async () => {
    const options = { runCdk: cdkEndingWith(0), isApproved: true, onFinding: () => {} };
    await deployStack(openConfig(), options);
    expect(ran[0]!.slice(-2)).toEqual(["--require-approval", "never"]);
  });

  it("starts nothing where something that it needs is missing", async () => {
    aws.answer({ DescribeStacks: NO_STACK });
    await expect(runCommand(deploy)).rejects.toThrow(
      /^nothing was deployed: credentials: .*; bootstrap: the CDK has not been set up in eu-west-1$/,
    );
  });

  it("fails as the CDK does", async () => {
    const options = { runCdk: cdkEndingWith(3), isApproved: true, onFinding: () => {} };
    await expect(deployStack(openConfig(), options)).rejects.toThrow("ended with status 3");
  });
});

describe("destroying", () => {
  it("does nothing unless told twice, and says what would be kept", async () => {
    const refusal = runCommand(destroy);
    await expect(refusal).rejects.toThrow('destroy takes down stack "Words"');
    await expect(refusal).rejects.toThrow(`It keeps bucket ${DEPLOYED.BucketName}`);
  });

  it("does so too for a stack whose first deployment failed, which has no outputs", async () => {
    aws.answer({ DescribeStacks: describedStack({}) });
    await expect(runCommand(destroy)).rejects.toThrow("add --yes to do it");
    aws.answer({ DescribeStacks: NO_STACK });
    await expect(runCommand(destroy)).rejects.toThrow("there is nothing to destroy");
  });

  it("lets the CDK destroy the stack of cdk.json", async () => {
    await destroyStack(openConfig(), cdkEndingWith(0));
    expect(ran).toEqual([["destroy", "Words", "--no-notices", "--force"]]);
  });
});

describe("the CDK's program", () => {
  it("is the one of this project", async () => {
    expect(await runCdk(["--version"])).toBe(0);
  });
});
