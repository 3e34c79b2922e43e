import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  scheduleList,
  schedulePause,
  scheduleResume,
  scheduleSet,
} from "../../cli/commands/schedule.ts";
import { runCommand } from "../cli/run-command.ts";
import { OUTPUTS } from "../../config/stack-outputs.ts";
import {
  configuredModel,
  DEPLOYED,
  describedStack,
  enterProject,
  NO_STACK,
  Refusal,
  startAws,
} from "../fakes/aws-server.ts";
import type { AwsStandIn } from "../fakes/aws-server.ts";

const SUNDAYS = "cron(0 3 ? * SUN *)";
const MONDAYS = "cron(30 4 ? * MON *)";
const TARGET = {
  Arn: "arn:aws:scheduler:::aws-sdk:batch:submitJob",
  RoleArn: "arn:aws:iam::123456789012:role/scheduler",
  Input: '{"JobName":"notes"}',
  RetryPolicy: { MaximumRetryAttempts: 3 },
  DeadLetterConfig: { Arn: "arn:aws:sqs:eu-west-1:123456789012:dead" },
};
const found = (name: string) => ({
  Name: name,
  GroupName: "schedules",
  ScheduleExpression: SUNDAYS,
  ScheduleExpressionTimezone: "Europe/Vienna",
  State: "ENABLED",
  Description: "retrains",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: TARGET,
});
const unchanged = {
  GroupName: "schedules",
  Description: "retrains",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: TARGET,
};

let aws: AwsStandIn;
let project: { leave(): Promise<void> };
beforeAll(async () => {
  aws = await startAws();
  project = await enterProject([configuredModel("notes"), configuredModel("mail")]);
});
afterAll(async () => {
  await project.leave();
  await aws.close();
});

function answerSchedules() {
  aws.answer({
    DescribeStacks: describedStack(),
    "GET /schedules": { Schedules: [{ Name: "notes" }, { Name: "mail" }] },
    "GET /schedules/notes": found("notes"),
    "GET /schedules/mail": found("mail"),
    "PUT /schedules/notes": { ScheduleArn: "arn" },
  });
}

const lastRequest = () => aws.requests.at(-1);

describe("schedule list", () => {
  it("shows every schedule of the deployed group", async () => {
    answerSchedules();
    const { json, text } = await runCommand(scheduleList);
    expect(json).toEqual({
      schedules: ["mail", "notes"].map((model) => ({
        model,
        expression: SUNDAYS,
        time_zone: "Europe/Vienna",
        on: true,
        last: null,
      })),
    });
    expect(text).toContain(`notes             on      ${SUNDAYS}  Europe/Vienna`);
    expect(aws.requests[0]).toMatchObject({
      service: "cloudformation",
      operation: "DescribeStacks",
      input: { StackName: "Words" },
    });
    expect(aws.requests[1]).toMatchObject({
      service: "scheduler",
      operation: "GET /schedules",
      input: { ScheduleGroup: "schedules" },
    });
  });

  it("says what to do where nothing is deployed", async () => {
    aws.answer({ DescribeStacks: NO_STACK });
    await expect(runCommand(scheduleList)).rejects.toThrow(
      'stack "Words" is not deployed in eu-west-1; run "afterword deploy"',
    );
  });

  it("tells what was decided the last time, and why", async () => {
    answerSchedules();
    const line = (model: string, job: string | null, reason: string) =>
      JSON.stringify({ event: "scheduled", model, job, reason }) + "\n";
    const [before, at] = [Date.UTC(2026, 10, 15, 3), Date.UTC(2026, 10, 22, 3, 1)];
    aws.answer({
      DescribeStacks: describedStack({ ...DEPLOYED, [OUTPUTS.scheduleLogGroupName]: "decisions" }),
      "GET /schedules": { Schedules: [{ Name: "notes" }, { Name: "mail" }] },
      "GET /schedules/notes": found("notes"),
      "GET /schedules/mail": found("mail"),
      FilterLogEvents: ({ nextToken }: { nextToken?: string }) =>
        nextToken === undefined
          ? {
              events: [{ timestamp: before, message: line("notes", "job-1", "much is new") }],
              nextToken: "more",
            }
          : { events: [{ timestamp: at, message: line("notes", null, "the text is the same") }] },
    });
    const { json, text } = await runCommand(scheduleList);
    const last = { at: "2026-11-22T03:01:00.000Z", job: null, reason: "the text is the same" };
    expect(json).toMatchObject({
      schedules: [
        { model: "mail", last: null },
        { model: "notes", last },
      ],
    });
    expect(text).toContain("  2026-11-22 03:01  no job was submitted: the text is the same");
    expect(lastRequest()).toMatchObject({
      operation: "FilterLogEvents",
      input: {
        logGroupName: "decisions",
        filterPattern: '{ $.event = "scheduled" }',
        nextToken: "more",
      },
    });
  });
});

describe("schedule set", () => {
  it("replaces the time and leaves everything else as it was", async () => {
    answerSchedules();
    const words = [MONDAYS, "--model", "notes", "--time-zone", "UTC"];
    const { json } = await runCommand(scheduleSet, ...words);
    expect(json).toEqual({ model: "notes", expression: MONDAYS, time_zone: "UTC", on: true });
    expect(lastRequest()).toMatchObject({
      operation: "PUT /schedules/notes",
      input: {
        ...unchanged,
        ScheduleExpression: MONDAYS,
        ScheduleExpressionTimezone: "UTC",
        State: "ENABLED",
      },
    });
  });

  it.each([
    [["0 3 * * 0", "--model", "notes"], '"0 3 * * 0" is no schedule; write e.g.'],
    [["--model", "notes"], '"" is no schedule'],
    [[MONDAYS, "--model", "notes", "--time-zone", "Mars"], '--time-zone "Mars" is not known'],
    [[MONDAYS, "--model", "letters"], 'no model "letters"; choose one of notes, mail'],
    [[MONDAYS], "--model is needed: one of notes, mail"],
  ])("refuses %j before it asks anything of AWS", async (words, message) => {
    aws.answer({});
    await expect(runCommand(scheduleSet, ...words)).rejects.toThrow(message);
    expect(aws.requests).toEqual([]);
  });

  it("says so where a model has no schedule", async () => {
    answerSchedules();
    aws.answer({
      DescribeStacks: describedStack(),
      "GET /schedules/mail": new Refusal(404, "ResourceNotFoundException", "no such schedule"),
    });
    await expect(runCommand(scheduleSet, MONDAYS, "--model", "mail")).rejects.toThrow(
      'model "mail" has no schedule; give it one in cdk.json',
    );
  });
});

describe("schedule pause and resume", () => {
  it.each([
    ["DISABLED", schedulePause],
    ["ENABLED", scheduleResume],
  ])("sets the state %s and nothing else", async (state, command) => {
    answerSchedules();
    await runCommand(command, "--model", "notes");
    expect(lastRequest()!.input).toMatchObject({
      ...unchanged,
      ScheduleExpression: SUNDAYS,
      ScheduleExpressionTimezone: "Europe/Vienna",
      State: state,
    });
  });
});
