// infra/cpu-environments: Fargate, where jobs train on processors alone: no instance and no quota for GPUs. Spot first, on
// demand behind it. Knows no job.

import { FargateComputeEnvironment } from "aws-cdk-lib/aws-batch";
import type { IComputeEnvironment } from "aws-cdk-lib/aws-batch";
import { Construct } from "constructs";
import type { TrainingQueueProps } from "./training-queue-props.ts";

/**
 * Fargate compute environments.
 *
 * @example new CpuEnvironments(this, "Cpu", { network, limits }).inOrder; // Spot, then on demand
 */
export class CpuEnvironments extends Construct {
  /** The first is tried first. */
  readonly inOrder: IComputeEnvironment[];

  constructor(scope: Construct, id: string, { network, limits }: TrainingQueueProps) {
    super(scope, id);
    this.inOrder = [
      ["Spot", true],
      ["OnDemand", false],
    ].map(
      ([name, spot]) =>
        new FargateComputeEnvironment(this, name as string, {
          vpc: network.vpc,
          vpcSubnets: { subnets: network.vpc.publicSubnets },
          securityGroups: [network.securityGroup],
          spot: spot as boolean,
          maxvCpus: limits.maxVcpus,
        }),
    );
  }
}
