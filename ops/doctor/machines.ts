// ops/doctor/machines: in which zones of the region the configured instance types are offered, asked of EC2 through the AWS
// command line.

import { spawnSync } from "node:child_process";
import { z } from "zod";
import { machinesOf } from "#config/hardware";
import type { StackConfig } from "#config/project";
import type { Verdict } from "./verdict.ts";

const MAX_MS = 15_000;
const offerings = z.object({
  InstanceTypeOfferings: z.array(z.object({ InstanceType: z.string(), Location: z.string() })),
});

export async function checkMachines({ region, training }: StackConfig): Promise<Verdict> {
  if (training.compute === "cpu") {
    return { status: "ok", message: `Fargate, ${machinesOf(training)[0]}` };
  }
  const types = machinesOf(training);
  const filters = `Name=instance-type,Values=${types.join(",")}`;
  const words = ["ec2", "describe-instance-type-offerings", "--region", region, "--location-type", "availability-zone", "--filters", filters, "--output", "json"]; // prettier-ignore
  const { status, stdout, stderr, error } = spawnSync("aws", words, {
    encoding: "utf8",
    timeout: MAX_MS,
  });
  if (error) {
    return { status: "skipped", message: "the AWS command line is not here to ask for instance types" }; // prettier-ignore
  }
  if (status !== 0) {
    return {
      status: "warning", // nothing is known to be missing
      message: `EC2 could not be asked for instance types: ${firstLine(stderr)}`,
    };
  }
  const offered = offerings.parse(JSON.parse(stdout)).InstanceTypeOfferings;
  const zones = new Map(types.map((type) => [type, zonesOf(offered, type)]));
  const missing = types.filter((type) => zones.get(type)!.length === 0);
  const message = types.map((type) => `${type} in ${zones.get(type)!.length} zones`).join(", ");
  if (missing.length === 0) return { status: "ok", message: `${region} offers ${message}` };
  return {
    status: "failed",
    message: `${region} does not offer ${missing.join(", ")}`,
    advice:
      missing.length === types.length
        ? 'choose others under training.instanceTypes in cdk.json, or "compute": "cpu"'
        : "take them out of training.instanceTypes in cdk.json: with them nothing can be deployed",
  };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]!;
}

function zonesOf(offered: { InstanceType: string; Location: string }[], type: string): string[] {
  return offered
    .filter(({ InstanceType }) => InstanceType === type)
    .map(({ Location }) => Location);
}
