// infra/job-watchdog: looks at each job again when it should have ended, and tells where it has not: it waits in the queue, hangs,
// or was reclaimed once too often. Batch itself has no such event.

import { RemovalPolicy } from "aws-cdk-lib";
import type { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SfnStateMachine } from "aws-cdk-lib/aws-events-targets";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import {
  Choice,
  Condition,
  DefinitionBody,
  JsonPath,
  LogLevel,
  StateMachine,
  Succeed,
  TaskInput,
  Wait,
  WaitTime,
} from "aws-cdk-lib/aws-stepfunctions";
import { CallAwsService, SnsPublish } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";
import { suppressNag } from "./suppress-nag.ts";
import { jobEvents } from "./job-events.ts";
import type { TrainingJob } from "./training-job.ts";

export interface LateWatchProps {
  readonly job: TrainingJob;
  readonly lateAfter: Duration;
  readonly topic: ITopic;
}

export class JobWatchdog extends Construct {
  constructor(scope: Construct, id: string, { job, lateAfter, topic }: LateWatchProps) {
    super(scope, id);
    const look = new CallAwsService(this, "Describe", {
      service: "batch",
      action: "describeJobs",
      parameters: { Jobs: JsonPath.array(JsonPath.stringAt("$.detail.jobId")) },
      iamResources: ["*"],
      resultSelector: { status: JsonPath.stringAt("$.Jobs[0].Status") },
      resultPath: "$.now",
    });
    const hasEnded = Condition.or(
      Condition.stringEquals("$.now.status", "SUCCEEDED"),
      Condition.stringEquals("$.now.status", "FAILED"),
    );
    const tell = new SnsPublish(this, "Notify", {
      topic,
      message: TaskInput.fromText(
        JsonPath.format(
          `Training job {} has not ended ${lateAfter.toHours()} hours after it was submitted; it is {}. Describe: npm run -s afterword -- jobs`,
          JsonPath.stringAt("$.detail.jobName"),
          JsonPath.stringAt("$.now.status"),
        ),
      ),
    });
    const watch = new StateMachine(this, "Machine", {
      definitionBody: DefinitionBody.fromChainable(
        new Wait(this, "UntilLate", { time: WaitTime.duration(lateAfter) })
          .next(look)
          .next(
            new Choice(this, "Ended").when(hasEnded, new Succeed(this, "InTime")).otherwise(tell),
          ),
      ),
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(this, "Log", {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    suppressNag(watch, {
      "AwsSolutions-SF2": "four steps a job need no tracing: the log has each of them",
      "AwsSolutions-IAM5[Resource::*]":
        "batch:DescribeJobs and the delivery of logs take no narrower resource",
    });
    new Rule(this, "Submitted", {
      eventPattern: jobEvents(job, ["SUBMITTED"]),
      targets: [new SfnStateMachine(watch)],
    });
  }
}
