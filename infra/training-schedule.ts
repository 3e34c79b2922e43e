// infra/training-schedule: trains a model again at its times. Decides nothing about the training: it submits the model's
// plan to the queue.

import { Duration, TimeZone } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Universal } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { planEnvironment } from "#job/contract";
import { planOf } from "#config/project";
import type { ModelConfig, ScheduleConfig } from "#config/project";
import type { TrainingJob } from "./training-job.ts";

/** What is trained, and when; see TrainingSchedule. */
export interface TrainingScheduleProps {
  /** What is trained. */
  readonly model: ModelConfig;
  /** When. */
  readonly schedule: ScheduleConfig;
  /** What is submitted, and where. */
  readonly job: TrainingJob;
  /** The group that it belongs to. */
  readonly group: IScheduleGroup;
  /** Receives what could not be submitted. */
  readonly deadLetterQueue: IQueue;
}

/**
 * The schedule of one model.
 *
 * @example new TrainingSchedule(this, "Schedule-notes", { model, schedule, job, group, deadLetterQueue });
 */
export class TrainingSchedule extends Construct {
  constructor(scope: Construct, id: string, props: TrainingScheduleProps) {
    super(scope, id);
    const { model, schedule, job, group, deadLetterQueue } = props;
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com"),
      description: `Submits training jobs of model ${model.name}`,
    });
    const environment = Object.entries(planEnvironment(planOf(model)));
    const created = new Schedule(this, "Schedule", {
      scheduleName: model.name, // unique in its group; by it the commands find a model's schedule
      scheduleGroup: group,
      description: `Trains model ${model.name} again`,
      enabled: schedule.enabled,
      schedule: expressionOf(schedule),
      target: new Universal({
        service: "batch",
        action: "submitJob",
        role,
        policyStatements: [job.submitStatement()],
        // the scheduler writes the API's names in Pascal case
        input: ScheduleTargetInput.fromObject({
          JobName: `${model.name}-scheduled`,
          JobQueue: job.queue.jobQueueArn,
          JobDefinition: job.definition.jobDefinitionArn,
          ContainerOverrides: {
            Environment: environment.map(([Name, Value]) => ({ Name, Value })),
          },
        }),
        deadLetterQueue,
        retryAttempts: 5,
        maxEventAge: Duration.hours(1),
      }),
    });
    created.node.addDependency(group); // which it names by its name alone
  }
}

function expressionOf({ expression, timeZone }: ScheduleConfig): ScheduleExpression {
  return ScheduleExpression.expression(expression, TimeZone.of(timeZone));
}
