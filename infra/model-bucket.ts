// infra/model-bucket: the bucket of corpora, runs and models. It outlives the stack.

import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Grant } from "aws-cdk-lib/aws-iam";
import type { Role } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { suppressNag, wildcardOn } from "./suppress-nag.ts";

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
  grantTraining(grantee: Role): void {
    const { bucket } = this;
    const kept = ["/runs/*", "/models/*"];
    const read = ["/corpora/*", ...kept];
    const allow = (actions: string[], paths: string[]) =>
      Grant.addToPrincipal({
        grantee,
        actions,
        resourceArns: paths.map((path) => bucket.bucketArn + path),
      });
    allow(["s3:ListBucket"], [""]);
    allow(["s3:GetObject"], read);
    allow(["s3:PutObject", "s3:AbortMultipartUpload"], kept);
    allow(["s3:DeleteObject"], ["/runs/*"]); // checkpoints of before
    const reason = "what lies under these three prefixes has no names known beforehand";
    for (const path of read) suppressNag(grantee, { [wildcardOn(bucket, path)]: reason });
  }
}
