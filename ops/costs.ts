// ops/costs: what a month of a deployment will cost. Knows prices and use, asks nobody.

import { CPU_JOBS, machinesOf } from "#config/hardware";
import type { StackConfig } from "#config/project";
import { instanceCost, overheadSeconds } from "#job/cost";
import type { Purchase } from "#job/cost";
import { AWS, CLOUDFLARE } from "./prices.ts";
import { ESTIMATED_WORDS, estimateTraining, formatEstimate } from "./training-time.ts";

const MAX_TASK_VCPUS = CPU_JOBS.at(-1)!.vcpus; // of a task

export interface CostLine {
  item: string;
  usd: number; // a month
}

const IMAGE_GIGABYTES = { gpu: 6, cpu: 0.2 };
const WEEKS_PER_MONTH = 365.25 / 12 / 7;

export interface Usage {
  instanceType: string;
  purchase: Purchase;
  hoursPerRun: number;
  runsPerWeek: number;
  predictionsPerMonth: number; // one a keystroke
  storedGigabytes: number; // corpora, runs and models
  hasEdge: boolean;
}

/** A month's costs, line by line: what is paid while nothing happens, training, predictions. */
export function estimateMonth(usage: Usage): {
  idle: CostLine[];
  training: CostLine[];
  predictions: CostLine[];
} {
  const { storedGigabytes, hasEdge, predictionsPerMonth } = usage;
  const image = usage.instanceType.startsWith("fargate-")
    ? IMAGE_GIGABYTES.cpu
    : IMAGE_GIGABYTES.gpu;
  const runs = usage.runsPerWeek * WEEKS_PER_MONTH;
  const hours = runs * (usage.hoursPerRun + overheadSeconds(usage.instanceType) / 3600);
  return {
    idle: [
      { item: `bucket, ${storedGigabytes} GB`, usd: storedGigabytes * AWS.bucketGigabyteMonth },
      { item: `image, ${image} GB`, usd: image * AWS.imageGigabyteMonth },
      ...(hasEdge ? [{ item: "two secrets", usd: 2 * AWS.secretMonth }] : []),
    ],
    training: [
      {
        item: `${runs.toFixed(1)} runs of ${usage.hoursPerRun} h on ${usage.instanceType}, ${usage.purchase}`,
        usd: instanceCost(usage.instanceType, usage.purchase, hours) ?? 0,
      },
    ],
    predictions: hasEdge ? estimatePredictions(predictionsPerMonth) : [],
  };
}

/**
 * What one keystroke takes that a session's socket answers, as `npm run bench -- cost` counts it with the medium preset:
 * 10,000 keystrokes in half an hour. Sessions are asked over a socket, twenty messages of which are billed as one request,
 * and write behind.
 */
const PER_KEYSTROKE = {
  requests: 0.0002,
  objectRequests: 0.0514,
  rowsWritten: 0.0029,
  cpuMs: 0.8,
  objectSeconds: 0.0008,
} as const;
const OBJECT_GIGABYTES = 0.128; // as billed

function estimatePredictions(keystrokes: number): CostLine[] {
  const above = (amount: number, included: number, million: number) =>
    (Math.max(keystrokes * amount - included, 0) / 1e6) * million;
  const { requests, objectRequests, rowsWritten, cpuMs, objectSeconds } = PER_KEYSTROKE;
  const gigabyteSeconds = objectSeconds * OBJECT_GIGABYTES;
  return [
    { item: "Workers Paid plan", usd: CLOUDFLARE.planMonth },
    {
      item: "requests",
      usd: above(requests, CLOUDFLARE.requestsIncluded, CLOUDFLARE.millionRequests),
    },
    {
      item: "CPU time",
      usd: above(cpuMs, CLOUDFLARE.cpuMsIncluded, CLOUDFLARE.millionCpuMs),
    },
    {
      item: "sessions' requests",
      usd: above(
        objectRequests,
        CLOUDFLARE.objectRequestsIncluded,
        CLOUDFLARE.millionObjectRequests,
      ),
    },
    {
      item: "sessions' time",
      usd: above(
        gigabyteSeconds,
        CLOUDFLARE.gigabyteSecondsIncluded,
        CLOUDFLARE.millionGigabyteSeconds,
      ),
    },
    {
      item: "sessions' writes",
      usd: above(rowsWritten, CLOUDFLARE.rowsWrittenIncluded, CLOUDFLARE.millionRowsWritten),
    },
  ];
}

/** What an hour costs with a GPU and without, at list prices on Spot, and what follows for a run of each model. */
export async function compareMachines({
  training,
  models,
}: Pick<StackConfig, "training" | "models">) {
  const [gpu] = machinesOf({ ...training, compute: "gpu" });
  const maxVcpus = training.compute === "cpu" ? training.maxVcpus : MAX_TASK_VCPUS;
  const [cpu] = machinesOf({ ...training, compute: "cpu", maxVcpus });
  const machines = [gpu, cpu].map((machine) => ({
    machine,
    usd_per_hour_spot: instanceCost(machine, "spot", 1),
    usd_per_hour_on_demand: instanceCost(machine, "on-demand", 1),
    overhead_seconds: overheadSeconds(machine),
  }));
  const [onGpu, onCpu] = machines.map(({ usd_per_hour_spot }) => usd_per_hour_spot ?? Number.NaN) as [number, number]; // prettier-ignore
  const text =
    `an hour on Spot: $${onGpu.toFixed(2)} on ${gpu}, $${onCpu.toFixed(2)} on ${cpu} ("compute": "cpu"); ` +
    `a run is cheaper on the GPU where that is ${(onGpu / onCpu).toFixed(1)} times as fast or more`;
  const estimates = await Promise.all(models.map((model) => estimateTraining(model, [gpu, cpu])));
  const lines = [
    text,
    `a run on ${ESTIMATED_WORDS / 1e6} million words, roughly:`,
    ...estimates.map((estimate) => `  ${formatEstimate(estimate)}`),
  ];
  return { machines, models: estimates, text: lines.join("\n") };
}
