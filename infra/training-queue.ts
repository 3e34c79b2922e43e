// infra/training-queue: where jobs wait for an instance with a GPU, and the instances: Spot first, on demand behind it, none
// while nothing waits. Knows no job.

import { Duration } from "aws-cdk-lib";
import {
  EcsMachineImageType,
  JobQueue,
  JobStateTimeLimitActionsReason,
  ManagedEc2EcsComputeEnvironment,
} from "aws-cdk-lib/aws-batch";
import type { CfnComputeEnvironment } from "aws-cdk-lib/aws-batch";
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MultipartBody,
  MultipartUserData,
  UserData,
} from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import { GPU_JOB } from "#config/hardware";
import { suppressNag } from "./suppress-nag.ts";
import type { StackConfig } from "#config/project";
import type { TrainingNetwork } from "./training-network.ts";

/** A job that could not start for so long never will: a quota of 0, or a size that no instance has. */
const STUCK_AFTER = Duration.hours(6);

/** On the instance, mounted into jobs: kernels compiled for the GPU outlive the job there. */
export const CACHE_FOLDER = "/var/cache/afterword";
const IMAGE_USER = 1000; // "node" in the image, who writes them

export interface TrainingQueueProps {
  readonly network: TrainingNetwork;
  readonly limits: StackConfig["training"];
}

export class TrainingQueue extends Construct {
  readonly queue: JobQueue;

  constructor(scope: Construct, id: string, props: TrainingQueueProps) {
    super(scope, id);
    const launchTemplate = this.#createTemplate();
    const spot = this.#createEnvironment("Spot", { ...props, launchTemplate, spot: true });
    const onDemand = this.#createEnvironment("OnDemand", { ...props, launchTemplate, spot: false });
    this.queue = new JobQueue(this, "Queue", {
      computeEnvironments: [
        { computeEnvironment: spot, order: 1 },
        { computeEnvironment: onDemand, order: 2 },
      ],
      jobStateTimeLimitActions: [
        JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY,
        JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
        JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
      ].map((reason) => ({ reason, maxTime: STUCK_AFTER })),
    });
  }

  #createTemplate(): LaunchTemplate {
    return new LaunchTemplate(this, "Instance", {
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(GPU_JOB.diskGib, {
            volumeType: EbsDeviceVolumeType.GP3,
            encrypted: true,
          }),
        },
      ],
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 2, // a job asks, from inside its container, what it runs on: its receipt says so
      userData: makeCacheFolder(),
    });
  }

  #createEnvironment(
    id: string,
    props: TrainingQueueProps & { launchTemplate: LaunchTemplate; spot: boolean },
  ): ManagedEc2EcsComputeEnvironment {
    const { network, limits, launchTemplate, spot } = props;
    const created = new ManagedEc2EcsComputeEnvironment(this, id, {
      vpc: network.vpc,
      vpcSubnets: { subnets: network.vpc.publicSubnets },
      securityGroups: [network.securityGroup],
      instanceTypes: limits.instanceTypes.map((type) => new InstanceType(type)),
      useOptimalInstanceClasses: false, // those have no GPU
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      launchTemplate,
      spot,
      minvCpus: 0,
      maxvCpus: limits.maxVcpus,
      updateToLatestImageVersion: true,
    });
    // without a version an environment keeps the template that it was made with
    const resource = created.node.defaultChild as CfnComputeEnvironment;
    const version = "ComputeResources.LaunchTemplate.Version";
    resource.addPropertyOverride(version, launchTemplate.latestVersionNumber);
    suppressNag(created, {
      "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]":
        "what every instance of ECS needs, kept up to date by AWS; jobs have a role of their own",
    });
    return created;
  }
}

/** Batch takes user data in this form alone. */
function makeCacheFolder(): MultipartUserData {
  const commands = UserData.forLinux();
  commands.addCommands(`install --directory --owner=${IMAGE_USER} ${CACHE_FOLDER}`);
  const parts = new MultipartUserData();
  parts.addPart(MultipartBody.fromUserData(commands));
  return parts;
}
