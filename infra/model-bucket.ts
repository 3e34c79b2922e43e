// infra/model-bucket: the bucket of corpora, runs and models. It outlives the stack.

import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Grant } from "aws-cdk-lib/aws-iam";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { IConstruct } from "constructs";
import { suppressNag, wildcardOn } from "./suppress-nag.ts";

/** A role, or what has one. */
type Grantee = IGrantable & IConstruct;

/**
 * The bucket of corpora, runs and models.
 *
 * @example new ModelBucket(this, "Models").grantTraining(jobRole);
 */
export class ModelBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN, // models are worth more than the stack
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(2) },
        // what was written over or deleted can be had back for a month
        { noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
        // but a run writes its checkpoint over every few minutes
        { prefix: "runs/", noncurrentVersionExpiration: Duration.days(1) },
      ],
    });
    suppressNag(this.bucket, {
      "AwsSolutions-S1":
        "the job's role and the account's own people are all who read it; a log bucket would cost more than the data",
    });
  }

  /** What a training job needs: to read corpora and models, to add models, and to do as it likes with runs. */
  grantTraining(grantee: Grantee): void {
    const kept = ["/runs/*", "/models/*"];
    this.#grantReading(grantee, ["/corpora/*", ...kept]);
    this.#allow(grantee, ["s3:PutObject", "s3:AbortMultipartUpload"], kept);
    this.#allow(grantee, ["s3:DeleteObject"], ["/runs/*"]); // checkpoints of before
  }

  /** What comparing a corpus with the current model needs: both, and the settings of the run that the model is of. */
  grantComparing(grantee: Grantee): void {
    this.#grantReading(grantee, ["/corpora/*", "/models/*", "/runs/*/settings.json"]);
  }

  #grantReading(grantee: Grantee, paths: string[]): void {
    this.#allow(grantee, ["s3:ListBucket"], [""]);
    this.#allow(grantee, ["s3:GetObject"], paths);
    const reason = "what lies under these three prefixes has no names known beforehand";
    for (const path of paths) suppressNag(grantee, { [wildcardOn(this.bucket, path)]: reason });
  }

  #allow(grantee: Grantee, actions: string[], paths: string[]): void {
    const resourceArns = paths.map((path) => this.bucket.bucketArn + path);
    Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
