// infra/training-job: the batch job that trains: its container, its queue, its log, and what it may do. What a job trains,
// its environment says (job/contract); who submits it is left to others.

import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Action, EcsJobDefinition, Reason, RetryStrategy } from "aws-cdk-lib/aws-batch";
import type { JobQueue } from "aws-cdk-lib/aws-batch";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Compute } from "#config/hardware";
import type { StackConfig } from "#config/project";
import { STOPPED_STATUS } from "#job/contract";
import type { ModelBucket } from "./model-bucket.ts";
import { TrainingContainer } from "./training-container.ts";
import type { EdgeBucket } from "./training-container.ts";
import type { TrainingNetwork } from "./training-network.ts";
import { TrainingQueue } from "./training-queue.ts";

const MAX_ATTEMPTS = 10; // all that Batch allows: a Spot instance may be reclaimed again and again

/** What training jobs need; see TrainingJob. */
export interface TrainingJobProps {
  /** Where its machines live. */
  readonly network: TrainingNetwork;
  /** Where its corpora, runs and models are. */
  readonly bucket: ModelBucket;
  /** What it runs on, for how long, and how many at once. */
  readonly limits: StackConfig["training"];
  /** The edge's bucket and the secret that opens it. @default - nothing is published there */
  readonly edge?: EdgeBucket;
}

/**
 * A job definition with its queue: what a schedule or a command submits to.
 *
 * @example new TrainingJob(this, "Training", { network, bucket, limits: config.training, edge });
 */
export class TrainingJob extends Construct {
  readonly queue: JobQueue;
  readonly definition: EcsJobDefinition;
  /** Of the jobs' output. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: TrainingJobProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, "Log", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY, // a run's metrics are in the bucket too
    });
    this.queue = new TrainingQueue(this, "Queue", props).queue;
    this.definition = this.#createDefinition(props);
  }

  /** What a role needs to submit jobs of this definition to this queue, and nothing else. */
  submitStatement(): PolicyStatement {
    const { queue, definition } = this;
    return new PolicyStatement({
      actions: ["batch:SubmitJob"],
      resources: [queue.jobQueueArn, definition.jobDefinitionArn],
    });
  }

  #createDefinition({ bucket, edge, limits }: TrainingJobProps): EcsJobDefinition {
    const jobRole = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com"),
      description: "What a training job may do",
    });
    bucket.grantTraining(jobRole);
    const { logGroup } = this;
    const { definition } = new TrainingContainer(this, "Container", { jobRole, bucket, limits, logGroup, edge }); // prettier-ignore
    return new EcsJobDefinition(this, "Definition", {
      container: definition,
      timeout: Duration.hours(limits.timeLimitHours),
      retryAttempts: MAX_ATTEMPTS,
      retryStrategies: retriesOf(limits.compute),
      propagateTags: true,
      skipDeregisterOnUpdate: true, // a job that waits, or is tried again, during a deployment keeps its own
    });
  }
}

/** The job kept its checkpoint and ended, or met trouble that passes. One that ran out of time is never tried again. */
const STOPPED = RetryStrategy.of(
  Action.RETRY,
  Reason.custom({ onExitCode: String(STOPPED_STATUS) }),
);

/** In this order, at most five; where no rule fits, Batch tries again. */
function retriesOf(compute: Compute | undefined): RetryStrategy[] {
  return compute === "cpu" ? retriesOnFargate() : retriesOnInstances();
}

function retriesOnInstances(): RetryStrategy[] {
  return [
    RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
    STOPPED,
    // an image that could not be pulled, a container that could not be made or started
    RetryStrategy.of(Action.RETRY, Reason.custom({ onReason: "Cannot*" })),
    // what ECS and Docker call so: a time-out, a secret or a log that could not be reached
    RetryStrategy.of(Action.RETRY, Reason.custom({ onStatusReason: "Task failed to start*" })),
    RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: "*" })),
  ];
}

/**
 * Fargate tells of an image, a secret, a network interface or a disk that it could not get in many words, and of none in
 * Batch's `reason`. What all of these have in common is that the program never ran, and so has no exit status.
 */
function retriesOnFargate(): RetryStrategy[] {
  return [
    RetryStrategy.of(
      Action.RETRY,
      Reason.custom({ onStatusReason: "Your Spot Task was interrupted*" }),
    ),
    STOPPED,
    RetryStrategy.of(Action.EXIT, Reason.custom({ onExitCode: "1*" })), // an error, or killed: 1, 134, 137
    RetryStrategy.of(Action.EXIT, Reason.custom({ onExitCode: "2*" })), // a wrong environment
  ];
}
