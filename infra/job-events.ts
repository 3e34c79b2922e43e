// infra/job-events: which of Batch's events are of our jobs.

import type { EventPattern } from "aws-cdk-lib/aws-events";
import type { TrainingJob } from "./training-job.ts";

/**
 * Changes of a job's state; a sweep's children are left out: the sweep itself ends as they end.
 *
 * @example
 * new Rule(this, "Failed", { eventPattern: jobEvents(job, ["FAILED"]) });
 */
export function jobEvents(job: TrainingJob, status: string[]): EventPattern {
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
