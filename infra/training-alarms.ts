// infra/training-alarms: who is told when a job fails, is stuck or late, or when the month costs too much.

import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import type { EventPattern } from "aws-cdk-lib/aws-events";
import { SfnStateMachine, SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
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
import { acknowledge } from "./acknowledge.ts";
import type { StackConfig } from "./config.ts";
import type { TrainingJob } from "./training-job.ts";

export interface TrainingAlarmsProps {
  readonly job: TrainingJob;
  readonly undelivered: Queue;
  readonly lateAfter: Duration;
  readonly alerts: StackConfig["alerts"];
}

export class TrainingAlarms extends Construct {
  readonly topic: Topic;
  readonly failures: Rule;
  readonly unsubmitted: Alarm;

  constructor(scope: Construct, id: string, props: TrainingAlarmsProps) {
    super(scope, id);
    this.topic = this.#createTopic(props.alerts.email);
    this.failures = this.#tellOfFailures(props.job);
    this.#tellOfBlockedQueue(props.job);
    this.#tellOfLateJobs(props);
    this.unsubmitted = this.#tellOfUnsubmitted(props.undelivered);
    this.#tellOfCosts(props.alerts.monthlyBudgetUsd);
  }

  #createTopic(email: string | undefined): Topic {
    const topic = new Topic(this, "Topic", { displayName: "Afterword", enforceSSL: true });
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    const conditions = { StringEquals: { "aws:SourceAccount": Stack.of(this).account } };
    for (const service of ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]) {
      topic.grantPublish(new ServicePrincipal(service, { conditions }));
    }
    return topic;
  }

  #tellOfFailures(job: TrainingJob): Rule {
    const [name, id, reason] = ["jobName", "jobId", "statusReason"].map((field) =>
      EventField.fromPath(`$.detail.${field}`),
    );
    return this.#rule("Failed", jobEvents(job, ["FAILED"]), [
      `Training job ${name} failed: ${reason}.`,
      `Its output: npm run -s afterword -- logs ${id}`,
    ]);
  }

  /** The job at the head of the queue cannot start, and all behind it wait. */
  #tellOfBlockedQueue(job: TrainingJob): void {
    const [name, reason] = ["jobName", "statusReason"].map((field) =>
      EventField.fromPath(`$.detail.${field}`),
    );
    const pattern = {
      source: ["aws.batch"],
      detailType: ["Batch Job Queue Blocked"],
      detail: { jobQueue: [job.queue.jobQueueArn] },
    };
    this.#rule("Blocked", pattern, [
      `Training job ${name} cannot start: ${reason}.`,
      "What to do about it: npm run -s afterword -- doctor",
    ]);
  }

  #rule(id: string, eventPattern: EventPattern, sentences: string[]): Rule {
    const rule = new Rule(this, id, { eventPattern });
    rule.addTarget(
      new SnsTopic(this.topic, { message: RuleTargetInput.fromText(sentences.join(" ")) }),
    );
    return rule;
  }

  /** Looks at each job again when it should have ended: in the queue, on an instance or reclaimed once too often. */
  #tellOfLateJobs({ job, lateAfter }: TrainingAlarmsProps): void {
    const look = new CallAwsService(this, "Look", {
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
    const tell = new SnsPublish(this, "Tell", {
      topic: this.topic,
      message: TaskInput.fromText(
        JsonPath.format(
          `Training job {} has not ended ${lateAfter.toHours()} hours after it was submitted; it is {}. Look: npm run -s afterword -- jobs`,
          JsonPath.stringAt("$.detail.jobName"),
          JsonPath.stringAt("$.now.status"),
        ),
      ),
    });
    const watch = new StateMachine(this, "Watch", {
      definitionBody: DefinitionBody.fromChainable(
        new Wait(this, "UntilLate", { time: WaitTime.duration(lateAfter) })
          .next(look)
          .next(
            new Choice(this, "Ended").when(hasEnded, new Succeed(this, "InTime")).otherwise(tell),
          ),
      ),
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(this, "WatchLog", {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    acknowledge(watch, {
      "AwsSolutions-SF2": "four steps a job need no tracing: the log has each of them",
      "AwsSolutions-IAM5[Resource::*]":
        "batch:DescribeJobs and the delivery of logs take no narrower resource",
    });
    new Rule(this, "Submitted", {
      eventPattern: jobEvents(job, ["SUBMITTED"]),
      targets: [new SfnStateMachine(watch)],
    });
  }

  #tellOfUnsubmitted(undelivered: Queue): Alarm {
    const alarm = new Alarm(this, "Unsubmitted", {
      alarmDescription: "A schedule could not submit its training job; see the queue's messages",
      metric: undelivered.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: "Maximum",
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }

  #tellOfCosts(usd: number): void {
    const subscribers = [{ subscriptionType: "SNS", address: this.topic.topicArn }];
    const notify = (notificationType: string, threshold: number) => ({
      notification: {
        notificationType,
        threshold,
        thresholdType: "PERCENTAGE",
        comparisonOperator: "GREATER_THAN",
      },
      subscribers,
    });
    const budget = new CfnBudget(this, "Budget", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: usd, unit: "USD" },
      },
      notificationsWithSubscribers: [notify("ACTUAL", 80), notify("FORECASTED", 100)],
    });
    budget.node.addDependency(this.topic); // and its policy, without which the budget is refused
  }
}

/** Changes of a job's state; a sweep's children are left out: the sweep itself ends as they end. */
function jobEvents(job: TrainingJob, status: string[]): EventPattern {
  return {
    source: ["aws.batch"],
    detailType: ["Batch Job State Change"],
    detail: {
      jobQueue: [job.queue.jobQueueArn],
      status,
      arrayProperties: { index: [{ exists: false }] },
    },
  };
}
