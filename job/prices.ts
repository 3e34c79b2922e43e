// job/prices: list prices in US dollars of what a training job runs on, for estimates and cost records. The bill is the
// truth: Spot prices move by the hour, taxes and free tiers are left out, and other regions than us-east-1 cost up to a
// third more.
//
// AWS, us-east-1, Linux on x86: aws.amazon.com/ec2/pricing/on-demand, /fargate/pricing, /ebs/pricing, /vpc/pricing; Fargate's
// and those of g4dn, g5 and g6 compared with lists that others took from AWS's price list API in 2026.

import { CPU_JOBS, cpuJobName } from "#config/hardware";
import type { CpuJob } from "#config/hardware";

/** When these were the prices. */
export const PRICES_AS_OF = "2026-10";

const FARGATE = { vcpuHour: 0.04048, gigabyteHour: 0.004445, diskGigabyteHour: 0.000111 } as const;
const FARGATE_DISK_INCLUDED = 20; // gigabytes

/** An hour of a machine on demand, by its type. */
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
  ...Object.fromEntries(CPU_JOBS.map((size) => [cpuJobName(size), fargateHour(size)])),
};

/** What part of that an hour on Spot is taken to cost: EC2 has mostly been between 0.3 and 0.5, Fargate at 0.3. */
export const SPOT_SHARE = 0.45;
export const FARGATE_SPOT_SHARE = 0.3;

export const HOURS_PER_MONTH = 730;
export const PUBLIC_ADDRESS_HOUR = 0.005; // IPv4, while a machine runs
export const DISK_GIGABYTE_MONTH = 0.08; // gp3

function fargateHour({ vcpus, memoryMib, diskGib }: CpuJob): number {
  const { vcpuHour, gigabyteHour, diskGigabyteHour } = FARGATE;
  const disk = (diskGib - FARGATE_DISK_INCLUDED) * diskGigabyteHour;
  return vcpus * vcpuHour + (memoryMib / 1024) * gigabyteHour + disk;
}
