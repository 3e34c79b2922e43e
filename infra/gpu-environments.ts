// infra/gpu-environments: the instances with a GPU that jobs run on: Spot first, on demand behind it, none while nothing
// waits. Knows no job.

import { EcsMachineImageType, ManagedEc2EcsComputeEnvironment } from "aws-cdk-lib/aws-batch";
import type { CfnComputeEnvironment, IComputeEnvironment } from "aws-cdk-lib/aws-batch";
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
import { GPU_JOB, machinesOf } from "#config/hardware";
import { suppressNag } from "./suppress-nag.ts";
import type { TrainingQueueProps } from "./training-queue-props.ts";

/** On the instance, mounted into jobs: kernels compiled for the GPU outlive the job there. */
export const CACHE_FOLDER = "/var/cache/afterword";
const IMAGE_USER = 1000; // "node" in the image, who writes them

/**
 * Where the ECS agent reads its settings when it starts, after the user data has run. It drains an instance that Spot takes
 * back only where it is told to, and gives a container 30 s to end unless told otherwise: a job writes its checkpoint then.
 */
const AGENT_SETTINGS = "/etc/ecs/ecs.config";
const STOP_TIMEOUT_SECONDS = 100; // of the two minutes between Spot's notice and the end

/**
 * EC2 compute environments with one GPU an instance.
 *
 * @example new GpuEnvironments(this, "Gpu", { network, limits }).inOrder; // Spot, then on demand
 */
export class GpuEnvironments extends Construct {
  /** The first is tried first. */
  readonly inOrder: IComputeEnvironment[];

  constructor(scope: Construct, id: string, props: TrainingQueueProps) {
    super(scope, id);
    const launchTemplate = this.#createTemplate();
    this.inOrder = [
      this.#createEnvironment("Spot", { ...props, launchTemplate, spot: true }),
      this.#createEnvironment("OnDemand", { ...props, launchTemplate, spot: false }),
    ];
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
      httpPutResponseHopLimit: 2, // a job asks, from inside its container, what it runs on: its cost record says so
      userData: prepareInstance(),
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
      instanceTypes: machinesOf(limits).map((type) => new InstanceType(type)),
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
function prepareInstance(): MultipartUserData {
  const commands = UserData.forLinux();
  commands.addCommands(
    `install --directory --owner=${IMAGE_USER} ${CACHE_FOLDER}`,
    `echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> ${AGENT_SETTINGS}`,
    `echo ECS_CONTAINER_STOP_TIMEOUT=${STOP_TIMEOUT_SECONDS}s >> ${AGENT_SETTINGS}`,
  );
  const parts = new MultipartUserData();
  parts.addPart(MultipartBody.fromUserData(commands));
  return parts;
}
