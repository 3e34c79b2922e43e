// infra/training-schedule: trains a model again at its times. Decides nothing about the training: it calls the function that
// does, with the model's plan.

import { Duration, TimeZone } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { planEnvironment } from "#job/contract";
import { planOf } from "#config/project";
import type { ModelConfig, ScheduleConfig } from "#config/project";
import type { RetrainingFunction } from "./retraining-function.ts";
import { suppressNag, wildcardOn } from "./suppress-nag.ts";

/** What is trained, and when; see TrainingSchedule. */
export interface TrainingScheduleProps {
  /** What is trained. */
  readonly model: ModelConfig;
  /** When. */
  readonly schedule: ScheduleConfig;
  /** What is called. */
  readonly retraining: RetrainingFunction;
  /** The group that it belongs to. */
  readonly group: IScheduleGroup;
  /** Receives what could not be called. */
  readonly deadLetterQueue: IQueue;
}

/**
 * The schedule of one model.
 *
 * @example new TrainingSchedule(this, "Schedule-notes", { model, schedule, retraining, group, deadLetterQueue });
 */
export class TrainingSchedule extends Construct {
  constructor(scope: Construct, id: string, props: TrainingScheduleProps) {
    super(scope, id);
    const { model, schedule, retraining, group, deadLetterQueue } = props;
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com"),
      description: `Asks for model ${model.name} to be trained again`,
    });
    const created = new Schedule(this, "Schedule", {
      scheduleName: model.name, // unique in its group; by it the commands find a model's schedule
      scheduleGroup: group,
      description: `Trains model ${model.name} again`,
      enabled: schedule.enabled,
      schedule: expressionOf(schedule),
      target: new LambdaInvoke(retraining.function, {
        role,
        input: ScheduleTargetInput.fromObject(planEnvironment(planOf(model))),
        deadLetterQueue,
        retryAttempts: 5,
        maxEventAge: Duration.hours(1),
      }),
    });
    suppressNag(role, {
      [wildcardOn(retraining.function, ":*")]: "it may call any version of the one function above",
    });
    created.node.addDependency(group); // which it names by its name alone
  }
}

function expressionOf({ expression, timeZone }: ScheduleConfig): ScheduleExpression {
  return ScheduleExpression.expression(expression, TimeZone.of(timeZone));
}
