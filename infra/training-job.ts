// infra/training-job: the batch job that trains on one GPU: its image, its queue, its log, and what it may do. What a job
// trains, its environment says (job/contract); who submits it is left to others.

import { readFileSync } from "node:fs";
import { Duration, IgnoreMode, RemovalPolicy, Size } from "aws-cdk-lib";
import {
  Action,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsVolume,
  LinuxParameters,
  Reason,
  RetryStrategy,
  Secret,
} from "aws-cdk-lib/aws-batch";
import type { JobQueue } from "aws-cdk-lib/aws-batch";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage, LogDriver } from "aws-cdk-lib/aws-ecs";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { GPU_JOB } from "#config/hardware";
import { suppressNag } from "./suppress-nag.ts";
import type { StackConfig } from "#config/project";
import type { ModelBucket } from "./model-bucket.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";
import type { TrainingNetwork } from "./training-network.ts";
import { CACHE_FOLDER, TrainingQueue } from "./training-queue.ts";

const SHARED_MEMORY = Size.gibibytes(2); // the threads' typed arrays
const MAX_ATTEMPTS = 10; // all that Batch allows: a Spot instance may be reclaimed again and again
const STOPPED_STATUS = "143"; // of a job that SIGTERM ended; one that ran out of time is not tried again, whatever it says

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
    const container = new EcsEc2ContainerDefinition(this, "Container", {
      image: ContainerImage.fromDockerImageAsset(createImage(this)),
      command: ["job"],
      gpu: 1,
      cpu: GPU_JOB.vcpus,
      memory: Size.mebibytes(GPU_JOB.memoryMib),
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
    suppressNag(container.executionRole, {
      "AwsSolutions-IAM5[Resource::*]":
        "ecr:GetAuthorizationToken, to pull the image, takes no narrower resource",
    });
    return new EcsJobDefinition(this, "Definition", {
      container,
      timeout: Duration.hours(limits.timeLimitHours),
      retryAttempts: MAX_ATTEMPTS,
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

/** The image of job/Dockerfile, built when it is deployed. Its files alone decide whether it is built again. */
function createImage(scope: Construct): DockerImageAsset {
  const rules = readFileSync(`${PROJECT_FOLDER}/job/Dockerfile.dockerignore`, "utf8");
  return new DockerImageAsset(scope, "Image", {
    directory: PROJECT_FOLDER,
    file: "job/Dockerfile",
    platform: Platform.LINUX_AMD64,
    // the CDK reads no other rules than those of a .dockerignore in the project's root
    exclude: rules.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    ignoreMode: IgnoreMode.DOCKER,
  });
}
