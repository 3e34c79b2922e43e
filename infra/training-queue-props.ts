// infra/training-queue-props: what a training queue and its machines are made from.

import type { StackConfig } from "#config/project";
import type { TrainingNetwork } from "./training-network.ts";

/** What a queue of jobs needs, whatever it runs on. */
export interface TrainingQueueProps {
  /** Where its machines live. */
  readonly network: TrainingNetwork;
  /** What they are, and how many at once. */
  readonly limits: StackConfig["training"];
}
