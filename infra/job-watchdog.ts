// infra/job-watchdog: inspects each job again when it should have begun, and when it should have ended. One that nothing can
// start is cancelled: a quota of 0 is none of the reasons for which Batch does so. One that has not ended is told of: it
// waits behind others, hangs, or was reclaimed once too often. Batch itself has no such event.

import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
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
import type { Chain, INextable, IChainable } from "aws-cdk-lib/aws-stepfunctions";
import { CallAwsService, SnsPublish } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";
import { jobEvents } from "./job-events.ts";
import { suppressNag } from "./suppress-nag.ts";
import type { TrainingJob } from "./training-job.ts";
import { STUCK_AFTER } from "./training-queue.ts";

/** What a watchdog needs; see JobWatchdog. */
export interface JobWatchdogProps {
  /** Whose jobs. */
  readonly job: TrainingJob;
  /** How long after its submission a job that has not ended is told of. */
  readonly lateAfter: Duration;
  /** Who is told. */
  readonly topic: ITopic;
}

/**
 * A state machine that runs beside each job.
 *
 * @example new JobWatchdog(this, "Watch", { job, lateAfter: Duration.hours(24), topic });
 */
export class JobWatchdog extends Construct {
  constructor(scope: Construct, id: string, { job, lateAfter, topic }: JobWatchdogProps) {
    super(scope, id);
    const inTime = new Succeed(this, "InTime");
    const cancel = this.#cancel();
    const notify = this.#notify(topic, lateAfter);
    const stuckAfter = Duration.seconds(Math.min(STUCK_AFTER.toSeconds(), lateAfter.toSeconds()));
    const rest = Duration.seconds(lateAfter.toSeconds() - stuckAfter.toSeconds());
    const ends = { job, inTime, cancel };
    const late = this.#inspect("Late", { ...ends, otherwise: notify });
    const waitForRest = new Wait(this, "UntilLate", { time: WaitTime.duration(rest) }).next(late);
    const stuck = this.#inspect("Stuck", { ...ends, otherwise: waitForRest });
    const machine = new StateMachine(this, "Machine", {
      definitionBody: DefinitionBody.fromChainable(
        new Wait(this, "UntilStuck", { time: WaitTime.duration(stuckAfter) }).next(stuck),
      ),
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(this, "Log", {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    const { partition, region } = Stack.of(this);
    suppressNag(machine, {
      "AwsSolutions-SF2": "a few steps a job need no tracing: the log has each of them",
      "AwsSolutions-IAM5[Resource::*]":
        "batch:DescribeJobs, batch:ListJobs and the delivery of logs take no narrower resource",
      [`AwsSolutions-IAM5[Resource::arn:${partition}:batch:${region}:<AWS::AccountId>:job/*]`]:
        "a job's id is not known before it is submitted",
    });
    new Rule(this, "Submitted", {
      eventPattern: jobEvents(job, ["SUBMITTED"]),
      targets: [new SfnStateMachine(machine)],
    });
  }

  /** Ended: fine. Not begun, while nothing else runs: cancelled. */
  #inspect(
    id: string,
    {
      job,
      inTime,
      cancel,
      otherwise,
    }: { job: TrainingJob; inTime: IChainable; cancel: IChainable; otherwise: IChainable },
  ): Chain {
    const describe = new CallAwsService(this, `Describe${id}`, {
      service: "batch",
      action: "describeJobs",
      parameters: { Jobs: JsonPath.array(JsonPath.stringAt("$.detail.jobId")) },
      iamResources: ["*"],
      resultSelector: { job: JsonPath.objectAt("$.Jobs[0]") },
      resultPath: "$.now",
    });
    const count = (status: "STARTING" | "RUNNING") =>
      new CallAwsService(this, `Count${status}${id}`, {
        service: "batch",
        action: "listJobs",
        parameters: { JobQueue: job.queue.jobQueueArn, JobStatus: status },
        iamResources: ["*"],
        resultSelector: { count: JsonPath.arrayLength(JsonPath.objectAt("$.JobSummaryList")) },
        resultPath: `$.${status.toLowerCase()}`,
      });
    const isIdle = Condition.and(
      Condition.numberEquals("$.starting.count", 0),
      Condition.numberEquals("$.running.count", 0),
    );
    const occupied = new Choice(this, `Occupied${id}`).when(isIdle, cancel).otherwise(otherwise);
    const begun = new Choice(this, `Begun${id}`)
      .when(isStatus("SUCCEEDED", "FAILED"), inTime)
      .when(
        Condition.and(
          isStatus("SUBMITTED", "PENDING", "RUNNABLE"),
          Condition.not(hasBegunChildren()),
        ),
        count("STARTING").next(count("RUNNING")).next(occupied),
      )
      .otherwise(otherwise);
    return (describe as INextable).next(begun);
  }

  /** The message of failures tells its reason. */
  #cancel(): CallAwsService {
    const { region, account, partition } = Stack.of(this);
    return new CallAwsService(this, "Cancel", {
      service: "batch",
      action: "terminateJob",
      parameters: {
        JobId: JsonPath.stringAt("$.detail.jobId"),
        Reason:
          'it could not start and nothing else runs: the quota may be 0, or no zone has such a machine now; ask "afterword doctor"',
      },
      iamResources: [`arn:${partition}:batch:${region}:${account}:job/*`],
    });
  }

  #notify(topic: ITopic, lateAfter: Duration): SnsPublish {
    return new SnsPublish(this, "Notify", {
      topic,
      message: TaskInput.fromText(
        JsonPath.format(
          `Training job {} has not ended ${lateAfter.toHours()} hours after it was submitted; it is {}. Describe: npm run -s afterword -- jobs`,
          JsonPath.stringAt("$.detail.jobName"),
          JsonPath.stringAt("$.now.job.Status"),
        ),
      ),
    });
  }
}

function isStatus(...names: string[]): Condition {
  return Condition.or(...names.map((name) => Condition.stringEquals("$.now.job.Status", name)));
}

/** Of an array job, which itself is PENDING while its children run: whether any of them began. */
function hasBegunChildren(): Condition {
  const counts = ["STARTING", "RUNNING", "SUCCEEDED", "FAILED"].map(
    (status) => `$.now.job.ArrayProperties.StatusSummary.${status}`,
  );
  return Condition.or(
    ...counts.map((path) =>
      Condition.and(Condition.isPresent(path), Condition.numberGreaterThan(path, 0)),
    ),
  );
}
