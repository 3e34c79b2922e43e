// training/run/lease-file: what a lease's file says, and who holds a run by it.
//
// The files are lease-00000001.json, lease-00000002.json, …: the one with the highest number counts.

import { hostname } from "node:os";
import { z } from "zod";
import type { RunFiles } from "./files.ts";

/** How long a lease lasts that nobody renews. */
export const LEASE_SECONDS = 90;

const leaseFile = z.object({
  id: z.string(),
  host: z.string(),
  process: z.number(),
  endsAt: z.string(), // ISO 8601
});
export type LeaseFile = z.infer<typeof leaseFile>;

const LEASE_NAME = /^lease-(\d{8})\.json$/;

/** The lease that counts: the one with the highest number; 0 where there is none. */
export async function findLease(
  files: RunFiles,
): Promise<{ number: number; file: LeaseFile | undefined }> {
  const number = Math.max(0, ...(await files.list()).map(leaseNumber));
  const data = number > 0 ? await files.read(leaseName(number)) : null;
  return { number, file: data ? parseLease(data) : undefined };
}

/** What a lease says; nothing where it was damaged: then nobody can know of it. */
function parseLease(data: Uint8Array): LeaseFile | undefined {
  try {
    return leaseFile.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined; // cut off, or written over
  }
}

/** The name of a lease's file. */
export function leaseName(number: number): string {
  return `lease-${String(number).padStart(8, "0")}.json`;
}

/** The number in a lease's name; 0 for any other file. */
export function leaseNumber(name: string): number {
  return Number(LEASE_NAME.exec(name)?.[1] ?? 0);
}

/** When a lease ends that is taken or renewed now. */
export function newEnd(): string {
  return new Date(Date.now() + LEASE_SECONDS * 1000).toISOString();
}

/** Whether others may have the run: its time is up, or its process ran here and is gone. */
export function isOver({ endsAt, host, process: id }: LeaseFile): boolean {
  return Date.parse(endsAt) <= Date.now() || (host === hostname() && !isAlive(id));
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Who has a run, and what to do. */
export function describeHolder(
  { address }: RunFiles,
  { host, process: id, endsAt }: LeaseFile,
): string {
  return (
    `run "${address}" is being trained by process ${id} on ${host}, whose lease lasts until ${endsAt} ` +
    "and is renewed while it runs; stop it, or wait"
  );
}
