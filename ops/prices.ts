// ops/prices: list prices in US dollars, for the estimates and the receipts. The bill is the truth: Spot prices
// move by the hour, taxes and free tiers are left out, and other regions than us-east-1 cost up to a third more.
//
// AWS, us-east-1, Linux: aws.amazon.com/ec2/pricing/on-demand, /ebs/pricing, /s3/pricing, /ecr/pricing, /vpc/pricing,
// /secrets-manager/pricing, /cloudwatch/pricing. Cloudflare: developers.cloudflare.com/workers/platform/pricing, /r2/pricing.

/** When these were the prices. */
export const PRICES_AS_OF = "2026-10";

/** An hour of an instance on demand. */
export const INSTANCE_HOUR: Record<string, number> = {
  "g4dn.xlarge": 0.526,
  "g4dn.2xlarge": 0.752,
  "g4dn.4xlarge": 1.204,
  "g4dn.8xlarge": 2.176,
  "g4dn.16xlarge": 4.352,
  "g5.xlarge": 1.006,
  "g5.2xlarge": 1.212,
  "g5.4xlarge": 1.624,
  "g5.8xlarge": 2.448,
  "g5.16xlarge": 4.096,
  "g6.xlarge": 0.8048,
  "g6.2xlarge": 0.9776,
  "g6.4xlarge": 1.3232,
  "g6.8xlarge": 2.0144,
  "g6.16xlarge": 3.3968,
  "g6e.xlarge": 1.861,
  "g6e.2xlarge": 2.2421,
  "g6e.4xlarge": 3.0042,
  "g6e.8xlarge": 4.5286,
  "g6e.16xlarge": 7.5772,
};

/** What part of that an hour on Spot is taken to cost; it has mostly been between 0.3 and 0.5. */
export const SPOT_SHARE = 0.45;

export const HOURS_PER_MONTH = 730;

export const AWS = {
  publicAddressHour: 0.005, // IPv4, while an instance runs
  diskGigabyteMonth: 0.08, // gp3
  bucketGigabyteMonth: 0.023, // S3 Standard
  imageGigabyteMonth: 0.1, // ECR
  secretMonth: 0.4,
  alarmMonth: 0.1,
  logGigabyte: 0.5, // taken in
} as const;

export const CLOUDFLARE = {
  planMonth: 5, // Workers Paid; the free plan does for 100,000 requests a day
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
