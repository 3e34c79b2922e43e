// cli/job-output: a job followed on this terminal: what it prints becomes lines and one moving bar again.

import { jobEvent } from "#job/contract";
import type { JobEvent } from "#job/contract";
import { followJob } from "#ops/logs";
import type { DescribedJob } from "#ops/jobs";
import { ProgressLine } from "./progress.ts";

const POLL_INTERVAL_MS = 5_000;

export interface JobEnd {
  job: DescribedJob;
  finished: (JobEvent & { event: "finished" }) | undefined; // what it said of its result
}

/** Follows a job to its end; throws the signal's reason when it aborts, and the job's when the job fails. */
export async function showJob(id: string, logGroup: string, signal: AbortSignal): Promise<JobEnd> {
  const bar = new ProgressLine();
  let job: DescribedJob | undefined;
  let finished: JobEnd["finished"];
  for await (const happening of followJob(id, {
    logGroup,
    intervalMs: POLL_INTERVAL_MS,
    signal,
  })) {
    if ("job" in happening) {
      job = happening.job;
      bar.print(describeStatus(job));
      continue;
    }
    const { text } = happening.line;
    const progress = readProgress(text);
    const event = readEvent(text);
    if (progress) bar.show(progress.percent, 100, () => progress.words);
    else if (!event) bar.print(text);
    if (event?.event === "finished") finished = event;
  }
  bar.clear();
  if (job!.status === "FAILED") {
    const reason = job!.reason ?? `exit status ${job!.exitCode}`;
    throw new Error(`job ${id} failed: ${reason}; read "afterword logs ${id}"`);
  }
  return { job: job!, finished };
}

/** What `ProgressLine` writes where there is no terminal, e.g. ` 12%  epoch 1/13  loss 5.1`, read back. */
export function readProgress(line: string): { percent: number; words: string } | null {
  const found = /^ *(\d{1,3})% {2}(.*)$/.exec(line);
  return found && { percent: Number(found[1]), words: found[2]! };
}

/** An event that the job printed, or null for any other line. */
export function readEvent(line: string): JobEvent | null {
  if (!line.startsWith('{"event":')) return null;
  try {
    return jobEvent.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // cut off where the container ended
  }
}

function describeStatus({ status, attempts, reason }: DescribedJob): string {
  switch (status) {
    case "SUBMITTED":
    case "PENDING":
      return "waiting in the queue";
    case "RUNNABLE":
      return 'waiting for a machine; should that last longer than ten minutes, run "afterword doctor"';
    case "STARTING":
      return "a machine is there; it fetches the image";
    case "RUNNING":
      return attempts > 0 ? `running, attempt ${attempts + 1}` : "running";
    case "SUCCEEDED":
      return "succeeded";
    case "FAILED":
      return `failed: ${reason ?? "no reason given"}`;
  }
}
