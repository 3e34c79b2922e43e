// Schedules, and who is told of what.

import { Match } from "aws-cdk-lib/assertions";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { endingWith, resourcesOf, SYNTHESIS_LIMIT_MS, sampleTemplate } from "./sample-template.ts";

let template: Template;
beforeAll(async () => {
  template = await sampleTemplate("gpu");
}, SYNTHESIS_LIMIT_MS);

describe("schedules", () => {
  const schedules = () => resourcesOf(template, "AWS::Scheduler::Schedule");

  it("are one a model that has one, in its time zone, on or off", () => {
    const told = schedules().map(({ Properties }) => [
      Properties.Name,
      Properties.ScheduleExpression,
      Properties.ScheduleExpressionTimezone,
      Properties.State,
    ]);
    expect(told).toEqual([
      ["notes", "cron(0 3 ? * SUN *)", "Europe/Vienna", "ENABLED"],
      ["mails", "rate(7 days)", "Etc/UTC", "DISABLED"],
    ]);
  });

  it("call a function with the model's plan, and submit nothing themselves", () => {
    const { Target } = schedules()[0]!.Properties as {
      Target: { Arn: unknown; Input: string; RetryPolicy: object };
    };
    const isFunction = Match.stringLikeRegexp("^RetrainingFunction");
    template.hasResourceProperties("AWS::Scheduler::Schedule", {
      Name: "notes",
      Target: {
        Arn: { "Fn::GetAtt": [isFunction, "Arn"] },
        RetryPolicy: { MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 3600 },
      },
    });
    expect(JSON.parse(Target.Input)).toEqual({
      AFTERWORD_MODEL: "notes",
      AFTERWORD_CORPUS: "notes",
      AFTERWORD_TOKENIZER: "text",
      AFTERWORD_PRESET: "medium",
      AFTERWORD_SETTINGS: '{"epochs":20,"keepProb":0.6}',
      AFTERWORD_GATE_TOLERANCE_PERCENT: "1",
    });
  });

  it("say what a run goes on from, and its minutes, where the model does", () => {
    const { Target } = schedules()[1]!.Properties as { Target: { Input: string } };
    expect(JSON.parse(Target.Input)).toEqual({
      AFTERWORD_MODEL: "mails",
      AFTERWORD_CORPUS: "mails",
      AFTERWORD_TOKENIZER: "text",
      AFTERWORD_FROM: "current",
      AFTERWORD_PRESET: "quick",
      AFTERWORD_SETTINGS: "{}",
      AFTERWORD_MINUTES: "45",
      AFTERWORD_GATE_TOLERANCE_PERCENT: "0.5",
    });
  });

  it("wait for their group, which they name by its name alone", () => {
    for (const { DependsOn } of Object.values(template.findResources("AWS::Scheduler::Schedule"))) {
      expect((DependsOn as string[]).some((id) => id.startsWith("Schedules"))).toBe(true);
    }
  });
});

describe("the function behind the schedules", () => {
  it("knows the bucket, the queue and the job, and reports what it could not submit", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          AFTERWORD_STORE: endingWith({ Ref: Match.stringLikeRegexp("^ModelsBucket") }),
          AFTERWORD_JOB_QUEUE: {
            "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueue"), "JobQueueArn"],
          },
          AFTERWORD_JOB_DEFINITION: { Ref: Match.stringLikeRegexp("^TrainingDefinition") },
        },
      },
      DeadLetterConfig: {
        TargetArn: { "Fn::GetAtt": [Match.stringLikeRegexp("^Undelivered"), "Arn"] },
      },
      Architectures: ["arm64"],
    });
  });
});

describe("alarms", () => {
  it("reach the address", () => {
    template.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "ops@example.com",
    });
  });

  it.each([
    ["a failed job", "Batch Job State Change", { status: ["FAILED"] }],
    ["a queue that is stuck", "Batch Job Queue Blocked", {}],
  ])("tell of %s", (_, type, detail) => {
    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        source: ["aws.batch"],
        "detail-type": [type],
        detail: Match.objectLike({
          ...detail,
          jobQueue: [{ "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueue"), "JobQueueArn"] }],
        }),
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp("^AlarmsTopic") } })],
    });
  });

  it("cancel a job that cannot start while nothing else runs", () => {
    const [machine] = resourcesOf(template, "AWS::StepFunctions::StateMachine");
    const { DefinitionString } = machine!.Properties as {
      DefinitionString: { "Fn::Join": [string, unknown[]] };
    };
    const text = DefinitionString["Fn::Join"][1].map((part) =>
      typeof part === "string" ? part : "REF",
    );
    const { States } = JSON.parse(text.join("")) as {
      States: Record<string, { Resource?: string; Seconds?: number; Parameters?: object }>;
    };
    expect(States.UntilStuck!.Seconds).toBe(6 * 3600);
    expect(States.UntilLate!.Seconds).toBe(18 * 3600);
    expect(States.Cancel).toMatchObject({
      Resource: expect.stringContaining("aws-sdk:batch:terminateJob"),
      Parameters: { "JobId.$": "$.detail.jobId" },
    });
    for (const after of ["Stuck", "Late"]) {
      expect(States[`CountRUNNING${after}`]!.Parameters).toMatchObject({ JobStatus: "RUNNING" });
    }
  });

  it("look at each submitted job again when it is late", () => {
    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ status: ["SUBMITTED"] }) }),
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp("^AlarmsWatch") } })],
    });
    template.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      DefinitionString: endingWith(Match.stringLikeRegexp(`"Seconds":${18 * 3600}[,}]`)),
    });
  });

  it("tell of what a schedule could not submit, and of a month that costs too much", () => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      AlarmActions: [{ Ref: Match.stringLikeRegexp("^AlarmsTopic") }],
    });
    template.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: { BudgetLimit: { Amount: 75, Unit: "USD" }, TimeUnit: "MONTHLY" },
    });
  });
});
