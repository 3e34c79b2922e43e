// ops/prices: list prices in US dollars of what a deployment costs beside its training (job/prices), as of the same month.
//
// AWS, us-east-1: aws.amazon.com/s3/pricing, /ecr/pricing, /secrets-manager/pricing, /cloudwatch/pricing. Cloudflare:
// developers.cloudflare.com/workers/platform/pricing, /r2/pricing.

export const AWS = {
  bucketGigabyteMonth: 0.023, // S3 Standard
  imageGigabyteMonth: 0.1, // ECR
  secretMonth: 0.4,
} as const;

export const CLOUDFLARE = {
  planMonth: 5, // Workers Paid; the free plan's 10 ms of CPU a request are too few for a model
  requestsIncluded: 10e6,
  millionRequests: 0.3,
  cpuMsIncluded: 30e6,
  millionCpuMs: 0.02,
  objectRequestsIncluded: 1e6, // of Durable Objects
  millionObjectRequests: 0.15,
  rowsWrittenIncluded: 50e6,
  millionRowsWritten: 1,
  gigabyteSecondsIncluded: 400e3,
  millionGigabyteSeconds: 12.5,
} as const;
