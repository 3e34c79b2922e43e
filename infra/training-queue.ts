// infra/training-queue: where jobs wait for a machine, Spot first, on demand behind it. Knows no job.

import { Duration } from "aws-cdk-lib";
import { JobQueue, JobStateTimeLimitActionsReason } from "aws-cdk-lib/aws-batch";
import { Construct } from "constructs";
import { CpuEnvironments } from "./cpu-environments.ts";
import { GpuEnvironments } from "./gpu-environments.ts";
import type { TrainingQueueProps } from "./training-queue-props.ts";

/**
 * A job that could not start for so long never will. Batch itself cancels it for the reasons that it knows; a quota of 0 is
 * none of them: job-watchdog cancels what waits for that.
 */
export const STUCK_AFTER = Duration.hours(6);

/**
 * A queue with the machines that its jobs run on.
 *
 * @example new TrainingQueue(this, "Queue", { network, limits: config.training }).queue;
 */
export class TrainingQueue extends Construct {
  readonly queue: JobQueue;

  constructor(scope: Construct, id: string, props: TrainingQueueProps) {
    super(scope, id);
    const { inOrder } =
      props.limits.compute === "cpu"
        ? new CpuEnvironments(this, "Cpu", props)
        : new GpuEnvironments(this, "Gpu", props);
    this.queue = new JobQueue(this, "Queue", {
      computeEnvironments: inOrder.map((computeEnvironment, index) => ({
        computeEnvironment,
        order: index + 1,
      })),
      jobStateTimeLimitActions: [
        JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY,
        JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
        JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
      ].map((reason) => ({ reason, maxTime: STUCK_AFTER })),
    });
  }
}
