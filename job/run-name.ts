// job/run-name: what runs are called: the folder `runs/<run>/` in the store.

import { randomBytes } from "node:crypto";

/** A name for a run that begins now, e.g. `notes-20261124-061500-3f9a`. */
export function newRunName(model: string, now: Date): string {
  const [date, time] = now.toISOString().split(/[T.]/) as [string, string];
  const suffix = randomBytes(2).toString("hex"); // two may begin in one second
  return `${model}-${date.replaceAll("-", "")}-${time.replaceAll(":", "")}-${suffix}`;
}

const JOB_ID_CHARACTERS = 13; // the first two groups of a UUID, e.g. 0b6d3c1e-1111

/** The name of a scheduled job's run, which all its attempts find again. */
export function runNameOfJob(model: string, jobId: string): string {
  // a child of an array job is called ID:INDEX
  const [id, index] = jobId.split(":") as [string, string | undefined];
  return `${model}-${id.slice(0, JOB_ID_CHARACTERS)}${index === undefined ? "" : `-${index}`}`;
}
