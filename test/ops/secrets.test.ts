// Every command that asks AWS, against accounts that answer and accounts that refuse: what it prints holds no secret.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { corpusPush } from "../../cli/commands/corpus-push.ts";
import { costs } from "../../cli/commands/costs.ts";
import type { Command } from "../../cli/command.ts";
import { deploy } from "../../cli/commands/deploy.ts";
import { destroy } from "../../cli/commands/destroy.ts";
import { doctor } from "../../cli/commands/doctor.ts";
import { jobs } from "../../cli/commands/jobs.ts";
import { logs } from "../../cli/commands/logs.ts";
import { retrain } from "../../cli/commands/retrain.ts";
import {
  scheduleList,
  schedulePause,
  scheduleResume,
  scheduleSet,
} from "../../cli/commands/schedule.ts";
import { sweep, sweepRank } from "../../cli/commands/sweep.ts";
import { runCommand } from "../cli/run-command.ts";
import {
  configuredModel,
  describedStack,
  enterProject,
  Refusal,
  SECRET_KEY,
  startAws,
} from "../fakes/aws-server.ts";
import type { Answers, AwsStandIn } from "../fakes/aws-server.ts";

const SESSION_TOKEN = "session-token-that-nobody-may-see";
const CLOUDFLARE_TOKEN = "cloudflare-token-that-nobody-may-see";
const EDGE_KEY = "edge-key-that-nobody-may-see";
const SECRETS = [SECRET_KEY, SESSION_TOKEN, CLOUDFLARE_TOKEN, EDGE_KEY];

const COMMANDS: [string, Command, ...string[]][] = [
  ["corpus push", corpusPush, ".", "--name", "notes"],
  ["costs", costs, "--runs"],
  ["deploy", deploy],
  ["destroy", destroy],
  ["doctor", doctor],
  ["jobs", jobs],
  ["logs", logs, "job-1"],
  ["retrain", retrain],
  ["schedule list", scheduleList],
  ["schedule set", scheduleSet, "rate(7 days)"],
  ["schedule pause", schedulePause],
  ["schedule resume", scheduleResume],
  ["sweep", sweep, "hiddenSize=20,40"],
  ["sweep rank", sweepRank, "notes-sweep"],
];

let aws: AwsStandIn;
let project: { leave(): Promise<void> };
beforeAll(async () => {
  aws = await startAws();
  Object.assign(process.env, { AWS_SESSION_TOKEN: SESSION_TOKEN, CDK_DOCKER: "no-such-docker" });
  project = await enterProject([configuredModel("notes")], {
    cloudflare: {
      accountId: "0123456789abcdef0123456789abcdef",
      tokenSecret: "afterword/cloudflare",
      tokenRevision: 1,
      workerName: "afterword",
      bucketName: "afterword-models",
      apiKeyHashes: [],
    },
  });
});
afterAll(async () => {
  delete process.env.AWS_SESSION_TOKEN;
  await project.leave();
  await aws.close();
});

// an account in which the stack is deployed: everything beyond that is refused with a long sentence
const deployed: Answers = {
  DescribeStacks: describedStack(),
  GetSecretValue: { SecretString: CLOUDFLARE_TOKEN },
};
const refusing: Answers = {
  DescribeStacks: new Refusal(403, "AccessDenied", "arn:aws:iam::1:user/ops may not do this"),
  GetSecretValue: new Refusal(403, "AccessDeniedException", "may not read this secret"),
};

/** All that a command says, whether it succeeds or fails. */
async function everythingPrinted(command: Command, words: string[]): Promise<string> {
  try {
    return JSON.stringify(await runCommand(command, ...words));
  } catch (error) {
    const { message, progress } = error as Error & { progress: string };
    return message + progress;
  }
}

describe.each([
  ["that answers", deployed],
  ["that refuses", refusing],
])("in an account %s", (_, answers) => {
  it.each(COMMANDS)("%s prints no secret", async (_, command, ...words) => {
    aws.answer(answers);
    const printed = await everythingPrinted(command, words);
    expect(printed).not.toBe("");
    for (const secret of SECRETS) expect(printed).not.toContain(secret);
  });
});

describe("credentials that AWS does not take", () => {
  it.each<[Refusal, RegExp]>([
    [new Refusal(403, "InvalidClientTokenId", "x"), /^AWS does not know these credentials; /],
    [new Refusal(403, "ExpiredToken", "x"), /^the AWS credentials have expired; /],
    [new Refusal(403, "AccessDenied", "ops may not"), /^AWS refuses this to .*: ops may not$/],
  ])("end a command with what to do: %o", async (refusal, message) => {
    aws.answer({ DescribeStacks: refusal });
    await expect(runCommand(jobs)).rejects.toThrow(message);
  });

  it("that are not there are asked for", async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: "true", HOME: process.cwd() });
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    try {
      await expect(runCommand(jobs)).rejects.toThrow("no AWS credentials; sign in (aws sso login)");
    } finally {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    }
  });
});
