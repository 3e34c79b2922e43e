// config/hardware: the machines that a training job is planned for, so that what is deployed, what is priced and what is
// explained speak of the same ones. Deploys and prices nothing.

/** What a training job runs on: an instance with one GPU, or processors alone. */
export type Compute = "gpu" | "cpu";

/** Those whose GPU TensorFlow 2.9 has machine code for; on newer ones a job compiles for minutes before it trains. */
export const DEFAULT_INSTANCE_TYPES = ["g4dn.xlarge", "g4dn.2xlarge"];

/** A GPU job: all of the smallest instance (4 vCPUs, 16 GiB), less what the ECS agent and the kernel keep for themselves. */
export const GPU_JOB = {
  vcpus: 4,
  memoryMib: 14_000,
  diskGib: 100, // of the instance: the image unpacked takes some 15, a run's files the rest
} as const;

/** Sizes of a Fargate task, each with the least memory that Fargate gives so many vCPUs. */
export const CPU_JOBS = [
  { vcpus: 4, memoryMib: 8_192, diskGib: 30 },
  { vcpus: 8, memoryMib: 16_384, diskGib: 30 },
  { vcpus: 16, memoryMib: 32_768, diskGib: 30 },
] as const;

export type CpuJob = (typeof CPU_JOBS)[number];

/**
 * The largest task that `maxVcpus` lets run.
 *
 * cpuJobOf(16); // { vcpus: 16, memoryMib: 32768, diskGib: 30 }
 * cpuJobOf(6); // { vcpus: 4, … }
 */
export function cpuJobOf(maxVcpus: number): CpuJob {
  return CPU_JOBS.findLast(({ vcpus }) => vcpus <= maxVcpus) ?? CPU_JOBS[0];
}

/** What a task of so many vCPUs is called where instances have their types, e.g. `fargate-16`. */
export function cpuJobName({ vcpus }: CpuJob): string {
  return `fargate-${vcpus}`;
}

/** What the jobs of a configuration run on, the first choice first. */
export function machinesOf(training: {
  compute?: Compute;
  instanceTypes?: string[];
  maxVcpus: number;
}): [string, ...string[]] {
  if (training.compute === "cpu") return [cpuJobName(cpuJobOf(training.maxVcpus))];
  return (training.instanceTypes ?? DEFAULT_INSTANCE_TYPES) as [string, ...string[]];
}
