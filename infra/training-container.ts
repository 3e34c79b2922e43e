// infra/training-container: the container that trains: its image, its size and what it is told. What a job trains, its
// environment says (job/contract); where it runs is training-queue's.

import { readFileSync } from "node:fs";
import { IgnoreMode, Size, Stack } from "aws-cdk-lib";
import {
  EcsEc2ContainerDefinition,
  EcsFargateContainerDefinition,
  EcsVolume,
  LinuxParameters,
  Secret,
} from "aws-cdk-lib/aws-batch";
import type { EcsContainerDefinitionProps, IEcsContainerDefinition } from "aws-cdk-lib/aws-batch";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage, LogDriver } from "aws-cdk-lib/aws-ecs";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { cpuJobName, cpuJobOf, GPU_JOB } from "#config/hardware";
import type { Compute } from "#config/hardware";
import type { StackConfig } from "#config/project";
import { CACHE_FOLDER } from "./gpu-environments.ts";
import type { ModelBucket } from "./model-bucket.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";
import { suppressNag } from "./suppress-nag.ts";

const SHARED_MEMORY = Size.gibibytes(2); // the threads' typed arrays

/** A bucket that the edge reads, and what opens it. */
export interface EdgeBucket {
  /** Its address: https://ACCOUNT.r2.cloudflarestorage.com/BUCKET. */
  readonly store: string;
  /** JSON {accessKeyId, secretAccessKey}. */
  readonly credentials: ISecret;
}

/** What a container needs; see TrainingContainer. */
export interface TrainingContainerProps {
  /** What a job may do. */
  readonly jobRole: IRole;
  /** Where its corpora, runs and models are. */
  readonly bucket: ModelBucket;
  /** Whether it trains on a GPU, and how large it may be. */
  readonly limits: StackConfig["training"];
  /** Where its output goes. */
  readonly logGroup: ILogGroup;
  /** The edge's bucket. @default - nothing is published there */
  readonly edge?: EdgeBucket;
}

/**
 * The container of a training job, on an instance with a GPU or on Fargate.
 *
 * @example new TrainingContainer(this, "Container", { jobRole, bucket, limits, logGroup }).definition;
 */
export class TrainingContainer extends Construct {
  readonly definition: IEcsContainerDefinition;

  constructor(scope: Construct, id: string, props: TrainingContainerProps) {
    super(scope, id);
    const { compute } = props.limits;
    this.definition = compute === "cpu" ? this.#onFargate(props) : this.#onInstance(props);
    suppressNag(this.definition.executionRole, {
      "AwsSolutions-IAM5[Resource::*]":
        "ecr:GetAuthorizationToken, to pull the image, takes no narrower resource",
    });
  }

  #onInstance(props: TrainingContainerProps): EcsEc2ContainerDefinition {
    return new EcsEc2ContainerDefinition(this, "Gpu", {
      ...this.#common(props, "gpu"),
      gpu: 1,
      cpu: GPU_JOB.vcpus,
      memory: Size.mebibytes(GPU_JOB.memoryMib),
      environment: environmentOf(this, props),
      linuxParameters: new LinuxParameters(this, "Linux", { sharedMemorySize: SHARED_MEMORY }),
      volumes: [
        EcsVolume.host({ name: "cache", hostPath: CACHE_FOLDER, containerPath: CACHE_FOLDER }),
      ],
    });
  }

  #onFargate(props: TrainingContainerProps): EcsFargateContainerDefinition {
    const size = cpuJobOf(props.limits.maxVcpus);
    return new EcsFargateContainerDefinition(this, "Cpu", {
      ...this.#common(props, "cpu"),
      cpu: size.vcpus,
      memory: Size.mebibytes(size.memoryMib),
      ephemeralStorageSize: Size.gibibytes(size.diskGib),
      assignPublicIp: true, // without one it reaches neither ECR nor the edge's bucket
      environment: { ...environmentOf(this, props), AFTERWORD_MACHINE: cpuJobName(size) },
    });
  }

  #common({ jobRole, logGroup, edge }: TrainingContainerProps, compute: Compute) {
    return {
      image: ContainerImage.fromDockerImageAsset(createImage(this, compute)),
      command: ["job"],
      jobRole,
      secrets: edge && {
        AFTERWORD_EDGE_ACCESS_KEY_ID: Secret.fromSecretsManager(edge.credentials, "accessKeyId"),
        AFTERWORD_EDGE_SECRET_ACCESS_KEY: Secret.fromSecretsManager(
          edge.credentials,
          "secretAccessKey",
        ),
      },
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: "training" }),
    } satisfies Partial<EcsContainerDefinitionProps>;
  }
}

function environmentOf(scope: Construct, { bucket, edge }: TrainingContainerProps) {
  return {
    // Batch sets none, the instance's metadata gives the SDK none, and ECS agents before 1.104 set none either
    AWS_REGION: Stack.of(scope).region,
    AFTERWORD_STORE: `s3://${bucket.bucket.bucketName}`,
    ...(edge && { AFTERWORD_EDGE_STORE: edge.store }),
  };
}

/** The image of job/Dockerfile, built when it is deployed. Its files alone decide whether it is built again. */
function createImage(scope: Construct, target: Compute): DockerImageAsset {
  const rules = readFileSync(`${PROJECT_FOLDER}/job/Dockerfile.dockerignore`, "utf8");
  return new DockerImageAsset(scope, "Image", {
    directory: PROJECT_FOLDER,
    file: "job/Dockerfile",
    target,
    platform: Platform.LINUX_AMD64,
    // the CDK reads no other rules than those of a .dockerignore in the project's root
    exclude: rules.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    ignoreMode: IgnoreMode.DOCKER,
  });
}
