// infra/training-job: the batch job that trains on one GPU: its image, its queue with Spot before on-demand instances, and
// what it may do. What a job trains, its environment says (model/job-environment); who submits it is left to others.

import { readFileSync } from "node:fs";
import { Duration, IgnoreMode, RemovalPolicy, Size } from "aws-cdk-lib";
import {
  Action,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsMachineImageType,
  EcsVolume,
  JobQueue,
  JobStateTimeLimitActionsReason,
  LinuxParameters,
  ManagedEc2EcsComputeEnvironment,
  Reason,
  RetryStrategy,
  Secret,
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
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage, LogDriver } from "aws-cdk-lib/aws-ecs";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { StackConfig } from "./config.ts";
import type { ModelBucket } from "./model-bucket.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";
import type { TrainingNetwork } from "./training-network.ts";

// all of the smallest instance (4 vCPUs, 16 GiB), less what the ECS agent and the kernel keep for themselves
const JOB_VCPUS = 4;
const JOB_MEMORY = Size.mebibytes(14_000);
const SHARED_MEMORY = Size.gibibytes(2); // the threads' typed arrays
const ROOT_DISK_GIB = 100; // the image unpacked takes some 15, a run's files the rest
const MOST_ATTEMPTS = 10; // all that Batch allows: a Spot instance may be reclaimed again and again
const STOPPED_STATUS = "143"; // of a job that SIGTERM ended; one that ran out of time is not tried again, whatever it says
/** A job that could not start for so long never will: a quota of 0, or a size that no instance has. */
const STUCK_AFTER = Duration.hours(6);

const CACHE_FOLDER = "/var/cache/afterword"; // kernels compiled for the GPU outlive the job there
const IMAGE_USER = 1000; // "node" in the image, who writes them

export interface TrainingJobProps {
  readonly network: TrainingNetwork;
  readonly bucket: ModelBucket;
  readonly limits: StackConfig["training"];
  /** The edge's bucket and the secret {accessKeyId, secretAccessKey} that opens it. @default - nothing is published there */
  readonly edge?: { readonly store: string; readonly credentials: ISecret };
}

export class TrainingJob extends Construct {
  readonly queue: JobQueue;
  readonly definition: EcsJobDefinition;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: TrainingJobProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, "Log", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY, // a run's metrics are in the bucket too
    });
    this.queue = this.#createQueue(props);
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

  #createQueue({ network, limits }: TrainingJobProps): JobQueue {
    const launchTemplate = new LaunchTemplate(this, "Instance", {
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(ROOT_DISK_GIB, {
            volumeType: EbsDeviceVolumeType.GP3,
            encrypted: true,
          }),
        },
      ],
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 2, // a job asks, from inside its container, what it runs on: its receipt says so
      userData: makeCacheFolder(),
    });
    const environment = (name: string, spot: boolean) => {
      const created = new ManagedEc2EcsComputeEnvironment(this, name, {
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
      acknowledge(created, {
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]":
          "what every instance of ECS needs, kept up to date by AWS; jobs have a role of their own",
      });
      return created;
    };
    return new JobQueue(this, "Queue", {
      computeEnvironments: [
        { computeEnvironment: environment("Spot", true), order: 1 },
        { computeEnvironment: environment("OnDemand", false), order: 2 },
      ],
      jobStateTimeLimitActions: [
        JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY,
        JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
        JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
      ].map((reason) => ({ reason, maxTime: STUCK_AFTER })),
    });
  }

  #createDefinition({ bucket, edge, limits }: TrainingJobProps): EcsJobDefinition {
    const jobRole = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com"),
      description: "What a training job may do",
    });
    bucket.grantTraining(jobRole);
    const container = new EcsEc2ContainerDefinition(this, "Container", {
      image: ContainerImage.fromDockerImageAsset(createImage(this)),
      command: ["job"],
      gpu: 1,
      cpu: JOB_VCPUS,
      memory: JOB_MEMORY,
      jobRole,
      environment: {
        AFTERWORD_STORE: `s3://${bucket.bucket.bucketName}`,
        ...(edge && { AFTERWORD_EDGE_STORE: edge.store }),
      },
      secrets: edge && {
        AFTERWORD_EDGE_ACCESS_KEY_ID: Secret.fromSecretsManager(edge.credentials, "accessKeyId"),
        AFTERWORD_EDGE_SECRET_ACCESS_KEY: Secret.fromSecretsManager(
          edge.credentials,
          "secretAccessKey",
        ),
      },
      linuxParameters: new LinuxParameters(this, "Linux", { sharedMemorySize: SHARED_MEMORY }),
      volumes: [
        EcsVolume.host({ name: "cache", hostPath: CACHE_FOLDER, containerPath: CACHE_FOLDER }),
      ],
      logging: LogDriver.awsLogs({ logGroup: this.logGroup, streamPrefix: "training" }),
    });
    acknowledge(container.executionRole, {
      "AwsSolutions-IAM5[Resource::*]":
        "ecr:GetAuthorizationToken, to pull the image, takes no narrower resource",
    });
    return new EcsJobDefinition(this, "Definition", {
      container,
      timeout: Duration.hours(limits.timeLimitHours),
      retryAttempts: MOST_ATTEMPTS,
      // in this order; where no rule fits, Batch would try again
      retryStrategies: [
        RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
        // the same, where the job was quicker to keep its checkpoint and end than the instance
        RetryStrategy.of(Action.RETRY, Reason.custom({ onExitCode: STOPPED_STATUS })),
        RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: "*" })),
      ],
      propagateTags: true,
      skipDeregisterOnUpdate: true, // a job that waits, or is tried again, during a deployment keeps its own
    });
  }
}

/** The image of training/Dockerfile, built when it is deployed. Its files alone decide whether it is built again. */
function createImage(scope: Construct): DockerImageAsset {
  const rules = readFileSync(`${PROJECT_FOLDER}/training/Dockerfile.dockerignore`, "utf8");
  return new DockerImageAsset(scope, "Image", {
    directory: PROJECT_FOLDER,
    file: "training/Dockerfile",
    platform: Platform.LINUX_AMD64,
    // the CDK reads no other rules than those of a .dockerignore in the project's root
    exclude: rules.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    ignoreMode: IgnoreMode.DOCKER,
  });
}

/** Batch takes user data in this form alone. */
function makeCacheFolder(): MultipartUserData {
  const commands = UserData.forLinux();
  commands.addCommands(`install --directory --owner=${IMAGE_USER} ${CACHE_FOLDER}`);
  const parts = new MultipartUserData();
  parts.addPart(MultipartBody.fromUserData(commands));
  return parts;
}
