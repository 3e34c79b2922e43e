// job/cost: what a run has cost on the machines that it ran on. Knows prices and time, asks nobody.

import { GPU_JOB } from "#config/hardware";
import {
  DISK_GIGABYTE_MONTH,
  FARGATE_SPOT_SHARE,
  HOURS_PER_MONTH,
  INSTANCE_HOUR,
  PRICES_AS_OF,
  PUBLIC_ADDRESS_HOUR,
  SPOT_SHARE,
} from "./prices.ts";

export type Purchase = "spot" | "on-demand";

/** One attempt of a job on one machine; what the machine did not tell is null. */
export interface Attempt {
  instance_type: string | null;
  purchase: Purchase | null;
  seconds: number;
}

/** What a run has cost over all its attempts, at list prices; null where a machine's price is not known. */
export interface Cost {
  attempts: (Attempt & { usd: number | null })[];
  seconds: number;
  usd: number | null;
  prices_as_of: string;
}

/** An instance is paid for while it starts and fetches the image, and a little after; a task while it fetches its own. */
const BOOT_SECONDS = { instance: 180, task: 60 };

/**
 * TensorFlow 2.9 has machine code for GPUs up to that of g4dn; for a newer one it compiles what it uses at a job's start,
 * unless it finds it compiled on the instance, which a job that starts its own instance never does.
 */
const COMPILE_SECONDS = 600;

const isTask = (type: string | null) => type?.startsWith("fargate-") ?? false;
const isCompiling = (type: string | null) => /^g[56]e?\./.test(type ?? "");

/** Seconds of a machine that a job pays for beside its training. */
export function overheadSeconds(instanceType: string | null): number {
  if (isTask(instanceType)) return BOOT_SECONDS.task;
  return BOOT_SECONDS.instance + (isCompiling(instanceType) ? COMPILE_SECONDS : 0);
}

/** What a machine costs for so many hours, its address and disk with it; null where its price is not known. */
export function instanceCost(
  instanceType: string | null,
  purchase: Purchase | null,
  hours: number,
): number | null {
  const onDemand = INSTANCE_HOUR[instanceType ?? ""];
  if (onDemand === undefined) return null;
  const share = isTask(instanceType) ? FARGATE_SPOT_SHARE : SPOT_SHARE;
  const hour = purchase === "spot" ? onDemand * share : onDemand;
  const disk = isTask(instanceType) ? 0 : (GPU_JOB.diskGib * DISK_GIGABYTE_MONTH) / HOURS_PER_MONTH;
  return (hour + PUBLIC_ADDRESS_HOUR + disk) * hours;
}

/** Prices the attempts of a run, whatever they were priced at before. */
export function costOf(attempts: Attempt[]): Cost {
  const priced = attempts.map((attempt) => {
    // an attempt's own seconds hold what it compiled
    const boot = isTask(attempt.instance_type) ? BOOT_SECONDS.task : BOOT_SECONDS.instance;
    const hours = (attempt.seconds + boot) / 3600;
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

export function sumOf(amounts: number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function roundCents(usd: number): number {
  return Math.round(usd * 1e4) / 1e4; // hundredths of a cent
}
