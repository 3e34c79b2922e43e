// infra/training-alarms: who is told when a job fails, is stuck or late, or when the month costs too much.

import { Duration, Stack } from "aws-cdk-lib";
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import type { EventPattern } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { StackConfig } from "#config/project";
import { jobEvents } from "./job-events.ts";
import { JobWatchdog } from "./job-watchdog.ts";
import type { TrainingJob } from "./training-job.ts";

/** What the alarms watch; see TrainingAlarms. */
export interface TrainingAlarmsProps {
  /** Whose failures are told. */
  readonly job: TrainingJob;
  /** Where what the schedules could not submit ends up. */
  readonly deadLetterQueue: Queue;
  /** How long after its submission a job that has not ended is told of. */
  readonly lateAfter: Duration;
  /** Who is told, and above which costs. */
  readonly alerts: StackConfig["alerts"];
}

/**
 * A topic, and what is sent to it.
 *
 * @example new TrainingAlarms(this, "Alarms", { job, deadLetterQueue, lateAfter, alerts: config.alerts });
 */
export class TrainingAlarms extends Construct {
  readonly topic: Topic;
  readonly failures: Rule;
  readonly unsubmitted: Alarm;

  constructor(scope: Construct, id: string, props: TrainingAlarmsProps) {
    super(scope, id);
    this.topic = this.#createTopic(props.alerts.email);
    this.failures = this.#notifyOfFailures(props.job);
    this.#notifyOfBlockedQueue(props.job);
    const { job, lateAfter } = props;
    new JobWatchdog(this, "Watch", { job, lateAfter, topic: this.topic });
    this.unsubmitted = this.#alarmOfUnsubmitted(props.deadLetterQueue);
    this.#limitCosts(props.alerts.monthlyBudgetUsd);
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

  #notifyOfFailures(job: TrainingJob): Rule {
    const [name, id, reason] = ["jobName", "jobId", "statusReason"].map((field) =>
      EventField.fromPath(`$.detail.${field}`),
    );
    return this.#rule("Failed", jobEvents(job, ["FAILED"]), [
      `Training job ${name} failed: ${reason}.`,
      `Its output: npm run -s afterword -- logs ${id}`,
    ]);
  }

  /** The job at the head of the queue cannot start, and all behind it wait. */
  #notifyOfBlockedQueue(job: TrainingJob): void {
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

  #alarmOfUnsubmitted(deadLetterQueue: Queue): Alarm {
    const alarm = new Alarm(this, "Unsubmitted", {
      alarmDescription: "A schedule could not submit its training job; see the queue's messages",
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
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

  #limitCosts(usd: number): void {
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
