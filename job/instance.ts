// job/instance: which instance this job runs on and how it was bought, as EC2 tells those who run on it.

import type { Purchase } from "./cost.ts";
import type { Environment } from "./environment.ts";

export interface Instance {
  instance_type: string | null;
  purchase: Purchase | null;
}

const METADATA_SERVICE = "http://169.254.169.254";
const TOKEN_SECONDS = "60";
const MAX_MS = 2_000; // it answers at once where it is; elsewhere nothing answers

/** What the instance tells of itself; nulls where the job runs elsewhere, or the service is closed to it. */
export async function readInstance(environment: Environment): Promise<Instance> {
  // a Fargate task is told its size, and nothing tells it how it was bought: at most on demand
  const machine = environment.AFTERWORD_MACHINE;
  if (machine !== undefined) return { instance_type: machine, purchase: null };
  if (environment.AWS_BATCH_JOB_ID === undefined) return { instance_type: null, purchase: null };
  const service = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? METADATA_SERVICE;
  try {
    const token = await ask(`${service}/latest/api/token`, {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS },
    });
    const headers = { "x-aws-ec2-metadata-token": token };
    const read = (name: string) => ask(`${service}/latest/meta-data/${name}`, { headers });
    const [instanceType, lifeCycle] = [
      await read("instance-type"),
      await read("instance-life-cycle"),
    ];
    return { instance_type: instanceType, purchase: lifeCycle === "spot" ? "spot" : "on-demand" };
  } catch {
    return { instance_type: null, purchase: null }; // the receipt is the poorer for it, the job is not
  }
}

async function ask(url: string, request: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(MAX_MS) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return (await answer.text()).trim();
}
