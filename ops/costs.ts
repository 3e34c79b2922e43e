// ops/costs: what a run and a month will cost, and what a run has cost. Knows prices and time, asks nobody.

import {
  AWS,
  CLOUDFLARE,
  HOURS_PER_MONTH,
  INSTANCE_HOUR,
  PRICES_AS_OF,
  SPOT_SHARE,
} from "./prices.ts";

export type Purchase = "spot" | "on-demand";

/** One attempt of a job on one instance; what the instance did not tell is null. */
export interface Attempt {
  instance_type: string | null;
  purchase: Purchase | null;
  seconds: number;
}

/** What a run has cost over all its attempts, at list prices; null where an instance's price is not known. */
export interface Receipt {
  attempts: (Attempt & { usd: number | null })[];
  seconds: number;
  usd: number | null;
  prices_as_of: string;
}

export interface CostLine {
  what: string;
  usd: number; // a month
}

const DISK_GIGABYTES = 100; // of the instance that a job runs on
const BOOT_SECONDS = 180; // an instance is paid for while it starts and fetches the image, and a little after
const IMAGE_GIGABYTES = 6;
const WEEKS_PER_MONTH = 365.25 / 12 / 7;

/** What an instance costs for so many hours, its address and disk with it; null where its price is not known. */
export function instanceCost(
  instanceType: string | null,
  purchase: Purchase | null,
  hours: number,
): number | null {
  const onDemand = INSTANCE_HOUR[instanceType ?? ""];
  if (onDemand === undefined) return null;
  const hour = purchase === "spot" ? onDemand * SPOT_SHARE : onDemand;
  const disk = (DISK_GIGABYTES * AWS.diskGigabyteMonth) / HOURS_PER_MONTH;
  return (hour + AWS.publicAddressHour + disk) * hours;
}

/** Prices the attempts of a run, whatever they were priced at before. */
export function receiptOf(attempts: Attempt[]): Receipt {
  const priced = attempts.map((attempt) => {
    const hours = (attempt.seconds + BOOT_SECONDS) / 3600;
    const usd = instanceCost(attempt.instance_type, attempt.purchase, hours);
    return { ...attempt, usd: usd === null ? null : roundCents(usd) };
  });
  const known = priced.flatMap(({ usd }) => (usd === null ? [] : [usd]));
  return {
    attempts: priced,
    seconds: attempts.reduce((sum, { seconds }) => sum + seconds, 0),
    usd: known.length === priced.length ? roundCents(sumOf(known)) : null,
    prices_as_of: PRICES_AS_OF,
  };
}

export interface Usage {
  instanceType: string;
  purchase: Purchase;
  hoursPerRun: number;
  runsPerWeek: number;
  predictionsPerMonth: number;
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
  const runs = usage.runsPerWeek * WEEKS_PER_MONTH;
  const hours = runs * (usage.hoursPerRun + BOOT_SECONDS / 3600);
  return {
    idle: [
      { what: `bucket, ${storedGigabytes} GB`, usd: storedGigabytes * AWS.bucketGigabyteMonth },
      { what: `image, ${IMAGE_GIGABYTES} GB`, usd: IMAGE_GIGABYTES * AWS.imageGigabyteMonth },
      ...(hasEdge ? [{ what: "two secrets", usd: 2 * AWS.secretMonth }] : []),
    ],
    training: [
      {
        what: `${runs.toFixed(1)} runs of ${usage.hoursPerRun} h on ${usage.instanceType}, ${usage.purchase}`,
        usd: instanceCost(usage.instanceType, usage.purchase, hours) ?? 0,
      },
    ],
    predictions: hasEdge ? estimatePredictions(predictionsPerMonth) : [],
  };
}

// a predicted word through a session: measured in workerd with the medium preset, and what is around it
const CPU_MS_PER_PREDICTION = 1.5;
const OBJECT_SECONDS_PER_PREDICTION = 0.01;
const OBJECT_GIGABYTES = 0.128; // as billed

function estimatePredictions(count: number): CostLine[] {
  const above = (amount: number, included: number, million: number) =>
    (Math.max(amount - included, 0) / 1e6) * million;
  const objectSeconds = count * OBJECT_SECONDS_PER_PREDICTION;
  return [
    { what: "Workers Paid plan", usd: CLOUDFLARE.planMonth },
    {
      what: "requests",
      usd: above(count, CLOUDFLARE.requestsIncluded, CLOUDFLARE.millionRequests),
    },
    {
      what: "CPU time",
      usd: above(count * CPU_MS_PER_PREDICTION, CLOUDFLARE.cpuMsIncluded, CLOUDFLARE.millionCpuMs),
    },
    {
      what: "sessions' requests",
      usd: above(count, CLOUDFLARE.objectRequestsIncluded, CLOUDFLARE.millionObjectRequests),
    },
    {
      what: "sessions' time",
      usd: above(
        objectSeconds * OBJECT_GIGABYTES,
        CLOUDFLARE.gigabyteSecondsIncluded,
        CLOUDFLARE.millionGigabyteSeconds,
      ),
    },
    {
      what: "sessions' writes",
      usd: above(count, CLOUDFLARE.rowsWrittenIncluded, CLOUDFLARE.millionRowsWritten),
    },
  ];
}

export function sumOf(amounts: number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function roundCents(usd: number): number {
  return Math.round(usd * 1e4) / 1e4; // hundredths of a cent
}
