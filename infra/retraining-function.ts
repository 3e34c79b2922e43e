// infra/retraining-function: the function that schedules call: it submits a training job where training can help, so that no
// machine is rented to find out that it cannot. What it decides by is ops/scheduled-retraining's.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AssetHashType, DockerImage, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Architecture, Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { buildSync } from "esbuild";
import type { ModelBucket } from "./model-bucket.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";
import { FUNCTION_LOGS, suppressNag } from "./suppress-nag.ts";
import type { TrainingJob } from "./training-job.ts";

/** What is in the bundle's folder beside the program, which reads it by its place two folders above itself. */
const FILES = ["kernels/build/edge.wasm", "base/LICENSE", "base/master.safetensors"];

/** What the function needs; see RetrainingFunction. */
export interface RetrainingFunctionProps {
  /** What it submits, and where. */
  readonly job: TrainingJob;
  /** Where the corpora and the current models are. */
  readonly bucket: ModelBucket;
  /** Receives what it could not submit. */
  readonly deadLetterQueue: IQueue;
}

/**
 * A function that decides whether to train a model again.
 *
 * @example new RetrainingFunction(this, "Retraining", { job, bucket, deadLetterQueue }).function;
 */
export class RetrainingFunction extends Construct {
  readonly function: Function;
  /** Of its decisions, each with its reason. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: RetrainingFunctionProps) {
    super(scope, id);
    const { job, bucket, deadLetterQueue } = props;
    this.logGroup = new LogGroup(this, "Log", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new Function(this, "Function", {
      description: "Submits a training job where training can help",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "ops/bundle/index.handler",
      code: bundledCode(),
      memorySize: 2048, // a model, and one text after the other
      timeout: Duration.minutes(15),
      retryAttempts: 2,
      deadLetterQueue,
      environment: {
        AFTERWORD_STORE: `s3://${bucket.bucket.bucketName}`,
        AFTERWORD_JOB_QUEUE: job.queue.jobQueueArn,
        AFTERWORD_JOB_DEFINITION: job.definition.jobDefinitionArn,
      },
      logGroup: this.logGroup,
    });
    suppressNag(this.function, FUNCTION_LOGS);
    bucket.grantComparing(this.function);
    this.function.addToRolePolicy(job.submitStatement());
  }
}

/** Bundled on this machine when the stack is synthesised; the image stands for none. */
function bundledCode(): Code {
  return Code.fromAsset(PROJECT_FOLDER, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("none"),
      local: {
        tryBundle(folder) {
          bundleRetraining(folder);
          return true;
        },
      },
    },
  });
}

/**
 * Writes the function into a folder: its program as one module, and the files that the program reads.
 *
 * @example
 * bundleRetraining(folder); // FOLDER/ops/bundle/index.mjs exports `handler`
 */
export function bundleRetraining(folder: string): void {
  buildSync({
    absWorkingDir: PROJECT_FOLDER,
    entryPoints: ["ops/scheduled-retraining.ts"],
    outfile: `${folder}/ops/bundle/index.mjs`,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["@aws-sdk/*"], // of Lambda's runtime
  });
  const { version } = JSON.parse(readFileSync(`${PROJECT_FOLDER}/package.json`, "utf8")) as { version: string }; // prettier-ignore
  writeFileSync(`${folder}/package.json`, JSON.stringify({ version }));
  for (const file of FILES) {
    mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
    copyFileSync(`${PROJECT_FOLDER}/${file}`, `${folder}/${file}`);
  }
}
